"""What somebody who came with the code does: writes, decides, takes along."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from complaints.models.case import Complaint
from complaints.public.files import says
from complaints.public.follow.consents import change_consent
from complaints.public.follow.download import DOWNLOADS, as_file
from complaints.public.follow.page import confirm_page, follow_page
from complaints.public.follow.session import Follower, enter, keep
from complaints.public.follow.uploads import sent_with, taken
from complaints.public.follow.wishes import offer_named
from complaints.services.bounds import TooMuchToday
from complaints.services.conversation import write_to_handler
from complaints.services.files import FilesGone
from complaints.services.handling import NotAllowed
from complaints.services.wishes import Recoded
from complaints.services.wording import (
    CodeInMessage,
    EmptyMessage,
    MessageRefused,
    MessageTooLong,
    TooManyFiles,
)


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
