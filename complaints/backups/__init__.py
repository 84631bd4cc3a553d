"""Backups: two sealed parts that are written apart, and brought together to restore.

The content is of no use without the keys, and of keys only the last week is kept: so what was
erased opens from no backup either (docs/decisions/0034).
"""
