"""What is stored. Import the submodule you need, never this package: pages may call services."""

from complaints.models import (  # noqa: F401 - Django finds the models here
    case,
    circle,
    form,
    handling,
    keys_and_files,
    lists,
    outbox,
    pages,
    privacy,
    roster,
    settings,
    tables,
    ways_back,
)
