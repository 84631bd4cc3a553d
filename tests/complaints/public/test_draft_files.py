"""Files in a form that was put aside: kept as long as the draft, destroyed with it."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.cases.attachments import open_files
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Attachment
from complaints.worker.clock import tick
from tests.complaints.public.form_filler import POST, Filler
from tests.evidence import PDF, named

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR


@pytest.fixture
def saved(site) -> Filler:
    """Someone who added a file and put the form aside, with the code on the page."""
    filler = Filler().start().next(probleem="De coach kwam niet.").next()
    filler.press("attach", bestanden=named("bewijs.pdf")).press("save")
    assert "Je concept is bewaard" in filler.text
    return filler


def on_disk(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def code_of(filler: Filler) -> str:
    return next(word for word in filler.text.split() if word.count("-") == 4)


def come_back(code: str) -> Filler:
    filler = Filler(Client())
    filler._read(filler.client.post(reverse("resume"), {"code": code}))
    return filler


def test_days_later_the_file_is_there_and_goes_with_the_complaint(saved, folder):
    with time_machine.travel(timezone.now() + timedelta(days=10), tick=False):
        tick()
        filler = come_back(code_of(saved)).press("stay")
        assert "bewijs.pdf" in filler.text
        filler.to_check().send()
        (file,) = open_files(Complaint.objects.get())
        assert b"".join(file.chunks()) == PDF
        tick()
    with time_machine.travel(timezone.now() + timedelta(days=40), tick=False):
        tick()
        assert on_disk(folder) == 1


def test_without_a_draft_it_goes_after_a_day(site, folder):
    Filler().start().next(probleem="Zo.").next().press("attach", bestanden=named("bewijs.pdf"))
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        tick()
    assert on_disk(folder) == 0


def test_it_goes_when_the_draft_does(saved, folder):
    with time_machine.travel(timezone.now() + timedelta(days=16), tick=False):
        tick()
    assert (on_disk(folder), Attachment.objects.count()) == (0, 0)


def test_beginning_anew_destroys_it_at_once(saved, folder):
    code = code_of(saved)
    saved.client.post(reverse("resume"), {"code": code, "action": "destroy"})
    assert (on_disk(folder), Attachment.objects.count()) == (0, 0)


def test_beginning_anew_leaves_a_file_that_was_sent(saved, folder):
    """The draft goes with sending; a page of before it may still be open in another window."""
    code = code_of(saved)
    come_back(code).press("stay").to_check().send()
    saved.client.post(reverse("resume"), {"code": code, "action": "destroy"})
    assert on_disk(folder) == 1
    answer = saved.client.post(POST, saved.data("stay"))
    assert "Je klacht is ontvangen" in answer.content.decode()
