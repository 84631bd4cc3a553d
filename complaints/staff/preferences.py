"""A handler's wishes, on the CMS's own page for one's account."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.views.account import BaseSettingsPanel, notifications_tab

from complaints.services.preferences import choose_digest, wants_digest
from complaints.staff.permissions import may_enter_desk


class DigestForm(forms.Form):
    """One box; `instance` is the user."""

    wants_digest = forms.BooleanField(
        label=_("Mail mij elke werkdag wat er wacht"),
        help_text=_(
            "Alleen aantallen: hoeveel zaken te laat zijn, bijna te laat of ongelezen. Wacht er "
            "niets, dan komt er geen mail."
        ),
        required=False,
    )

    def __init__(self, *args: Any, instance: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = instance
        self.initial["wants_digest"] = wants_digest(instance)

    def save(self) -> None:
        choose_digest(user=self.user, is_wanted=self.cleaned_data["wants_digest"])


class DigestPanel(BaseSettingsPanel):
    """For handlers only; for everyone else there is no trace of it."""

    name = "klachten"
    title = _("Klachten")
    tab = notifications_tab
    order = 100
    form_class = DigestForm

    def is_active(self) -> bool:
        return may_enter_desk(self.user)
