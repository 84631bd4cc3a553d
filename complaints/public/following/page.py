"""The pages of following, and what one takes along: the case as a PDF, as data, its files."""

import json
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from complaints.cases import rules
from complaints.cases.attachments import open_files
from complaints.cases.codes_and_links import code_works_from, is_known_outside
from complaints.cases.contact import contact_in, contact_of
from complaints.cases.contents import open_answers
from complaints.cases.conversation import FROM_HANDLER, mark_read
from complaints.cases.for_complainant import Line, coach_in_words, dossier_of, lines_of
from complaints.cases.uploads import MOST_BYTES, MOST_FILES
from complaints.files.store import attachment, file_answer
from complaints.models.case import Complaint
from complaints.models.roster import Circle, Roster
from complaints.notifications import has_address
from complaints.public.filing.fields import PREFIX, step_form
from complaints.public.filing.pages import errors_at, try_later
from complaints.public.following import acting
from complaints.public.following.acting import Button, Said
from complaints.public.following.session import IDLE_SECONDS, PATH, WARN_SECONDS, Follower, mint
from complaints.public.promises import how_long, ladder_of, open_promises, receipt_answer, who_reads
from complaints.questions import YES, Value
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import show_code


def follow_page(
    request: HttpRequest, follower: Follower, case: Complaint, said: Said | None = None
) -> HttpResponse:
    """All of it on one page, which works without a script; reading marks it as read."""
    prefetch_related_objects([case], "events", "rights_requests", "terms", "advices", "consents")
    said, roster, files = said or Said(), Roster.read(), open_files(case, follower.key, is_own=True)
    lines = lines_of(case, follower.key, files, datetime.fromtimestamp(follower.began / 1000, UTC))
    placed: dict[str, list[Line]] = {line.place: [] for line in lines}
    for line in lines:
        placed[line.place].append(line)
    news = placed.pop("news", [])
    mark_read(line.event for line in news)
    message_errors = errors_at("id_message", said.error)
    file_errors = errors_at("id_files", *said.file_errors)
    buttons = [button for button in acting.BUTTONS if button.is_open_to(case)]
    answers, circle = open_answers(case, follower.key), Circle(case, roster)
    visited = rules.visited(line.event for line in lines)
    reachable = contact_in(answers, lines, may_mail=has_address(case)).is_reachable
    context = _standing(case, said, circle, visited=visited, reachable=reachable)
    context |= placed | {
        "news": sorted(news, key=lambda line: (bool(line.texts), line.event.number), reverse=True),
        "coach": coach_in_words(case, lines),
        "readers": who_reads(circle),
        "how_long": how_long(case, roster.settings),
        "answers": answers,
        "files": [file for file in files if not file.is_from_us],
        "consents": [button for button in acting.CONSENTS if button.is_open_to(case)],
        "ways": [(b, b.last_day(case, roster.settings)) for b in buttons if not b.is_about_data],
        "data_ways": [button for button in buttons if button.is_about_data],
        "typed": said.typed,
        "message_errors": message_errors,
        "file_errors": file_errors,
        "errors": message_errors + file_errors,
        "most_files": MOST_FILES,
        "most_mb": MOST_BYTES // 1024**2,
        "is_code_known": is_known_outside(circle),
        "idle_seconds": IDLE_SECONDS,
        "warn_seconds": WARN_SECONDS,
    }
    return render(request, "complaints/follow.html", context, status=said.status)


def status_page(request: HttpRequest, case: Complaint, said: Said | None = None) -> HttpResponse:
    """Stage, dates, what comes next, whether a message waits; nothing anybody wrote."""
    said, circle = said or Said(), Circle(case, Roster.read())
    events = list(case.events.select_related("read_receipt").defer("sealed"))
    visited = rules.visited(events)
    context = _standing(case, said, circle, visited=visited, reachable=True) | {
        "has_message": any(e.kind in FROM_HANDLER and not e.read_at for e in events),
        "withdraw": acting.button_named("intrekken", case),
    }
    return render(request, "complaints/follow_status.html", context, status=said.status)


def _standing(
    case: Complaint, said: Said, circle: Circle, *, visited: set[str], reachable: bool
) -> dict[str, Any]:
    """Where the case stands, for both pages of it."""
    return {
        "case": case,
        "reference": case.reference,
        "stages": ladder_of(circle, visited),
        "next_steps": open_promises(case, reachable=reachable),
        "notice": said.notice,
        "code": show_code(said.new_code) if said.new_code else "",
        "code_works_from": code_works_from(case),
        "has_mail": True,
        "follow_url": PATH,
    }


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
        "minted": mint(follower) if button.mints else "",
        "fields": form,
        "typed": typed,
        "is_folded": button.text_label == acting.MAY_WRITE and not typed,
        "chosen": request.POST.get("choice", ""),
        "message_errors": errors_at("id_message", mend.get("message", "")),
        "choice_errors": errors_at("id_choice", mend.get("choice", "")),
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
        "errors": errors_at("id_code", error),
        "is_over": is_over,
        "has_left": "uit" in request.GET,
        "follow_url": PATH,
    }
    return render(request, "complaints/follow_code.html", context, status=status)


def link_asked_page(
    request: HttpRequest, *, error: str = "", is_over: bool = False, status: int = 200
) -> HttpResponse:
    """Says that a mail may come, the same for every address; or what to mend in the address.

    Also where a link that was mailed `is_over`.
    """
    context = {
        "errors": errors_at("id_email", error),
        "typed_email": request.POST.get("email", "") if error else "",
        "is_over": is_over,
        "follow_url": PATH,
    }
    return render(request, "complaints/follow_link_asked.html", context, status=status)


def unavailable_page(request: HttpRequest) -> HttpResponse:
    """A 503 made without a query, with the text given back."""
    explanation = _(
        "Er is niets verloren van wat al was verstuurd. Probeer het over een paar minuten opnieuw."
    )
    message = request.POST.get("message", "")
    typed = [{"label": _("Je bericht"), "text": message}] if message else []
    return try_later(_("De site kan nu niets opslaan"), explanation, typed=typed, follow_url=PATH)


def json_answer(case: Complaint, follower: Follower) -> HttpResponse:
    """The case in the shape of `static/schema/dossier-1.json`."""
    content = json.dumps(dossier_of(case, follower.key), ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": attachment(f"{case.reference}.json")}
    return HttpResponse(content.encode(), "application/json", headers=headers)


def pdf_answer(request: HttpRequest, case: Complaint, follower: Follower) -> HttpResponse:
    """Returns the case and its history on paper."""
    prefetch_related_objects([case], "terms")
    answers, lines = open_answers(case, follower.key), lines_of(case, follower.key)
    reachable = contact_in(answers, lines, may_mail=has_address(case)).is_reachable
    return receipt_answer(
        request,
        case,
        name=f"{case.reference}.pdf",
        answers=answers,
        promised=open_promises(case, reachable=reachable),
        coach=coach_in_words(case, lines),
        history=[line.on_paper for line in lines],
    )


def own_file(case: Complaint, follower: Follower, file_id: str) -> HttpResponseBase | None:
    """A file of the case as it was sent; None where there is no such file, or it does not open."""
    files = open_files(case, follower.key, is_own=True)
    found = next((file for file in files if file.id.hex == file_id), None)
    if found is None:
        return None
    try:
        chunks = found.chunks()
        return file_answer(name=found.name, kind=found.kind, size=found.size, chunks=chunks)
    except (SealBroken, OSError):
        return None
