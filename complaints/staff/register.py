"""Registering a complaint that came by letter, mail or in a talk (R-12): form, answer, paper."""

import logging
import secrets
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from complaints.cases.attachments import FilesGone
from complaints.cases.case import NotAllowed
from complaints.cases.contents import open_answers, record_access
from complaints.cases.filing import filed_with, register_complaint
from complaints.cases.mails import MailText, acknowledgement_before
from complaints.cases.rules import open_term
from complaints.cases.uploads import Wanted
from complaints.files.store import pdf_answer
from complaints.meant import AddressField
from complaints.models.case import Complaint
from complaints.models.handling import Coach
from complaints.models.privacy import AccessKind
from complaints.models.roster import Circle, roster_for
from complaints.notifications import has_address
from complaints.paper.documents import Receipt, receipt_pdf
from complaints.staff.actions.base import people_of
from complaints.staff.actions.forms import (
    FilesField,
    MailForm,
    belong_to,
    for_complainant,
    long_text,
    one_line,
    one_of,
    past_day,
)
from complaints.staff.pages import UploadPage
from complaints.staff.permissions import Copy, StaffRequest, copy_left, may_see
from complaints.stages import Route, Source
from complaints.terms import TermKind
from complaints.vault.codes import code_from_nonce, show_code
from complaints.vault.keyring import TokenBroken, open_token, seal_token
from home.models import OrganisationSettings

logger = logging.getLogger(__name__)

NONCE_BYTES = 32


def sealed_nonce(nonce: bytes, user: User) -> str:
    """Returns the nonce, which makes two posts one complaint, for this person's page only."""
    return seal_token(nonce, use=f"register-{user.pk}")


class RegisterForm(MailForm):
    """The complaint, written down for the complainant; how, when and what are needed (R-11)."""

    mail: MailText

    source = one_of(
        _("Hoe kwam de klacht binnen?"), Source, among=[s for s in Source if s is not Source.WEB]
    )
    received_on = past_day(
        _("Wanneer kwam ze binnen?"),
        _("Vul de dag in waarop de klacht binnenkwam."),
        _("De dag van de brief, de mail of het gesprek. Vanaf die dag tellen de termijnen."),
    )
    name = one_line(_("Naam van de klager"), _("Zoals de klager zich noemt. Mag leeg blijven."))
    email = AddressField(label=_("E-mailadres van de klager"), required=False)
    phone = one_line(_("Telefoonnummer van de klager"))
    coach = one_line(  # any name; the page offers those on the list
        _("Over welke kunstcoach gaat het?"), _("Mag leeg blijven."), list="coaches"
    )
    problem = for_complainant(
        _("Wat is er gebeurd?"),
        _("Schrijf op wat er is gebeurd."),
        _("Zo letterlijk mogelijk, in de woorden van de klager."),
        rows=12,
    )
    remedy = for_complainant(_("Wat vraagt de klager?"), "", _("Mag leeg blijven."), rows=4)
    route = one_of(
        _("Wie behandelt de klacht?"),
        Route,
        _(
            "Gaat ze over de vertrouwenspersoon, kies dan de plaatsvervanger. De "
            "vertrouwenspersoon kan de zaak daarna niet meer zien."
        ),
    )
    has_consent = forms.ChoiceField(
        label=_("Vindt de klager het goed dat de klacht op deze site wordt bewaard?"),
        choices=[("yes", _("Ja")), ("no", _("Nog niet gevraagd"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Kies wat het best past.")},
    )
    consent_how = long_text(
        _("Hoe gaf de klager die toestemming?"),
        _("Bijvoorbeeld: staat in de brief, of gezegd in het gesprek."),
        "",
        rows=2,
    )
    wants_mail = forms.BooleanField(label=_("De klager wil berichten per e-mail"), required=False)
    scans = FilesField(
        _("Bijvoorbeeld de brief als pdf of foto. Ten hoogste 10 bestanden van 20 MB."),
        _("Scans en andere bestanden"),
    )

    def __init__(self, *args: Any, user: User, **kw: Any) -> None:
        super().__init__(*args, **kw)
        belong_to(self, user)
        self.show_mail(acknowledgement_before())
        self.fields["received_on"].widget.attrs["max"] = timezone.localdate().isoformat()

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("has_consent") == "yes" and not data.get("consent_how", "").strip():
            self.add_error("consent_how", _("Schrijf op hoe de klager toestemming gaf."))
        if data.get("wants_mail") and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Vul het e-mailadres in, of zet het vinkje bij mail uit."))
        self.take_mail(self.mail, "", goes=bool(data.get("wants_mail")))
        return data


class RegisterView(UploadPage):
    """GET shows the form; POST registers, and answers with the receipt code, once."""

    title = _("Klacht registreren")
    wanted = Wanted({"scans": "scans"})
    template_name = "desk/pages/register.html"

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._page(RegisterForm(user=request.user), secrets.token_bytes(NONCE_BYTES))

    @sensitive_variables()
    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = RegisterForm(request.POST, request.FILES, user=request.user)
        try:
            use = f"register-{request.user.pk}"
            nonce = open_token(request.POST.get("token", ""), use=use)
        except TokenBroken:
            said = _("Dit formulier was beschadigd. Kijk of alles er nog staat en sla het op.")
            return self._page(form, secrets.token_bytes(NONCE_BYTES), said=said, status=422)
        known = filed_with(nonce)
        return self._register(form, nonce) if known is None else self._again(known, nonce)

    def _again(self, case: Complaint, nonce: bytes) -> HttpResponse:
        """Answers for what was registered with this form before: paper, code again, or a 410."""
        copy = copy_left(self.request.user, case)
        if copy is Copy.NOT_THEIRS:
            raise Http404
        if copy is Copy.OVER:
            return self._registered(case, status=410, is_over=True)
        if self.request.POST.get("action") == "paper":
            return self._paper(case, nonce)
        return self._done(case, nonce, is_repeated=True)

    def _register(self, form: RegisterForm, nonce: bytes) -> HttpResponse:
        """Stores it, or shows the form again with all that was typed and sent up."""
        if not form.is_valid():
            return self._page(form, nonce, status=422)
        try:
            case = register_complaint(nonce=nonce, by=self.request.user, **_written(form))
        except FilesGone:
            form.add_error("scans", _("Een bestand is er niet meer. Voeg het opnieuw toe."))
            return self._page(form, nonce, status=422)
        except (DatabaseError, OSError, NotAllowed):
            logger.exception("complaint.not_registered")
            fault = _("Het opslaan lukt nu niet. Er is niets opgeslagen. Probeer het zo nog eens.")
            return self._page(form, nonce, said=fault, status=503)
        logger.info("complaint.registered reference=%s", case.reference)
        return self._done(case, nonce, is_repeated=False)

    def _page(
        self, form: RegisterForm, nonce: bytes, *, said: Any = "", status: int = 200
    ) -> HttpResponse:
        self.keeps_files = True
        context = self.get_context_data(
            form=form,
            token=sealed_nonce(nonce, self.request.user),
            said=said,
            coaches=Coach.objects.filter(is_active=True),
        )
        return self.render_to_response(context, status=status)

    def _done(self, case: Complaint, nonce: bytes, is_repeated: bool) -> HttpResponse:
        """The receipt code to hand over: shown here and on paper, and nowhere after."""
        return self._registered(
            case,
            code=show_code(code_from_nonce(nonce)),
            token=sealed_nonce(nonce, self.request.user),
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

    def _paper(self, case: Complaint, nonce: bytes) -> HttpResponse:
        """All that was written down, with the code; a reading like any other on paper."""
        record_access(complaint=case, user=self.request.user, kind=AccessKind.PRINT)
        pdf = receipt_pdf(self._receipt(case, nonce))
        return pdf_answer(pdf, f"kopie-{case.reference}.pdf")

    def _receipt(self, case: Complaint, nonce: bytes) -> Receipt:
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
                (str(promised[term.kind]), term.due_on)
                for term in case.terms.filter(kind__in=promised, due_on__gte=timezone.localdate())
            ],
            readers=", ".join(f"{name} ({role})" for role, name in people_of(circle)),
            answers=open_answers(case),
            receipt_code=show_code(code_from_nonce(nonce)),
            contact=organisation.contact,
        )


def _written(form: RegisterForm) -> dict[str, Any]:
    """Returns what is registered; with the acknowledgement only where that was changed."""
    data = dict(form.cleaned_data)
    is_changed = data["wants_mail"] and form.edited.tidy() != form.mail.tidy()
    data["acknowledgement"] = form.edited if is_changed else None
    if data.pop("has_consent") != "yes":
        data["consent_how"] = ""
    data["files"] = data.pop("scans")
    return data
