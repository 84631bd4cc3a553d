"""The way to one's own passkeys and codes, in the menu of the account."""

from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks


@hooks.register("register_account_menu_item")
def factors_item(request: object) -> dict[str, object]:
    return {
        "label": _("Hoe je inlogt"),
        "url": reverse("mfa_index"),
        "help_text": _("Je passkeys, de app met codes en je herstelcodes."),
    }
