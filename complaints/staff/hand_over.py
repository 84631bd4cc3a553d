"""The page on which one hands all running cases to a successor (R-21)."""

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin import messages

from complaints.cases.people import HandedOver, hand_over_all
from complaints.models.case import Complaint
from complaints.models.roster import roster_for
from complaints.models.settings import name_of
from complaints.staff.actions.forms import describe
from complaints.staff.actions.people import PersonField
from complaints.staff.list.views import DeskPage
from complaints.staff.permissions import StaffRequest


class HandOverForm(forms.Form):
    """Whose cases, and to whom. Only people who have cases that `by` may decide on."""

    use_required_attribute = False

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.with_cases = list(with_running_cases(by))
        self.fields["handler"] = PersonField(
            self.with_cases, _("Van wie?"), _("Kies van wie de zaken zijn.")
        )
        self.fields["to"] = PersonField(
            roster_for(by).handlers, _("Aan wie?"), _("Kies wie de zaken krijgt.")
        )
        for name in self.fields:
            describe(self, name)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("to") is not None and data.get("to") == data.get("handler"):
            self.add_error("to", _("Kies iemand anders dan wie de zaken nu heeft."))
        return data


class HandOverView(DeskPage):
    """GET shows the form; POST hands over, and says how many went and how many stayed."""

    template_name = "desk/pages/hand_over.html"
    header_icon = "group"
    title = gettext_lazy("Zaken overdragen")

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._show(HandOverForm(by=request.user, initial={"handler": request.user.pk}))

    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = HandOverForm(request.POST, by=request.user)
        if not form.is_valid():
            return self._show(form, status=422)
        to = form.cleaned_data["to"]
        done = hand_over_all(handler=form.cleaned_data["handler"], to=to, by=request.user)
        _tell(request, done, name_of(to))
        return HttpResponseRedirect(self.index_url)

    def _show(self, form: HandOverForm, status: int = 200) -> HttpResponse:
        context = self.get_context_data(form=form if form.with_cases else None)
        return self.render_to_response(context, status=status)


def with_running_cases(by: User) -> QuerySet[Any]:
    """The people, still here or not, with an open case that `by` may decide on."""
    cases = Complaint.objects.in_charge_of(by).open().exclude(handler=None)
    return get_user_model().objects.filter(pk__in=cases.values("handler")).order_by("pk")


def _tell(request: StaffRequest, done: HandedOver, name: str) -> None:
    moved = ngettext(
        "%(count)d zaak is overgedragen aan %(name)s.",
        "%(count)d zaken zijn overgedragen aan %(name)s.",
        done.moved,
    )
    messages.success(request, moved % {"count": done.moved, "name": name})
    if done.stayed:
        stayed = ngettext(
            "%(count)d zaak is niet overgedragen: %(name)s mag die niet behandelen. Geef die zaak "
            "aan iemand anders.",
            "%(count)d zaken zijn niet overgedragen: %(name)s mag die niet behandelen. Geef die "
            "zaken aan iemand anders.",
            done.stayed,
        )
        messages.warning(request, stayed % {"count": done.stayed, "name": name})
