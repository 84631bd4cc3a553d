"""How staff get in, by django-allauth. Ours: who needs a second factor, and the brakes."""
