"""The pages of following, and what one takes along: the case as a PDF, as data, its files."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.cases.attachments import open_files
from complaints.cases.codes_and_links import is_known_outside
from complaints.cases.contact import contact_of
from complaints.cases.contents import (
    HistoryLine,
    dossier_of,
    is_own,
    open_answers,
    own_history,
    words_for_complainant,
)
from complaints.cases.conversation import FROM_HANDLER, has_unread, mark_read
from complaints.cases.uploads import MOST_BYTES, MOST_FILES
from complaints.events import CONVERSATION, EventKind, Labelled, parts_for_complainant
from complaints.files.download import attachment, file_answer
from complaints.models.case import Complaint
from complaints.models.pages import ProcedurePage
from complaints.models.roster import Roster
from complaints.public.filing.fields import PREFIX, step_form
from complaints.public.filing.pages import QuestionOnPage, try_later
from complaints.public.following.acting import (
    BUTTONS,
    MAY_WRITE,
    Button,
    Said,
    button_named,
    consent_rows,
)
from complaints.public.following.session import IDLE_SECONDS, PATH, WARN_SECONDS, Follower
from complaints.public.promises import (
    is_reachable,
    ladder_of,
    open_promises,
    receipt_answer,
    who_reads,
)
from complaints.questions import YES, Value
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import show_code


@dataclass(frozen=True)
class Line:
    """One event in plain words; `texts` are (label, text), the label empty for a message."""

    at: datetime
    who: str
    what: str
    texts: list[Labelled]
    read_at: datetime | None
    is_own: bool
    is_message: bool
    is_ending: bool


def lines_of(case: Complaint, key: bytes) -> list[Line]:
    """Returns what happened in the case as its complainant reads it, oldest first."""
    return [_line(found) for found in own_history(case, key)]


def _line(found: HistoryLine) -> Line:
    event = found.event
    return Line(
        at=event.at,
        who=_("jij") if is_own(event) else _("de behandelaar"),
        what=words_for_complainant(event),
        texts=parts_for_complainant(found.content),
        read_at=event.read_at,
        is_own=is_own(event),
        is_message=event.kind in CONVERSATION,
        is_ending=event.kind == EventKind.CLOSED,
    )


def follow_page(
    request: HttpRequest, follower: Follower, case: Complaint, said: Said | None = None
) -> HttpResponse:
    """All of it on one page, which works without a script; reading marks the answers as read."""
    prefetch_related_objects([case], "rights_requests", "advices", "consents")
    said, roster, history = said or Said(), Roster.read(), own_history(case, follower.key)
    lines = [_line(found) for found in history]
    endings = [line for line in lines if line.is_ending]
    answers = open_answers(case, follower.key)
    mark_read([found.event for found in history], FROM_HANDLER)
    message_errors = _errors("id_message", said.error)
    file_errors = _errors("id_files", *said.file_errors)
    context = _standing(case, said, reachable=is_reachable(answers)) | {
        "readers": who_reads(case, roster),
        "lines": [line for line in lines if not line.is_message],
        "messages_written": [line for line in lines if line.is_message],
        "answers": answers,
        "files": open_files(case, follower.key),
        "publication": case.procedure_publication,
        "consents": consent_rows(case),
        "buttons": [button for button in BUTTONS if button.is_open_to(case)],
        "typed": said.typed,
        "message_errors": message_errors,
        "file_errors": file_errors,
        "errors": message_errors + file_errors,
        "outcome": endings[-1] if endings and not case.is_open else None,
        "most_files": MOST_FILES,
        "most_mb": MOST_BYTES // 1024**2,
        "is_code_known": is_known_outside(case, roster),
        "idle_minutes": IDLE_SECONDS // 60,
        "idle_seconds": IDLE_SECONDS,
        "warn_seconds": WARN_SECONDS,
    }
    return render(request, "complaints/follow.html", context, status=said.status)


def status_page(request: HttpRequest, case: Complaint, said: Said | None = None) -> HttpResponse:
    """Stage, dates, what comes next, whether a message waits; nothing anybody wrote."""
    said = said or Said()
    context = _standing(case, said, reachable=True) | {
        "has_message": has_unread(case, FROM_HANDLER),
        # A new code ends the link by which they came, so nothing more can be done here.
        "withdraw": None if said.new_code else button_named("intrekken", case),
    }
    return render(request, "complaints/follow_status.html", context, status=said.status)


def _standing(case: Complaint, said: Said, *, reachable: bool) -> dict[str, Any]:
    """Where the case stands, for both pages of it."""
    return {
        "case": case,
        "reference": case.reference,
        "stages": ladder_of(ProcedurePage.objects.live().first(), case.current_stage),
        "next_steps": open_promises(case, reachable=reachable),
        "notice": said.notice,
        "code": show_code(said.new_code) if said.new_code else "",
        "has_mail": True,
        "follow_url": PATH,
    }


def _errors(field_id: str, *messages: str) -> list[dict[str, str]]:
    """Returns what is wrong with a field, for the summary; nothing for an empty message."""
    return [{"id": field_id, "message": message} for message in messages if message]


def confirm_page(
    request: HttpRequest,
    follower: Follower,
    case: Complaint,
    button: Button,
    form: forms.Form | None = None,
    **mend: Any,
) -> HttpResponse:
    """Says what a button does before it is pressed; with something to `mend`, by field, a 422."""
    form = form or step_form(button.asks, answers=_known(case, follower) if button.asks else {})
    typed = request.POST.get("message", "")
    mend |= {f"{PREFIX}-{name}": told[0] for name, told in form.errors.items()}
    context = {
        "reference": case.reference,
        "button": button,
        "fields": [QuestionOnPage(form[asked.clean_name], asked) for asked in button.asks],
        "typed": typed,
        "is_folded": button.text_label == MAY_WRITE and not typed,
        "chosen": request.POST.get("choice", ""),
        "message_errors": _errors("id_message", mend.get("message", "")),
        "choice_errors": _errors("id_choice", mend.get("choice", "")),
        "errors": [{"id": f"id_{name}", "message": words} for name, words in mend.items()],
        "follow_url": PATH,
    }
    status = 422 if mend else 200
    return render(request, "complaints/follow_confirm.html", context, status=status)


def _known(case: Complaint, follower: Follower) -> dict[str, Value]:
    contact = contact_of(case, follower.key)
    return vars(contact) | {"may_mail": YES if contact.may_mail else ""}


def code_page(
    request: HttpRequest, *, error: str = "", is_over: bool = False, status: int = 200
) -> HttpResponse:
    """Asks for the receipt code; what was typed stays, a message too. `is_over`: the session."""
    posted = request.POST if request.method == "POST" and status != 400 else {}
    context = {
        "typed_code": posted.get("code", ""),
        "typed_message": posted.get("message", ""),
        "errors": _errors("id_code", error),
        "is_over": is_over,
        "has_left": "uit" in request.GET,
        "follow_url": PATH,
    }
    return render(request, "complaints/follow_code.html", context, status=status)


def link_asked_page(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    """Says that a mail may come, the same for every address; or what to mend in the address."""
    context = {
        "errors": _errors("id_email", error),
        "typed_email": request.POST.get("email", "") if error else "",
        "follow_url": PATH,
    }
    return render(request, "complaints/follow_link_asked.html", context, status=status)


def unavailable_page(request: HttpRequest) -> HttpResponse:
    """A 503 made without a query, with the text given back."""
    context = {"typed_message": request.POST.get("message", ""), "follow_url": PATH}
    return try_later("complaints/follow_unavailable.html", context)


def json_answer(case: Complaint, follower: Follower) -> HttpResponse:
    """The case in the shape of `static/schema/dossier-1.json`."""
    content = json.dumps(dossier_of(case, follower.key), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": attachment(f"{case.reference}.json")}
    return HttpResponse(content.encode(), "application/json", headers=headers)


def pdf_answer(request: HttpRequest, case: Complaint, follower: Follower) -> HttpResponse:
    """Returns the case and its history on paper."""
    answers = open_answers(case, follower.key)
    return receipt_answer(
        request,
        case,
        name=f"{case.reference}.pdf",
        answers=answers,
        promised=open_promises(case, reachable=is_reachable(answers)),
        history=[_on_paper(line) for line in lines_of(case, follower.key)],
    )


def _on_paper(line: Line) -> tuple[date, str, str]:
    texts = [f"{label}: {text}" if label else text for label, text in line.texts]
    return timezone.localdate(line.at), line.what, "\n".join(texts)


def own_file(case: Complaint, follower: Follower, file_id: str) -> HttpResponseBase | None:
    """A file of the case as it was sent; None where there is no such file, or it does not open."""
    found = next((f for f in open_files(case, follower.key) if f.id.hex == file_id), None)
    if found is None:
        return None
    try:
        chunks = found.chunks()
        return file_answer(name=found.name, kind=found.kind, size=found.size, chunks=chunks)
    except (SealBroken, OSError):
        return None
