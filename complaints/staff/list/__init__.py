"""The cases of a handler as a list and as a board, filtered, and taken away as a file."""
