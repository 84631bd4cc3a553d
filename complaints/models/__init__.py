"""What is stored. Import the submodule you need, never this package: pages may call services."""

from complaints.models import (  # noqa: F401 - Django finds the models here
    case,
    form,
    handling,
    keys_and_files,
    outbox,
    pages,
    privacy,
    roster,
    settings,
    tables,
)
