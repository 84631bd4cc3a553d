"""What the complainant is told everywhere alike: the ladder, what happens by when, who reads.

Beside it the copy they keep, and what to mend in a code or in a file.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.cases.for_complainant import own_up
from complaints.cases.retention import goes_on
from complaints.cases.rights import erased_on
from complaints.cases.rules import is_to_be_erased
from complaints.cases.sealing import CodeUnknown
from complaints.cases.uploads import Upload
from complaints.files.kinds import Problem
from complaints.files.store import attachment
from complaints.models.case import Complaint
from complaints.models.pages import ProcedurePage
from complaints.models.roster import Circle, Roster
from complaints.models.settings import HandlingSettings
from complaints.paper.documents import Receipt, receipt_pdf
from complaints.public.suspicion import wrong_codes
from complaints.questions import Answer
from complaints.stages import Outcome, Right, Route, StageState, stage_states
from complaints.terms import TermKind, day_in_words
from complaints.vault.codes import CodeMistyped, Mistake
from home.models import OrganisationSettings


def mend_code(
    request: HttpRequest, wrong: CodeMistyped | CodeUnknown, nothing_found: Any
) -> tuple[str, int]:
    """Returns how to mend a code and the status of the answer; says nothing of which codes exist.

    Only codes that open nothing count; so the right one opens at any time.
    """
    if isinstance(wrong, CodeUnknown):
        if not wrong_codes.is_passed(request):
            return str(nothing_found), 422
        too_many = _(
            "Wacht tien minuten voor je verder zoekt: er zijn veel codes geprobeerd waar niets "
            "bij staat. De goede code werkt ook nu."
        )
        return too_many, 429
    words = {
        Mistake.LENGTH: _(
            "Vul de hele code in: 17 letters en cijfers, vier groepjes van vier en één los teken."
        ),
        Mistake.LETTER: _(
            "Vul alleen letters en cijfers in. De letter U komt in een code niet voor."
        ),
        Mistake.CHECK: _(
            "Er zit een typefout in de code. Vergelijk elk teken met wat je hebt opgeschreven."
        ),
    }
    return words[wrong.reason], 422


def mend_file(upload: Upload) -> str:
    """Returns what is wrong with a file that was not taken, and how to go on; else nothing."""
    words = upload.problem_in_words
    if upload.problem is Problem.NO_ROOM:
        words += " " + _(
            "Ga verder zonder dit bestand. Je klacht versturen kan gewoon, en het bestand kun je "
            "later geven aan wie je klacht behandelt."
        )
    return words


def ladder_of(circle: Circle, visited: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Returns the three stages in the words of the procedure page, seen from where a case is.

    Each with its `title`, `who_acts`, `binding`, `state` (a `StageState`), and of a case that
    ended how and when. `visited` are the stages in its history; without, it was filed just now.
    """
    case, procedure = circle.case, ProcedurePage.objects.live().first()
    texts = list(procedure.stages.all()) if procedure is not None else []
    is_open = visited is None or (case.is_open and bool(case.sealed))
    states, rungs = stage_states(case.current_stage, is_open=is_open, visited=visited or ()), []
    for stage, state in states.items():
        text = texts[stage.number - 1] if len(texts) >= stage.number else None
        rungs.append(
            {
                "title": text.title if text else str(stage.label),
                "who_acts": text.acting(stage, circle.is_past_confidant) if text else "",
                "binding": text.binding if text else "",
                "state": state.value,
                "ended": _ended(case) if state is StageState.ENDED else "",
            }
        )
    return rungs


def _ended(case: Complaint) -> str:
    if not case.sealed:
        return _("Alles is gewist")
    is_theirs = case.outcome == Outcome.WITHDRAWN
    words = _("Je trok je klacht in op %(day)s") if is_theirs else _("Afgesloten op %(day)s")
    return words % {"day": date_format(timezone.localdate(case.closed_at), "j F Y")}


def promises(due: dict[str, Any], *, reachable: bool) -> list[dict[str, Any]]:
    """Returns what happens next, by which date; without an address no call is promised."""
    texts = _texts(reachable=reachable)
    kinds = (TermKind.CONTACT, TermKind.HANDLING)
    return [{"text": texts[kind], "date": due[kind]} for kind in kinds]


def open_promises(case: Complaint, *, reachable: bool) -> list[dict[str, Any]]:
    """Of what was promised, what is not met yet, first what comes first.

    Once closed, only what was asked about the data is still to come.
    """
    if not case.is_open:
        return _decisions(case)
    texts = _texts(reachable=reachable)
    if case.paused_on is not None:
        texts[TermKind.HANDLING] += " " + _(
            "De klok staat stil sinds %(day)s: deze datum schuift op zolang dat duurt."
        ) % {"day": date_format(case.paused_on, "j F Y")}
    terms = {TermKind(term.kind): term for term in case.terms.all() if term.met_at is None}
    due = {kind: term.due_on for kind, term in terms.items()}
    for kind in texts.keys() & terms.keys():
        texts[kind] += own_up(due[kind] if terms[kind].is_running else None)
    shown = [kind for kind in due if kind.is_promised and not _is_said_already(kind, due, case)]
    shown.sort(key=due.__getitem__)
    return [{"text": texts[kind], "date": due[kind]} for kind in shown] + _decisions(case)


def _decisions(case: Complaint) -> list[dict[str, Any]]:
    """By when what they asked about their data is decided, and when it is erased if so."""
    words = {
        Right.ERASURE: _("Je hoort of we alles over je klacht wissen."),
        Right.ACCESS: _("Je krijgt antwoord op je verzoek om inzage."),
        Right.OBJECTION: _("Je krijgt antwoord op je bezwaar."),
    }
    erased = _("We wissen alles over je klacht. Download hieronder wat je wilt bewaren.")
    told = []
    for request in case.rights_requests.all():
        if request.decided_at is None:
            text = words[Right(request.right)] + own_up(request.due_on)
            told.append({"text": text, "date": request.due_on})
        elif request.right == Right.ERASURE and request.is_granted and not case.is_held:
            told.append({"text": erased, "date": erased_on(request)})
    return told


def how_long(case: Complaint, settings: HandlingSettings) -> str:
    """Returns until when all of it is kept (R-17); "" where there is nothing more to keep."""
    if case.is_held:
        return _("We bewaren je klacht langer dan anders. Waarom lees je bij wat er is gebeurd.")
    if case.is_open and case.goes_on_told is None:
        return settings.sentence("case_months")
    day = goes_on(case, settings)
    if day is None or is_to_be_erased(case):  # on the day that stands among what comes next
        return ""
    return _("Op %(day)s wissen we alles.") % {"day": day_in_words(day)}


def _is_said_already(kind: TermKind, due: dict[TermKind, date], case: Complaint) -> bool:
    """A message that is due no sooner than a contact or the outcome promises nothing more."""
    if kind is not TermKind.PROGRESS:
        return False
    outcome = due.get(TermKind.HANDLING) if case.paused_on is None else None
    return TermKind.CONTACT in due or (outcome is not None and outcome <= due[kind])


def _texts(*, reachable: bool) -> dict[TermKind, str]:
    if not reachable:
        return {
            TermKind.CONTACT: _("Je klacht is gelezen."),
            TermKind.PROGRESS: _("Hier staat nieuws voor je, ook als er nog geen uitkomst is."),
            TermKind.HANDLING: _(
                "Er is een uitkomst met uitleg. Sturen kunnen we die niet: lees de uitkomst met je "
                "volgcode."
            ),
        }
    return {
        TermKind.CONTACT: _("Iemand neemt persoonlijk contact met je op."),
        TermKind.PROGRESS: _("Je hoort weer van ons, ook als er nog geen uitkomst is."),
        TermKind.HANDLING: _("Je krijgt een uitkomst met uitleg."),
    }


def who_reads(circle: Circle) -> str:
    """Returns who reads the complaint now, by role (R-10)."""
    if circle.is_past_confidant:
        said = _without_confidant(circle)
    else:
        nobody_else = _("Verder niemand: geen coach, geen redactie, geen beheerder.")
        said = [_roles(circle), _reading_along(circle.others), nobody_else]
    return " ".join(filter(None, said))


def beside(route: Route) -> dict[str, Any]:
    """Returns what stands beside the form: who will read it, whether the coach hears (R-34)."""
    roster = Roster.read()
    passed_over_id = roster.settings.confidant_id if route is Route.DEPUTY else None
    case = Complaint(route=route, passed_over_id=passed_over_id)
    return {
        "readers": who_reads(Circle(case, roster, True)),
        "coach_told": roster.settings.sentence("coach_told_days"),
        "handling": roster.settings,
    }


def _roles(circle: Circle) -> str:
    if circle.is_past_deputy:
        return _("De vertrouwenspersoon.")
    if circle.roster.is_confidant_absent():
        return _("De vertrouwenspersoon en, omdat die nu afwezig is, de plaatsvervanger.")
    if circle.sees(circle.roster.deputy):
        return _("De vertrouwenspersoon en de plaatsvervanger.")
    return _("De vertrouwenspersoon, en alleen bij afwezigheid de plaatsvervanger.")


def _without_confidant(circle: Circle) -> list[str]:
    """Of a case that is kept from the confidant, whoever else they may have been made since."""
    confidant, deputy = circle.sees(circle.roster.confidant), circle.sees(circle.roster.deputy)
    others = circle.others + confidant
    if not (deputy or others):
        nobody = _(
            "Nu nog niemand: er is op dit moment geen plaatsvervanger. De "
            "vertrouwenspersoon kan je klacht niet openen."
        )
        return [nobody]
    first = _("De plaatsvervanger.") if deputy else _("De behandelaar van je klacht.")
    kept = _("De vertrouwenspersoon kan je klacht niet openen en niet zien dat hij er is.")
    along = _reading_along(others if deputy else others - 1)
    return [first, along, "" if confidant else kept]


def _reading_along(count: int) -> str:
    said = ngettext(
        "Er leest nog een behandelaar mee.", "Er lezen nog %(count)d behandelaars mee.", count
    )
    return said % {"count": count} if count else ""


def receipt_answer(
    request: HttpRequest,
    case: Complaint,
    *,
    name: str,
    answers: Sequence[Answer],
    promised: list[dict[str, Any]],
    receipt_code: str = "",
    coach: str = "",
    history: Sequence[tuple[date, str, str]] = (),
) -> HttpResponse:
    """Returns the copy that the complainant keeps: a tagged PDF/A-2a (R-52, R-63)."""
    organisation = OrganisationSettings.for_request(request)
    receipt = Receipt(
        organisation=organisation.name,
        reference=case.reference,
        filed_on=timezone.localdate(case.filed_at),
        promises=[(promise["text"], promise["date"]) for promise in promised],
        readers=who_reads(Circle(case, Roster.read())),
        coach=coach,
        answers=answers,
        contact=organisation.contact,
        receipt_code=receipt_code,
        history=history,
    )
    headers = {"Content-Disposition": attachment(name)}
    return HttpResponse(receipt_pdf(receipt), "application/pdf", headers=headers)
