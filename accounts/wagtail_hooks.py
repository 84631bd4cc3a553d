"""The way to one's own passkeys and codes in the account's menu, and a check for "Zelfcontrole"."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import hooks

from accounts.factors import lack_factor
from complaints.staff.in_order import HANDLERS, Check


@hooks.register("register_account_menu_item")
def factors_item(request: object) -> dict[str, object]:
    return {
        "label": _("Hoe je inlogt"),
        "url": reverse("mfa_index"),
        "help_text": _("Je passkeys, de app met codes en je herstelcodes."),
    }


@hooks.register("selfcheck")
def factors_check() -> Check:
    return Check(
        "factors",
        gettext_lazy("Wie klachten of accounts ziet, logt in met een tweede factor"),
        gettext_lazy("Nodig die persoon opnieuw uit, of zet het account uit."),
        lambda facts: not lack_factor().exists() and not settings.ACCOUNTS_WITHOUT_FACTOR,
        place=HANDLERS,
    )
