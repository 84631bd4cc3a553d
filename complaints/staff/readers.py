"""Who will read what is typed: said before every text box of the desk, in the same words."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Reader(TextChoices):
    """Somebody who reads what a handler writes."""

    US = "us", _("alleen wij, die deze zaak behandelen")
    COMPLAINANT = "complainant", _("de klager, en wij die deze zaak behandelen")
    COACH = "coach", _("de kunstcoach")
    COMMITTEE = "committee", _("de klachtencommissie")


US = (Reader.US,)
COMPLAINANT = (Reader.COMPLAINANT,)
