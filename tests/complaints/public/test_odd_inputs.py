"""Odd but real ways to file. Each complaint is stored whole; none is refused."""

import itertools
import random
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from complaints.models.case import Complaint, Event
from complaints.models.outbox import MailKind, OwedMail
from tests.complaints.public.form_filler import Filler, filed_answers
from tests.faults.servers import IS_WHOLE
from tests.threads import at_once

pytestmark = pytest.mark.django_db

STORIES = {
    "one letter": "x",
    "emoji": "😢😢 hij kwam niet 🎨 👩🏽‍🎨",
    "right to left": "لم يأت المدرب إلى الموعد. המאמן לא הגיע",
    "combining": "Zoë\u0301 \u0300\u0301 ﷽ ẞ",
    "html": "<script>alert(1)</script> & &amp; <b>vet</b>",
    "template": "{{ settings.SECRET_KEY }} {% load x %}",
    "sql": "'; DROP TABLE complaints_complaint; --",
    "formula": '=HYPERLINK("http://x")',
    "zero width": "a\u200bb\u200dc\ufeff",
    "bidi": "abc\u202edef\u202c",
    "line ends": "een\ntwee\n\n\ndrie",
    "tabs and spaces": "\tin\t\tgesprongen   en   meer",
    "leading line end": "\nbegint met een witregel",
    "one long word": "a" * 49_999,
    "fifty thousand": "é" * 50_000,
    "quotes": "\"dubbel\" 'enkel' „laag” «guillemet» `back`",
    "control": "bel\x07 en\x1b[31m rood",
    "json": '{"token": "x", "action": "send"}',
    "unicode limits": "\U0010ffff \uffff \ufffd",
    "numbers": "0" * 300,
}
WAYS = [
    *("plain", "two seconds", "23 hours", "back button", "twice", "autofill", "no headers"),
    *("null origin", "wandering", "changed at the check"),
]
# Each story once and each way twice; the whole dose tells every story in every way.
TOLD = [*itertools.product(STORIES, WAYS)] if IS_WHOLE else [*zip(STORIES, WAYS * 2, strict=True)]


@pytest.mark.parametrize(("story", "way"), TOLD)
def test_an_odd_but_real_complaint_is_stored_whole(filler, story, way):
    text = STORIES[story]
    with time_machine.travel(timezone.now(), tick=False) as clock:
        walk(filler, text, way, clock)
    assert filed_answers()["probleem"] == text
    assert not Complaint.objects.get().is_suspect


def walk(filler, text, way, clock):
    """Fills in and sends the form in one of the odd ways."""
    clock.shift(2 if way == "two seconds" else 60)
    if way == "null origin":
        filler.headers = {"Origin": "null"}
    if way == "back button":
        earlier = filler.data("next", probleem="eerst iets anders")
        filler.next(probleem="eerst iets anders").next().post(earlier | {"q-probleem": text})
    if way == "wandering":
        filler.next(probleem=text)
        for action in random.Random(text).choices(["back", "next"], k=6):  # noqa: S311 - no secret
            filler.press(action if action in filler.page.actions else "next")
    extra = {"naam": "Fien", "email": "fien@example.org"} if way == "autofill" else {}
    filler.to_check(probleem=text, **extra)
    if way == "changed at the check":
        filler.press(next(a for a in filler.page.actions if a.endswith(":probleem")))
        filler.next(probleem=text)
    clock.shift(2 if way == "two seconds" else 60)
    if way == "23 hours":
        clock.shift(timedelta(hours=23))
    data = filler.data("send", consent_filing="on")
    for _ in range(2 if way == "twice" else 1):
        filler.post(data).says("Je klacht is ontvangen")


@pytest.mark.django_db(transaction=True)
def test_twenty_posts_at_once_are_one_complaint_with_one_reference(filler):
    filler.to_check(naam="Fien Verzonnen", email="fien@example.org")
    data = filler.data("send", consent_filing="on", consent_mail="on")
    answers = at_once(20, lambda: Filler().post(data))
    case = Complaint.objects.get()
    for answer in answers:
        answer.says("Je klacht is ontvangen", case.reference)
    assert Event.objects.filter(complaint=case).count() == 1
    assert OwedMail.objects.filter(complaint=case, kind=MailKind.ACKNOWLEDGEMENT).count() == 1
