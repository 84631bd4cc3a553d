"""What a handler takes out of a case: a file, a picture's pixels alone, or the case as a PDF."""

import logging
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin import messages

from complaints.cases.attachments import FiledFile, StoredFile, open_files
from complaints.cases.contact import contact_in, without_contact
from complaints.cases.contents import ConsentLine, record_access, shown_to_complainant
from complaints.cases.rules import why_not_show_coach
from complaints.cases.sealing import KeyDestroyed
from complaints.events import CONVERSATION, NOTES, EventKind, Labelled
from complaints.files.kinds import download_name
from complaints.files.picture import NotCopied, reader_copy
from complaints.files.store import HEADERS, attachment, file_answer, pdf_answer
from complaints.models.handling import Term
from complaints.models.privacy import AccessKind
from complaints.models.settings import name_of
from complaints.paper.documents import Passage, Section, case_file_pdf
from complaints.questions import Answer, Purpose
from complaints.staff.file.case_file import CaseFile
from complaints.staff.file.parts import EventLine, line_of, long_day
from complaints.staff.pages import CaseView
from complaints.staff.permissions import StaffRequest
from complaints.terms import moment_in_words
from complaints.vault.cipher import SealBroken
from home.models import OrganisationSettings

logger = logging.getLogger(__name__)


class FileView(CaseView):
    """A file of a case this person may see, exactly as it was sent."""

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            files = open_files(self.instance)
            file = next((found for found in files if found.id == self.kwargs["file_pk"]), None)
            if file is None:
                raise Http404
            answer = self.answer(file)
        except (SealBroken, KeyDestroyed, OSError):
            return self._refuse(_("Dit bestand kan niet worden geopend."))
        if request.method == "GET" and answer.status_code == 200:
            record_access(complaint=self.instance, user=request.user, kind=AccessKind.FILE)
        logger.info("file.opened reference=%s", self.instance.reference)
        return answer

    def answer(self, file: StoredFile) -> HttpResponseBase:
        return file_answer(name=file.name, kind=file.kind, size=file.size, chunks=file.chunks())

    def _refuse(self, words: str) -> HttpResponse:
        messages.error(self.request, words)
        return HttpResponseRedirect(self.case_url)


class ReaderCopyView(FileView):
    """A picture without what it tells of its maker; only for what is a picture."""

    def answer(self, file: StoredFile) -> HttpResponseBase:
        if not file.is_image:
            raise Http404
        try:
            copy, kind = reader_copy(file.chunks())
        except NotCopied:
            return self._refuse(
                _("Van deze foto kan geen leeskopie worden gemaakt. Download het origineel.")
            )
        name = download_name(f"leeskopie {file.name}", kind)
        return HttpResponse(copy, headers=HEADERS | {"Content-Disposition": attachment(name)})


class CaseDocumentView(CaseView):
    """The case file to download; with `?notities=1` also what only handlers read.

    With `?voor=coach` only what a coach reads, if they may; how to reach the complainant is left
    out of all of it, also where somebody wrote it.
    """

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_for_coach = request.GET.get("voor") == "coach"
        if is_for_coach and (refusal := why_not_show_coach(self.instance)):
            messages.error(request, refusal.words)
            return HttpResponseRedirect(self.case_url)
        file = CaseFile(self.instance, request.user)
        case, has_notes = file.case, request.GET.get("notities") == "1" and not is_for_coach
        if is_for_coach:
            readers, parts = _("De kunstcoach, zonder contactgegevens"), _parts_for_coach(file)
        elif has_notes:
            readers, parts = _("Alleen wie deze zaak behandelt"), _all_parts(file)
        else:
            readers, parts = _("Zonder notities en toelichtingen van ons"), _shown_parts(file)
        paper = case_file_pdf(
            parts,
            organisation=OrganisationSettings.for_request(request).name,
            reference=case.reference,
            printed_on=timezone.localdate(),
            printed_by=name_of(request.user),
            readers=readers,
        )
        answer = pdf_answer(paper, f"dossier-{case.reference}.pdf")
        if request.method == "GET":
            record_access(complaint=case, user=request.user, kind=AccessKind.PRINT)
            logger.info("case.printed reference=%s", case.reference)
        return answer


def _all_parts(file: CaseFile) -> list[Section]:
    """Returns every part, also those that only handlers read."""
    ours = [Section(str(title), facts=line.texts) for title, line in file.assessed]
    return [*ours, *_parts(file, file.history)]


def _shown_parts(file: CaseFile) -> list[Section]:
    """Returns the parts that the complainant may read too."""
    return _parts(file, [line_of(line) for line in shown_to_complainant(file.opened)])


def _parts_for_coach(file: CaseFile) -> list[Section]:
    """Returns the complaint, advice and ruling; neither messages nor how anybody is reached."""
    how, changed = (Purpose.EMAIL, Purpose.PHONE), (EventKind.FILED, EventKind.CONTACT_CHANGED)
    known = [  # as they were after each change
        contact_in(file.answers, file.opened[:end], may_mail=False)
        for end, line in enumerate(file.opened, start=1)
        if line.event.kind in changed
    ]

    def hide(texts: Iterable[Labelled]) -> list[Labelled]:
        return [(label, without_contact(text, known)) for label, text in texts]

    sections = [
        _written([answer for answer in file.answers if answer.purpose not in how]),
        _files([*file.filed_files, *file.decision_files]),
        *_decisions(file),
    ]
    return [
        Section(s.title, hide(s.facts), [Passage(e.head, hide(e.texts)) for e in s.entries], s.note)
        for s in sections
    ]


def _written(answers: list[Answer]) -> Section:
    entries = [Passage(a.label, [("", a.text or _("Niet ingevuld"))]) for a in answers]
    return Section(_("Wat de klager schreef"), entries=entries)


def _files(files: list[FiledFile]) -> Section:
    return Section(
        _("Bestanden"),
        note=_("De bestanden zelf staan niet in dit document."),
        facts=[(str(n), stored.name) for n, stored in enumerate(files, start=1)],
    )


def _decisions(file: CaseFile) -> list[Section]:
    return [
        Section(
            f"{known.title}, {long_day(known.on)}",
            note=known.binds,
            entries=[Passage(_("Tekst"), [("", known.text)])],
            facts=known.facts,
        )
        for known in file.decisions
    ]


def _parts(file: CaseFile, history: list[EventLine]) -> list[Section]:
    case = file.case
    told = {line.event.pk for line in history}
    files = [stored for stored in file.files or [] if stored.event_id in told]
    outcome = f": {case.get_outcome_display().lower()}" if case.outcome else ""
    return [
        Section(
            _("Gegevens van de zaak"),
            facts=[
                (_("Fase"), str(case.get_stage_display())),
                (_("Status"), f"{case.get_status_display()}{outcome}"),
                (_("Ontvangen op"), long_day(case.received_on)),
                (_("Binnengekomen via"), str(case.get_source_display())),
                (_("Behandelaar"), name_of(case.handler) or _("Nog niemand")),
            ],
        ),
        _written(file.answers),
        _files(files),
        *_decisions(file),
        Section(_("Termijnen"), facts=[_term(term) for term, _state in file.terms]),
        Section(_("Toestemming van de klager"), facts=[_consent(given) for given in file.consents]),
        Section(_("Geschiedenis"), entries=[_entry(line) for line in history]),
    ]


def _entry(line: EventLine) -> Passage:
    """An event; on paper messages and notes stand here only, the rest in parts of their own."""
    event = line.event
    is_told = line.is_elsewhere and event.kind not in (*CONVERSATION, *NOTES)
    head = f"{event.words_for_staff} – {moment_in_words(event.at)}, {line.who}"
    return Passage(head, [] if is_told else line.texts)


def _term(term: Term) -> tuple[str, str]:
    words = _("uiterlijk %(day)s") % {"day": long_day(term.due_on)}
    if term.met_at is not None:
        done = _("gedaan op %(day)s") % {"day": long_day(term.met_at)}
        words = f"{words}, {done}"
    return str(term.get_kind_display()), words


def _consent(given: ConsentLine) -> tuple[str, str]:
    words = _("gegeven op %(day)s") if given.is_given else _("ingetrokken op %(day)s")
    purpose = str(given.purpose.label).capitalize()
    return purpose, words % {"day": long_day(given.at)}
