"""Who reads what: the people of a case, and before every text box who will read what is typed."""

from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.models.circle import Circle
from complaints.models.handlers import name_of


class Reader(TextChoices):
    """Somebody who reads what a handler writes."""

    US = "us", _("alleen wij, die deze zaak behandelen")
    COMPLAINANT = "complainant", _("de klager, wij die deze zaak behandelen")
    COACH = "coach", _("de kunstcoach")
    COMMITTEE = "committee", _("de klachtencommissie als de zaak daarheen gaat")


# What the complainant sees stands in the case file without our notes too, which goes with a case
# to the committee. Advice and ruling are for both parties: the coach is given them.
US = (Reader.US,)
COMPLAINANT = (Reader.COMPLAINANT, Reader.COMMITTEE)
BOTH_PARTIES = (Reader.COMPLAINANT, Reader.COACH, Reader.COMMITTEE)


def people_of(circle: Circle) -> list[tuple[str, str]]:
    """Who can read a case now, as (role, name); as every view decides it (R-38)."""
    return [(_role(user, circle), name_of(user)) for user in circle.readers]


def _role(user: User, circle: Circle) -> str:
    if user.pk in circle.shared_with:
        return gettext("gedeeld met")
    if circle.roster.is_confidant(user):
        return gettext("vertrouwenspersoon")
    is_deputy = circle.roster.is_deputy(user)
    return gettext("plaatsvervanger") if is_deputy else gettext("behandelaar")
