"""Every kind of event, for everybody who reads it: each where it may be read, and nowhere else."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from complaints.cases.case import COMPLAINANT, record
from complaints.cases.for_complainant import words_for_complainant
from complaints.events import PARTS, SHOWN, EventKind, parts_for_complainant, parts_for_staff
from complaints.stages import (
    Acceptance,
    CoachTold,
    Complexity,
    Compliance,
    Impact,
    Outcome,
    Party,
    Referral,
    Right,
    Safety,
    Severity,
    Source,
    Stage,
    Urgency,
)
from tests.evidence import words_of_pdf
from tests.follow import FOLLOW, SCHEMA, entered, filed, fits, text_of

STORED = {
    "severity": Severity.SERIOUS,
    "safety": Safety.DOUBTFUL,
    "complexity": Complexity.COMPLEX,
    "impact": Impact.MEDIUM,
    "urgency": Urgency.YES,
    "ground": Referral.WISHED,
    "party": Party.COACH,
    "coach_told": CoachTold.DEFEATS,
    "compliance": Compliance.PARTLY,
    "by_complainant": Acceptance.ACCEPTED,
    "by_coach": Acceptance.REFUSED,
    "right": Right.ACCESS,
    "source": Source.LETTER,
}


def stored(name: str, kind: str = "") -> object:
    """A value as an event keeps it under that name."""
    if name in STORED:
        return STORED[name].value
    if name.endswith("_on") or name == "comply_by":
        return "2026-01-05"
    if name in ("granted", "satisfied", "may_mail"):
        return "yes"
    return [f"{kind}.png", "b.pdf"] if name == "files" else f"{kind}-{name}"


@pytest.fixture(params=["by_the_complainant_with_content", "by_us_without_content"])
def every_kind(request, db, site, staff):
    """A case in which everything happened, its code, and whether anything was written with it."""
    case, code = filed()
    is_theirs = request.param.startswith("by_the_complainant")
    for kind in EventKind:
        told = SHOWN.get(kind)
        names = ("reason", *(told.parts if told else ("message", "explanation")))
        content = {name: stored(name, kind) for name in names} if is_theirs else {}
        record(
            case,
            kind,
            None if is_theirs else staff.confidant,
            content,
            label=COMPLAINANT,
            stage_from=Stage.FILING,
            stage_to=Stage.MEDIATION,
            outcome=Outcome.SOLVED,
        )
    return case, code, is_theirs


def test_the_complainant_reads_what_is_for_them_and_nothing_else(every_kind):
    case, code, is_written = every_kind
    me = entered(code)
    data = json.loads(me.post(FOLLOW, {"action": "json"}).content)
    fits(data, json.loads(SCHEMA.read_text()))
    read = {line["kind"]: line["texts"] for line in data["history"]}
    assert set(read) == set(SHOWN)
    assert not {"assigned", "shared", "unshared", "conflicted", "noted", "checked"} & set(read)
    for page in (text_of(me.get(FOLLOW)), words_of_pdf(me.post(FOLLOW, {"action": "pdf"}).content)):
        assert "%(" not in page
        assert "-reason" not in page
        for event in case.events.exclude(number=1):
            shown = SHOWN.get(event.kind)
            is_said = shown is not None and event.kind not in ("wrote", "answered")
            assert not is_said or words_for_complainant(event) in page, event.kind
            for name in shown.parts if shown else ("message", "explanation"):
                text = f"{event.kind}-{name}"
                is_theirs = shown is not None and stored(name, event.kind) == text
                assert (text in page) == (is_written and is_theirs), text
    for kind, texts in read.items():
        expected = SHOWN[kind].parts if is_written else ()
        assert tuple(texts) == expected, kind


def test_staff_read_it_all_in_the_case_file_and_on_paper(every_kind, staff):
    case, _code, is_written = every_kind
    desk = Client()
    desk.force_login(staff.confidant)
    name = "complaints_complaint_modeladmin_"
    page = text_of(desk.get(reverse(f"{name}inspect", args=[case.pk])))
    address = reverse(f"{name}dossier-pdf", args=[case.pk])
    notes, plain = (
        words_of_pdf(desk.get(address + query).content) for query in ("?notities=1", "")
    )
    elsewhere = {EventKind.ADVISED, EventKind.RULED, EventKind.ASSESSED, EventKind.AGREED}
    for event in case.events.exclude(number=1).exclude(kind=EventKind.LINKED):
        words, reason = event.words_for_staff, f"{event.kind}-reason"
        assert words in page, event.kind
        assert words in notes, event.kind
        assert (words in plain) == (event.kind in SHOWN), event.kind
        assert reason not in plain
        if is_written and event.kind not in elsewhere:
            assert reason in page, event.kind
            assert reason in notes, event.kind
    assert "%(" not in page + notes + plain


def test_each_part_has_a_label_and_words_for_whoever_reads_it():
    theirs = {name for shown in SHOWN.values() for name in shown.parts}
    assert theirs <= set(PARTS)
    for name in PARTS:
        ((label, text),) = parts_for_staff({name: stored(name, "x")})
        assert label not in ("", name)
        answer = STORED.get(name)
        assert answer is None or text.lower() == str(answer.label).lower(), name
        if name in theirs:
            ((own, own_text),) = parts_for_complainant({name: stored(name, "x")})
            assert bool(own) == (name != "message"), name
            assert own_text.lower() == text.lower(), name


def test_a_value_that_nobody_knows_stays_as_it_is_and_such_a_part_is_called_by_its_name():
    for name in ("ruled_on", "severity", "by_coach", "compliance", "right"):
        ((_label, text),) = parts_for_staff({name: "100% anders"})
        assert text.lower() == "100% anders", name
    assert parts_for_staff({"ooit": "iets"}) == [("ooit", "iets")]
