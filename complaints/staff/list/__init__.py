"""The cases of a handler as a list, filtered and searched, and taken away as a file."""
