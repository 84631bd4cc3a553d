"""A plain Wagtail site of its own, to compare ours with: of ours it has the texts only."""
