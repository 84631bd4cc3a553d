"""What time does: the clock, the mail that is owed, reminders. One command runs it."""
