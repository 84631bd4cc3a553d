"""What people add to a complaint as evidence: judged by its content, named safely, shown without
what a photograph tells about its maker. Plain functions over bytes: no database, no settings.
"""
