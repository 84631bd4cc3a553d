"""The form: its steps, the check page, sending, the confirmation.

A request is read and decided in `views`, and shown by `pages`; `state` is what travels in the token
between them, so nothing is stored before the complainant sends.
"""
