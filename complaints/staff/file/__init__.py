"""One case as its handler sees it."""
