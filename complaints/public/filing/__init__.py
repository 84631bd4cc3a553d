"""The form: its steps, the check page, sending, the confirmation."""
