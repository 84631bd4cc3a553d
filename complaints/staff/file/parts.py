"""Parts of a case file: terms, decisions, events."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.cases.attachments import FiledFile
from complaints.cases.contents import HistoryLine, is_own, open_advices, open_rulings
from complaints.cases.sealing import KeyDestroyed
from complaints.events import CONVERSATION, NOTES, EventKind, Labelled, parts_for_staff
from complaints.models.case import Complaint, Event
from complaints.models.handling import Term
from complaints.models.settings import name_of
from complaints.stages import Acceptance, Compliance
from complaints.terms import TermKind, TermState, day_in_words, term_state
from complaints.vault.cipher import SealBroken

T = TypeVar("T")
IN_A_PART_OF_ITS_OWN = (*CONVERSATION, *NOTES, EventKind.ADVISED, EventKind.RULED)


def long_day(moment: date | datetime) -> str:
    """Returns a day with its weekday and month in words; of a moment, the day it was here."""
    return day_in_words(timezone.localdate(moment) if isinstance(moment, datetime) else moment)


def open_or_none(read: Callable[..., T], case: Complaint, *key: bytes | None) -> T | None:
    """Returns what `read` opens; None where it was erased, or is not what was sealed."""
    try:
        return read(case, *key)
    except (KeyDestroyed, SealBroken):
        return None


def terms_of(case: Complaint) -> list[tuple[Term, TermState]]:
    """Returns each term and how near it is; a closed case owes its complainant no next message."""
    today = timezone.localdate()
    return [
        (term, term_state(term.due_on if term.is_running else None, today))
        for term in case.terms.all()
        if case.is_open or term.kind != TermKind.PROGRESS
    ]


@dataclass(frozen=True)
class DecisionLine:
    """An advice or a ruling: what it is, whether it binds, its words, what became of it."""

    title: str
    binds: str
    on: date
    text: str
    facts: list[tuple[str, str]]
    comply_by: date | None = None
    is_binding: bool = False


def known_advice(case: Complaint, key: bytes | None = None) -> list[DecisionLine]:
    """Returns every advice, oldest first; none where the texts do not open."""
    return [
        DecisionLine(
            title=_("Advies van de vertrouwenspersoon"),
            binds=_("Bindt niet: elke partij kiest zelf."),
            on=advice.row.given_on,
            text=advice.text,
            facts=[
                (_("De klager"), str(Acceptance(advice.row.by_complainant).label)),
                (_("De kunstcoach"), str(Acceptance(advice.row.by_coach).label)),
            ],
        )
        for advice in open_or_none(open_advices, case, key) or []
    ]


def known_rulings(case: Complaint, key: bytes | None = None) -> list[DecisionLine]:
    """Returns every ruling, oldest first; none where the texts do not open."""
    return [
        DecisionLine(
            title=_("Uitspraak van de klachtencommissie"),
            binds=_("Bindt beide partijen."),
            on=ruling.row.ruled_on,
            text=ruling.text,
            facts=[(_("Nakoming"), str(Compliance(ruling.row.compliance).label))],
            comply_by=ruling.row.comply_by,
            is_binding=True,
        )
        for ruling in open_or_none(open_rulings, case, key) or []
    ]


@dataclass(frozen=True)
class EventLine:
    """One event to read; `texts` are (label, text) of what was written with it."""

    event: Event
    texts: list[Labelled]
    files: list[FiledFile]
    is_elsewhere: bool  # the case file shows its texts in a part of their own

    @property
    def who(self) -> str:
        if self.event.actor is not None:
            return name_of(self.event.actor)
        if is_own(self.event):
            return _("de klager")
        if self.event.actor_label.startswith("user:"):
            return _("iemand die geen account meer heeft")
        return _("de site")


def line_of(line: HistoryLine, files: Iterable[FiledFile] = ()) -> EventLine:
    """Returns one event with what was written with it, and what of these files came with it."""
    came = [file for file in files if file.event_id == line.event.pk]
    texts = parts_for_staff({n: t for n, t in line.content.items() if n != "files" or not came})
    is_elsewhere = bool(texts or came) and line.event.kind in IN_A_PART_OF_ITS_OWN
    return EventLine(line.event, texts, came, is_elsewhere)
