"""Registering a complaint that came by letter, mail or in a talk (R-12): page, answer, paper."""

import logging
from typing import Any

from django.db import DatabaseError
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_variables
from wagtail_modeladmin.views import WMABaseView

from complaints.cases.attachments import FilesGone, destroy_staged, still_staged
from complaints.cases.case import NotAllowed
from complaints.cases.contents import open_answers, record_access
from complaints.cases.filing import Registration, filed_with, register_complaint
from complaints.cases.rules import open_term
from complaints.cases.uploads import (
    MOST_BYTES,
    MOST_FILES,
    Wanted,
    take_files,
    uploads_of,
)
from complaints.models.case import Complaint
from complaints.models.circle import Circle
from complaints.models.lists import Coach
from complaints.models.privacy import AccessKind
from complaints.models.roster import roster_for
from complaints.notifications import has_address
from complaints.paper.documents import Receipt, receipt_pdf
from complaints.staff.actions.base import people_of
from complaints.staff.actions.forms import changed_mail
from complaints.staff.permissions import Copy, StaffRequest, copy_left, enter_desk_or_404, may_see
from complaints.staff.register_form import Carried, RegisterForm
from complaints.terms import TermKind
from complaints.vault.codes import code_from_nonce, show_code
from complaints.vault.keyring import TokenBroken
from home.models import OrganisationSettings

logger = logging.getLogger(__name__)

SCANS = Wanted({"scans": "scans"})
MOST_POST_BYTES = (MOST_FILES + 1) * MOST_BYTES


class RegisterView(WMABaseView):
    """GET shows the form; POST registers, and answers with the receipt code, once."""

    template_name = "desk/pages/register.html"

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:
        """Decides where the files go before anything reads the post, the CSRF check included."""
        enter_desk_or_404(request.user)
        self.scans = take_files(request, lambda _posted: SCANS, most_bytes=MOST_POST_BYTES)
        answer = csrf_protect(lambda _request: super(RegisterView, self).dispatch(request))(request)
        if answer.status_code == 403:
            self.scans.discard()
        return answer

    def get_meta_title(self) -> str:
        return _("Klacht registreren")

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        return [
            {"url": reverse("wagtailadmin_home"), "label": _("Startpagina")},
            {"url": self.index_url, "label": _("Klachten")},
            {"url": self.request.path, "label": _("Klacht registreren")},
        ]

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._page(RegisterForm(), Carried.fresh())

    @sensitive_variables()
    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            carried = Carried.open(request.POST.get("token", ""), request.user)
        except TokenBroken:
            self.scans.discard()
            said = _("Dit formulier was beschadigd. Kijk of alles er nog staat en sla het op.")
            return self._page(RegisterForm(request.POST), Carried.fresh(), said=[said], status=422)
        known = filed_with(carried.nonce)
        if known is not None:
            self.scans.discard()
            return self._again(known, carried)
        return self._register(carried)

    def _again(self, case: Complaint, carried: Carried) -> HttpResponse:
        """What was registered before with this form: the paper, the code once more, or neither.

        A 410 says that code and copy are not given any more, and how to go on.
        """
        copy = copy_left(self.request.user, case)
        if copy is Copy.NOT_THEIRS:
            raise Http404
        if copy is Copy.OVER:
            return self._registered(case, status=410, is_over=True)
        if self.request.POST.get("action") == "paper":
            return self._paper(case, carried)
        return self._done(case, carried, is_repeated=True)

    def _register(self, carried: Carried) -> HttpResponse:
        """Stores it, or shows the form again with all that was typed and sent up."""
        form = RegisterForm(self.request.POST)
        carried, said = self._with_scans(carried)
        if self.request.POST.get("unfile") and not said:
            form.errors.clear()  # taking a file away is no attempt to register
            return self._page(form, carried)
        if said or not form.is_valid():
            return self._page(form, carried, said=said, status=422)
        try:
            case = register_complaint(
                registration=_registration(form, carried), by=self.request.user
            )
        except FilesGone:
            carried = carried.with_files(still_staged(carried.files))
            gone = _("Een bestand is er niet meer. Voeg het opnieuw toe.")
            return self._page(form, carried, said=[gone], status=422)
        except (DatabaseError, OSError, NotAllowed):
            logger.exception("complaint.not_registered")
            fault = _("Het opslaan lukt nu niet. Er is niets opgeslagen. Probeer het zo nog eens.")
            return self._page(form, carried, said=[fault], status=503)
        logger.info("complaint.registered reference=%s", case.reference)
        return self._done(case, carried, is_repeated=False)

    def _with_scans(self, carried: Carried) -> tuple[Carried, list[str]]:
        """What is carried with the files of this post, and what is said of those not taken."""
        sent = uploads_of(self.request)
        taken = [scan.stored for scan in sent if scan.stored is not None]
        said = [scan.problem_in_words for scan in sent if scan.problem is not None]
        if self.scans.failure is not None:
            said.append(_("Een bestand kwam niet goed aan. Voeg het opnieuw toe."))
        unwanted = self.request.POST.get("unfile", "")
        gone = [file.id for file in carried.files if file.id.hex == unwanted]
        destroy_staged(gone)
        left = [file for file in carried.files if file.id not in gone]
        return carried.with_files([*left, *taken]), said

    def _page(
        self, form: RegisterForm, carried: Carried, *, said: Any = (), status: int = 200
    ) -> HttpResponse:
        context = self.get_context_data(
            form=form,
            token=carried.seal(self.request.user),
            files=carried.files,
            said=said,
            coaches=Coach.objects.filter(is_active=True),
        )
        return self.render_to_response(context, status=status)

    def _done(self, case: Complaint, carried: Carried, is_repeated: bool) -> HttpResponse:
        """The receipt code to hand over: shown here and on paper, and nowhere after."""
        return self._registered(
            case,
            code=show_code(code_from_nonce(carried.nonce)),
            token=carried.seal(self.request.user),
            is_repeated=is_repeated,
            is_mailed=has_address(case),
            acknowledge=open_term(case, TermKind.ACKNOWLEDGEMENT),
        )

    def _registered(self, case: Complaint, *, status: int = 200, **shown: Any) -> HttpResponse:
        is_visible = may_see(self.request.user, case)
        context = self.get_context_data(case=case, is_visible=is_visible, **shown)
        answer = self.render_to_response(context, status=status)
        answer["Cache-Control"] = "no-store"
        return answer

    def _paper(self, case: Complaint, carried: Carried) -> HttpResponse:
        """All that was written down, with the code; a reading like any other on paper."""
        record_access(complaint=case, user=self.request.user, kind=AccessKind.PRINT)
        answer = HttpResponse(receipt_pdf(self._receipt(case, carried)))
        answer["Content-Type"] = "application/pdf"
        answer["Content-Disposition"] = f'attachment; filename="kopie-{case.reference}.pdf"'
        answer["Cache-Control"] = "no-store"
        return answer

    def _receipt(self, case: Complaint, carried: Carried) -> Receipt:
        organisation = OrganisationSettings.for_request(self.request)
        circle = Circle(case, roster_for(self.request.user))
        promised = {
            TermKind.CONTACT.value: _("Iemand neemt persoonlijk contact met je op."),
            TermKind.HANDLING.value: _("Je krijgt een uitkomst met uitleg."),
        }
        return Receipt(
            organisation=organisation.name,
            reference=case.reference,
            filed_on=case.received_on,
            promises=[
                (promised[term.kind], term.due_on)
                for term in case.terms.filter(kind__in=promised, due_on__gte=timezone.localdate())
            ],
            readers=", ".join(f"{name} ({role})" for role, name in people_of(circle)),
            answers=open_answers(case),
            receipt_code=show_code(code_from_nonce(carried.nonce)),
            contact=organisation.contact,
        )


def _registration(form: RegisterForm, carried: Carried) -> Registration:
    data = dict(form.cleaned_data)
    changed = changed_mail(data, form.mail)
    data["acknowledgement"] = changed if data["wants_mail"] else None
    if data.pop("has_consent") != "yes":
        data["consent_how"] = ""
    return Registration(nonce=carried.nonce, files=carried.files, **data)
