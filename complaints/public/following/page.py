"""The follow page: where the complaint stands, what comes next, the conversation, the ways on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from complaints.cases.attachments import MOST_BYTES, MOST_FILES, open_files
from complaints.cases.codes_and_links import is_known_outside
from complaints.cases.contents import open_answers
from complaints.cases.conversation import FROM_HANDLER, mark_read
from complaints.cases.following import Happening, happenings, in_words
from complaints.cases.history import COMPLAINANT
from complaints.models.case import Complaint, EventKind
from complaints.models.decision import Acceptance, Compliance
from complaints.models.pages import ProcedurePage
from complaints.models.roster import Roster
from complaints.public.following.choices import OFFERS, Offer, consent_rows
from complaints.public.following.session import IDLE_SECONDS, PATH, WARN_SECONDS, Follower
from complaints.public.promises import is_reachable, ladder_of, open_promises, who_reads
from complaints.stages import Stage
from complaints.vault.codes import show_code


@dataclass(frozen=True)
class Line:
    """One happening in plain words; `texts` are (label, text), the label empty for a message."""

    at: datetime
    who: str
    what: str
    texts: list[tuple[str, str]]
    read_at: datetime | None
    is_own: bool
    is_message: bool


def follow_page(
    request: HttpRequest,
    follower: Follower,
    case: Complaint,
    *,
    typed: str = "",
    error: str = "",
    file_errors: Sequence[str] = (),
    notice: str = "",
    new_code: str = "",
    status: int = 200,
) -> HttpResponse:
    """All of it on one page, which works without a script; reading marks the answers as read.

    A `new_code` is shown this once.
    """
    prefetch_related_objects([case], "rights_requests")
    found = happenings(case, follower.key)
    lines = [_line(one) for one in found]
    answers, roster = open_answers(case, follower.key), Roster.read()
    mark_read([one.event for one in found], FROM_HANDLER)
    context = {
        "case": case,
        "reference": case.reference,
        "stages": ladder_of(ProcedurePage.objects.live().first(), case.current_stage),
        "next_steps": open_promises(case, reachable=is_reachable(answers)),
        "readers": who_reads(case, roster),
        "lines": [line for line in lines if not line.is_message],
        "messages_written": [line for line in lines if line.is_message],
        "answers": answers,
        "files": open_files(case, follower.key),
        "publication": case.procedure_publication,
        "consents": consent_rows(case),
        "offers": [offer for offer in OFFERS if offer.is_open_to(case)],
        "typed": typed,
        **_errors(error, file_errors),
        "outcome": _outcome(case, found),
        "most_files": MOST_FILES,
        "most_mb": MOST_BYTES // 1024**2,
        "notice": notice,
        "code": show_code(new_code) if new_code else "",
        "has_mail": True,
        "is_code_known": is_known_outside(case, roster),
        "follow_url": PATH,
        "idle_minutes": IDLE_SECONDS // 60,
        "idle_seconds": IDLE_SECONDS,
        "warn_seconds": WARN_SECONDS,
    }
    return render(request, "complaints/follow.html", context, status=status)


def _errors(error: str, file_errors: Sequence[str]) -> dict[str, Any]:
    """What is to be mended, at its field and all together."""
    message = [{"id": "id_message", "message": error}] if error else []
    files = [{"id": "id_files", "message": said} for said in file_errors]
    return {"message_errors": message, "file_errors": files, "errors": message + files}


def _outcome(case: Complaint, found: list[Happening]) -> Line | None:
    """How a closed case ended, to read before all that went before."""
    closed = [one for one in found if one.event.kind == EventKind.CLOSED]
    return _line(closed[-1]) if closed and not case.is_open else None


def told(case: Complaint, key: bytes) -> list[tuple[date, str, str]]:
    """What happened, as (day, what, all that was written with it), for paper."""
    lines = [_line(found) for found in happenings(case, key)]
    return [
        (
            timezone.localdate(line.at),
            line.what,
            "\n".join(f"{label}: {text}" if label else text for label, text in line.texts),
        )
        for line in lines
    ]


def confirm_page(
    request: HttpRequest,
    case: Complaint,
    offer: Offer,
    *,
    typed: str = "",
    chosen: str = "",
    errors: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    """What one of the buttons does, said before it is pressed; `errors` are (field id, words)."""
    said = [{"id": field, "message": words} for field, words in errors]
    context = {
        "reference": case.reference,
        "offer": offer,
        "typed": typed,
        "chosen": chosen,
        "message_errors": [error for error in said if error["id"] == "id_message"],
        "choice_errors": [error for error in said if error["id"] == "id_choice"],
        "errors": said,
        "follow_url": PATH,
    }
    status = 422 if errors else 200
    return render(request, "complaints/follow_confirm.html", context, status=status)


def _line(found: Happening) -> Line:
    event = found.event
    is_message = event.kind in (EventKind.WROTE, EventKind.ANSWERED)
    return Line(
        at=event.at,
        who=_("jij") if found.is_own else _("de behandelaar"),
        what=_what(found),
        texts=[(_label(name), _as_text(name, text)) for name, text in found.texts.items()],
        read_at=found.read_at,
        is_own=found.is_own,
        is_message=is_message,
    )


def _what(found: Happening) -> str:
    """What happened, said to the one it happened to."""
    event = found.event
    if event.kind == EventKind.MOVED:
        return _("Je klacht ging naar fase %(number)d: %(stage)s.") % {
            "number": _number(event.stage_to),
            "stage": event.get_stage_to_display(),
        }
    if event.kind == EventKind.CLOSED:
        outcome = event.get_outcome_display().lower()
        return _("De behandeling is afgesloten: %(outcome)s.") % {"outcome": outcome}
    if event.kind == EventKind.CODE_REPLACED and event.actor_label != COMPLAINANT:
        return _("De behandelaar gaf je een nieuwe volgcode.")
    if event.kind == EventKind.FILED and not found.is_own:
        return _("Je klacht kwam bij ons binnen en staat sindsdien hier.")
    words = {
        EventKind.ASKED_REOPENING: _("Je vroeg om je klacht weer te openen."),
        EventKind.ASKED_ERASURE: _("Je vroeg om alles te wissen."),
        EventKind.ASKED_ACCESS: _("Je vroeg om inzage."),
        EventKind.RIGHTS_DECIDED: _("De behandelaar besliste over je verzoek."),
        EventKind.RATED: _("Je gaf je oordeel over de behandeling."),
        EventKind.FILED: _("Je diende je klacht in."),
        EventKind.CONTACTED: _("Er was persoonlijk contact met je."),
        EventKind.REOPENED: _("Je klacht is weer open."),
        EventKind.ADVISED: _("Je kreeg een advies. Het bindt niet: jij en je kunstcoach kiezen."),
        EventKind.ADVICE_ANSWERED: _("Er is vastgelegd wie het advies overneemt."),
        EventKind.RULED: _("De klachtencommissie deed uitspraak. Die bindt jullie allebei."),
        EventKind.COMPLIED: _("Er is vastgelegd of de uitspraak is nagekomen."),
        EventKind.WROTE: _("Je schreef een bericht."),
        EventKind.ANSWERED: _("Je kreeg een bericht."),
        EventKind.SAID_SOLVED: _("Je liet weten dat het is opgelost."),
        EventKind.ACKNOWLEDGED: _("We bevestigden dat je klacht binnen is."),
        EventKind.EXTENDED: _("We hebben meer tijd nodig voor een uitkomst."),
        EventKind.PAUSED: _("De klok staat stil: de tijd voor een uitkomst loopt nu niet door."),
        EventKind.RESUMED: _("De klok loopt weer."),
        EventKind.CODE_REPLACED: _("Je kreeg een nieuwe volgcode."),
        EventKind.ASKED_DEPUTY: _("Je vroeg om de plaatsvervanger."),
        EventKind.ASKED_COMMITTEE: _("Je vroeg om de klachtencommissie."),
        EventKind.CONSENTED: _("Je gaf toestemming."),
        EventKind.WITHDREW: _("Je trok toestemming in."),
        EventKind.ERASED: _("Wat je schreef is gewist."),
    }
    return words[EventKind(event.kind)]


def _number(stage: str) -> int:
    return Stage(stage).number


def _label(name: str) -> str:
    return {
        "finding": _("Bevinding"),
        "decisions": _("Besluiten"),
        "measures": _("Maatregelen"),
        "elsewhere": _("Waar je wel terechtkunt"),
        "ruled_on": _("Datum van de uitspraak"),
        "explanation": _("Waarom"),
        "contacted_on": _("Op"),
        "now_due_on": _("Uitkomst uiterlijk"),
        "given_on": _("Datum van het advies"),
        "advice": _("Advies (bindt niet)"),
        "by_complainant": _("Jij"),
        "by_coach": _("De kunstcoach"),
        "comply_by": _("Na te komen uiterlijk"),
        "ruling": _("Uitspraak (bindt jullie allebei)"),
        "compliance": _("Nakoming"),
        "compliance_on": _("Vastgesteld op"),
        "consent": _("Waarvoor"),
        "message": "",
        "files": _("Bestanden"),
        "right": _("Verzoek"),
        "granted": _("Besluit"),
        "answer": _("Waarom"),
        "satisfied": _("Tevreden over de behandeling"),
    }[name]


def _as_text(name: str, text: Any) -> str:
    if name.endswith(("_on", "_by")):
        return date_format(date.fromisoformat(text), "l j F Y")
    if name in ("by_complainant", "by_coach"):
        return str(Acceptance(text).label)
    return str(Compliance(text).label) if name == "compliance" else in_words(name, text)
