"""How a password is hashed: slow for whoever guesses, and no more than this server can spare."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class OneCore(Argon2PasswordHasher):
    """Argon2id by one core in 46 MiB, twice over: above what OWASP asks.

    Django's takes 100 MiB and eight threads at once, so that few who guess slow all down.
    """

    time_cost = 2
    memory_cost = 46 * 1024
    parallelism = 1
