"""Who reads what: the people of a case, and before every text box who will read what is typed."""

from django.db.models import TextChoices
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints import notifications
from complaints.cases.succession import shared_with
from complaints.models.case import Complaint
from complaints.models.handlers import name_of
from complaints.models.settings import HandlingSettings
from complaints.staff.permissions import may_see


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


def readers_of(case: Complaint) -> list[tuple[str, str]]:
    """Who can read this case now, as (role, name); the same question every view asks (R-38)."""
    people = HandlingSettings.current()
    roles = {
        people.confidant_id: gettext("vertrouwenspersoon"),
        people.deputy_id: gettext("plaatsvervanger"),
    }
    shared = {user.pk: gettext("gedeeld met") for user in shared_with(case)}
    return [
        (shared.get(user.pk) or roles.get(user.pk, gettext("behandelaar")), name_of(user))
        for user in notifications.handlers()
        if may_see(user, case)
    ]
