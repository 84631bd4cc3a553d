"""What people add to a complaint as evidence: judged by its content, named safely, kept sealed, and
handed out; of a picture also without what it tells about its maker. No database.
"""
