"""What somebody who came with the code does: writes, sends files, decides, takes along (R-35)."""

import json

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.cases.attachments import FilesGone, StoredFile, open_files
from complaints.cases.case import NotAllowed, TooMuchToday
from complaints.cases.contents import open_answers
from complaints.cases.conversation import (
    CodeInMessage,
    EmptyMessage,
    MessageRefused,
    MessageTooLong,
    TooManyFiles,
    write_to_handler,
)
from complaints.cases.following import dossier_of
from complaints.cases.requests import Recoded
from complaints.files.download import attachment, file_answer
from complaints.models.case import Complaint
from complaints.models.roster import Roster
from complaints.paper.receipt import Receipt, receipt_pdf
from complaints.public.filing.files import says
from complaints.public.filing.uploads import SealedUploads, Upload
from complaints.public.following.choices import change_consent, offer_named
from complaints.public.following.page import confirm_page, follow_page, told
from complaints.public.following.session import Follower, enter, follower_of, keep
from complaints.public.promises import is_reachable, open_promises, who_reads
from complaints.public.suspicion import is_foreign
from complaints.vault.cipher import SealBroken
from home.models import OrganisationSettings

FIELD = "files"


class MessageUploads(SealedUploads):
    """Takes files at the message of whoever follows a case, and of nobody else."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._is_inside: bool | None = None

    def is_asked(self, field_name: str) -> bool:
        if self._is_inside is None:
            self._is_inside = not is_foreign(self._of) and follower_of(self._of) is not None
        return field_name == FIELD and self._is_inside

    @property
    def _of(self) -> HttpRequest:
        assert self.request is not None  # noqa: S101 - given when it was made
        return self.request


def sent_with(request: HttpRequest) -> list[Upload]:
    """Every file that came with the message, taken or not."""
    return [upload for upload in request.FILES.getlist(FIELD) if isinstance(upload, Upload)]


def taken(uploads: list[Upload]) -> list[StoredFile]:
    return [upload.stored for upload in uploads if upload.stored is not None]


def as_json(request: HttpRequest, follower: Follower, case: Complaint) -> HttpResponse:
    """The case in the shape of `static/schema/dossier-1.json`."""
    content = json.dumps(dossier_of(case, follower.key), ensure_ascii=False, indent=2)
    return _download(content.encode(), "application/json", f"{case.reference}.json")


def as_pdf(request: HttpRequest, follower: Follower, case: Complaint) -> HttpResponse:
    """The same on paper: tagged PDF/A-2a and PDF/UA-1 (R-52)."""
    organisation = OrganisationSettings.for_request(request)
    answers = open_answers(case, follower.key)
    steps = open_promises(case, reachable=is_reachable(answers))
    receipt = Receipt(
        organisation=organisation.name,
        reference=case.reference,
        filed_on=timezone.localdate(case.filed_at),
        promises=[(step["text"], step["date"]) for step in steps],
        readers=who_reads(case, Roster.read()),
        answers=answers,
        history=told(case, follower.key),
        contact="\n".join(filter(None, [organisation.email, organisation.phone])),
    )
    return _download(receipt_pdf(receipt), "application/pdf", f"{case.reference}.pdf")


def as_file(case: Complaint, follower: Follower, file_id: str) -> HttpResponseBase | None:
    """A file of the case as it was sent; None where there is no such file, or it does not open."""
    found = next((f for f in open_files(case, follower.key) if f.id.hex == file_id), None)
    if found is None:
        return None
    try:
        chunks = found.chunks()
        return file_answer(name=found.name, kind=found.kind, size=found.size, chunks=chunks)
    except (SealBroken, OSError):
        return None


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = attachment(name)
    return response


DOWNLOADS = {"json": as_json, "pdf": as_pdf}


def act(request: HttpRequest, follower: Follower, case: Complaint) -> HttpResponseBase:
    """Does what a button asks, and says what became of it."""
    action, text = request.POST.get("action", ""), request.POST.get("message", "")
    try:
        return _done(request, follower, case, action)
    except (NotAllowed, FilesGone):
        notice, status = _no_longer(), 409
    except TooMuchToday:
        notice, status = too_much_today(), 429
    case.refresh_from_db()
    return follow_page(request, follower, case, typed=text, notice=notice, status=status)


def _done(
    request: HttpRequest, follower: Follower, case: Complaint, action: str
) -> HttpResponseBase:
    if action == "write":
        return _write(request, follower, case)
    if action in DOWNLOADS:
        return DOWNLOADS[action](request, follower, case)
    if action.startswith("bestand:"):
        return _file(request, follower, case, action.removeprefix("bestand:"))
    if action.startswith("toestemming:"):
        return _consent(request, follower, case, action)
    return _wish(request, follower, case, action)


def _wish(
    request: HttpRequest, follower: Follower, case: Complaint, action: str
) -> HttpResponseBase:
    offer = offer_named(action, case)
    if offer is None:
        raise NotAllowed(action)
    text, given = request.POST.get("message", ""), offer.given(request.POST.get("choice", ""))
    errors = [("id_choice", _("Kies een antwoord."))] if given == {"choice": ""} else []
    done: Complaint | Recoded = case
    if not errors:
        try:
            done = offer.perform(complaint=case, text=text, code=follower.code, **given)
        except MessageRefused as refused:
            errors = [("id_message", _mend_message(refused))]
    if errors:
        chosen = given.get("choice", "")
        return confirm_page(request, case, offer, typed=text, chosen=chosen, errors=errors)
    case, code = done if isinstance(done, Recoded) else (done, "")
    if code:
        follower = enter(code)
    page = follow_page(request, follower, case, notice=str(offer.done), new_code=code)
    return keep(page, follower)


def _file(
    request: HttpRequest, follower: Follower, case: Complaint, file_id: str
) -> HttpResponseBase:
    answer = as_file(case, follower, file_id)
    if answer is not None:
        return answer
    notice = _("Dit bestand kan niet worden geopend.")
    return follow_page(request, follower, case, notice=notice, status=404)


def _consent(
    request: HttpRequest, follower: Follower, case: Complaint, action: str
) -> HttpResponse:
    is_done = change_consent(case, action)
    case.refresh_from_db()
    notice = _("Je keuze is vastgelegd.") if is_done else _no_longer()
    return follow_page(request, follower, case, notice=notice, status=200 if is_done else 409)


def _write(request: HttpRequest, follower: Follower, case: Complaint) -> HttpResponse:
    """Sends a message with its files, or says what to mend; then the files are not kept."""
    text, uploads = request.POST.get("message", ""), sent_with(request)
    wrong = [says(up.problem, up.shown_name) for up in uploads if up.problem is not None]
    error = ""
    if not wrong:
        try:
            write_to_handler(complaint=case, text=text, code=follower.code, files=taken(uploads))
        except MessageRefused as refused:
            error = _mend_message(refused)
    if wrong or error:
        if uploads:
            wrong.append(_choose_again())
        return follow_page(
            request, follower, case, typed=text, error=error, file_errors=wrong, status=422
        )
    case.refresh_from_db()
    return follow_page(request, follower, case, notice=_("Je bericht is verstuurd."))


def _mend_message(refused: MessageRefused) -> str:
    words = {
        EmptyMessage: _("Schrijf eerst een bericht."),
        MessageTooLong: _("Maak je bericht korter: er passen 50.000 tekens in."),
        CodeInMessage: _(
            "Haal je volgcode uit het bericht. Wie die code heeft, kan alles lezen; de behandelaar "
            "heeft hem niet nodig."
        ),
        TooManyFiles: _(
            "Er passen niet meer bestanden bij je klacht. Zet er een paar samen in een pdf, of "
            "spreek met de behandelaar af hoe je ze geeft."
        ),
    }
    return words[type(refused)]


def _choose_again() -> str:
    return _("Je bericht is nog niet verstuurd. Kies je bestanden opnieuw voor je verstuurt.")


def too_much_today() -> str:
    return _(
        "Je hebt vandaag heel veel geschreven of gewijzigd. Ga morgen verder, of bel of mail ons. "
        "Wat je schreef staat hieronder en is niet verstuurd."
    )


def _no_longer() -> str:
    return _("Dat kan nu niet meer: er is intussen iets veranderd. Hieronder staat hoe het nu is.")
