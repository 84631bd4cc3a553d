"""The site on a developer's machine: made-up people and complaints, and one command to run it all.

Installed by the development and test settings only.
"""
