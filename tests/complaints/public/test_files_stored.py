"""A file of a complaint on the disk: sealed, staged a day, filed once, destroyed with its case."""

import os
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from complaints.cases import attachments, filing, rights, sealing
from complaints.files import store
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Attachment, KeyWrap
from complaints.public import suspicion
from complaints.public.filing import views
from complaints.vault.cipher import SealBroken
from tests.complaints.public.form_filler import Filler, come_back
from tests.evidence import PDF, filed_with, named, on_disk
from tests.factories import make_complaint, make_filing
from tests.follow import later
from tests.services import fresh, tick, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]


@pytest.fixture
def filler(at_files):
    return at_files


@pytest.fixture
def staged(filler):
    """A form with one file on disk, not sent yet."""
    return filler.press("attach", bestanden=[named("een.pdf")])


@pytest.fixture
def case(site):
    """A complaint filed with one file."""
    return filed_with(named("een.pdf"))


def content_of(file: attachments.StoredFile) -> bytes:
    return b"".join(file.chunks())


class TestSealed:
    def test_the_key_of_a_staged_file_is_in_the_token_and_nowhere_else(self, staged):
        (file,) = staged.state.files
        assert Attachment.objects.get().sealed is None
        assert content_of(file) == PDF
        assert file.key.hex() not in staged.html
        assert file.key.hex() not in str(Attachment.objects.values())

    def test_without_the_cases_key_and_under_another_case_a_file_does_not_open(self, case):
        assert attachments.open_files(case, sealing.case_key(case.pk))
        with pytest.raises(SealBroken):
            attachments.open_files(case, bytes(32))
        with undone():
            KeyWrap.objects.filter(complaint_id=case.pk).delete()
            with pytest.raises(sealing.KeyDestroyed):
                attachments.open_files(fresh(case))
        case.attachments.update(complaint=(other := make_complaint()))
        with pytest.raises(SealBroken):
            attachments.open_files(other)

    def test_the_file_and_its_folder_are_on_disk_before_the_page_says_so(self, filler, monkeypatch):
        synced = []
        fsync = os.fsync

        def note(descriptor):
            synced.append(Path(f"/proc/self/fd/{descriptor}").resolve())
            fsync(descriptor)

        monkeypatch.setattr(store.os, "fsync", note)
        filler.press("attach", bestanden=[named("een.pdf")])
        (path,) = on_disk()
        assert synced.index(path.parent) > synced.index(path.with_suffix(".part"))
        assert path.stat().st_mode & 0o077 == 0


class TestAllOrNothing:
    def test_a_filing_that_fails_leaves_the_files_staged_to_send_again_once(self, staged):
        staged.to_check()
        with patch.object(filing.notifications, "owe_filed", side_effect=DatabaseError("full")):
            staged.send().says(status=503)
        assert Attachment.objects.get().complaint is None
        assert len(on_disk()) == 1
        held = staged.state.files
        staged.press("send")
        assert content_of(attachments.open_files(Complaint.objects.get())[0]) == PDF
        with pytest.raises(attachments.FilesGone):
            filing.file_complaint(filing=make_filing(files=held))
        assert Complaint.objects.count() == 1

    def test_a_file_destroyed_between_check_and_send_is_told_and_nothing_is_filed(self, filler):
        filler.to_check(bestanden=[named("weg.pdf"), named("goed.pdf")])
        held = filler.state.files[0].id
        store.remove_file(held)
        filler.send()
        assert not Complaint.objects.exists()
        attachments.destroy_staged([held])
        filler.send().says("‘weg.pdf’ is er niet meer", "goed.pdf", status=422)
        filler.to_check().send()
        assert [file.name for file in attachments.open_files(Complaint.objects.get())] == [
            "goed.pdf"
        ]

    def test_a_token_sent_twice_files_its_files_once_and_never_says_that_one_is_gone(self, staged):
        """Also where the first is filed while the second has just looked whether it was."""
        data = staged.to_check().data("send", consent_filing="on")
        for _ in range(2):
            Filler().post(data).says(status=200)
        with patch.object(views, "filed_with", side_effect=[None, Complaint.objects.get()]):
            Filler().post(data).says(Complaint.objects.get().reference)
        assert Complaint.objects.get().attachments.count() == len(on_disk()) == 1

    def test_the_database_refuses_a_row_that_is_neither_staged_nor_filed(self):
        for fields in ({"sealed": b"x"}, {"complaint": make_complaint()}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Attachment.objects.create(staged_until=timezone.now(), size=1, **fields)


class TestADay:
    @pytest.mark.parametrize(("hours", "left"), [(23.9, 1), (24.1, 0)])
    def test_a_file_that_is_not_sent_is_destroyed_after_24_hours(self, site, hours, left):
        with later(days=0) as clock:
            filler = Filler().start()
            filler.press("attach", bestanden=[named("een.pdf")])
            clock.shift(timedelta(hours=hours))
            tick()
        assert Attachment.objects.count() == len(on_disk()) == left

    def test_a_file_gone_after_a_day_is_told_at_whichever_page_and_the_words_are_kept(self, filler):
        filler.press("attach", bestanden=[named("een.pdf")], verwacht="Blijft staan.")
        with later(hours=25):
            tick()
            filler.next().says("‘een.pdf’ is er niet meer. We bewaren een bestand 24", status=422)
            assert filler.page.values["q-verwacht"] == ["Blijft staan."]
            filler.press("attach", bestanden=[named("een.pdf")]).to_check()
        with later(hours=51):
            given = make_filing(files=filler.state.files)
            with pytest.raises(attachments.FilesGone):  # also before the clock came
                filing.file_complaint(filing=given)
            tick()
            filler.send().says("meer dan een dag geleden", "‘een.pdf’ is er niet meer.")
            filler.send().says("Je klacht is ontvangen")
        assert attachments.open_files(Complaint.objects.get()) == []

    def test_a_file_the_disk_will_not_part_with_stops_no_other(self, filler, monkeypatch):
        filler.press("attach", bestanden=[named("een.pdf"), named("twee.pdf")])
        stuck, _free = Attachment.objects.order_by("pk")
        remove = store.remove_file

        def refuse(file_id):
            if file_id == stuck.pk:
                raise OSError("read-only")
            remove(file_id)

        monkeypatch.setattr(store, "remove_file", refuse)
        tick(timezone.now() + timedelta(hours=25))
        assert on_disk() == {Path(settings.FILES_DIR, store.name_of(stuck.pk))}
        assert list(Attachment.objects.all()) == [stuck]


class TestErasure:
    @pytest.mark.django_db(transaction=True)
    def test_it_destroys_the_files_of_its_case_and_nobody_elses(self, site):
        case = filed_with(named("een.pdf"), named("twee.pdf"))
        Filler().start().press("attach", bestanden=[named("ander.pdf")])
        (left,) = Attachment.objects.staged()
        rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
        assert list(Attachment.objects.all()) == [left]
        assert on_disk() == {Path(settings.FILES_DIR, store.name_of(left.pk))}

    @pytest.mark.django_db(transaction=True)
    def test_one_that_fails_leaves_the_files_and_those_that_cannot_be_removed_go_by_the_clock(
        self, case
    ):
        erasing = {"complaint": case, "by": None, "reason": rights.ErasureReason.REQUEST}
        failing = patch.object(Complaint, "save", side_effect=RuntimeError)
        with failing, pytest.raises(RuntimeError):
            rights.erase_content(**erasing)
        assert content_of(attachments.open_files(case)[0]) == PDF
        with patch.object(store, "remove_file", side_effect=OSError("read-only")):
            rights.erase_content(**erasing | {"complaint": fresh(case)})
        assert len(on_disk()) == 1
        tick()
        assert not on_disk()


def test_one_network_takes_no_more_room_a_day_than_it_may_and_text_goes_on(filler, monkeypatch):
    """Files, drafts and misuse each have their own bound; another network has room, and so has
    tomorrow."""
    for rate, most in ((suspicion.staged, 25), (suspicion.drafted, 1), (suspicion.suspects, 0)):
        monkeypatch.setattr(rate, "most", most)
    for number in (1, 2):
        filler.press("attach", bestanden=[named(f"{number}.pdf")]).says(f"{number}.pdf")
    filler.press("attach", bestanden=[named("3.pdf")]).says(
        "er is nu geen plaats voor bestanden", status=422
    )
    other = Filler(Client(REMOTE_ADDR="203.0.113.7")).start().next(bestanden=[named("4.pdf")])
    assert len(on_disk()) == 3, other.text
    filler.save(probleem="Het ging mis.")
    again = filler.press("stay").press("save", probleem="Nog eens.")
    again.says("er is geen plaats meer voor", status=503)
    with patch.object(views, "is_suspect", return_value=True):
        filler.to_check().send().says("kan op dit moment niets opslaan", status=503)
        assert not Complaint.objects.exists()
        cache.delete("rate-suspects")  # tomorrow
        monkeypatch.setattr(suspicion.suspects, "most", 1)
        filler.send()
    assert len(attachments.open_files(Complaint.objects.get())) == 2


class TestWithADraft:
    """Files in a form that was put aside: kept as long as the draft, destroyed with it."""

    @pytest.fixture
    def code(self, staged):
        return staged.save()

    def test_days_later_the_file_is_there_and_goes_with_the_complaint(self, staged, code):
        with later(days=10):
            tick()
            come_back(code).press("stay").says("een.pdf").to_check().send()
            (file,) = attachments.open_files(Complaint.objects.get())
            assert content_of(file) == PDF
            tick()
        with later(days=40):
            tick()
            come_back(code, action="destroy")  # the draft went with sending
            staged.press("stay").says("Je klacht was al verstuurd", status=409)  # another window's
        assert len(on_disk()) == 1

    @pytest.mark.parametrize("way", ["its day", "anew"])
    def test_it_goes_when_the_draft_does(self, code, way, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            if way == "anew":
                come_back(code, action="destroy")
            else:
                tick(timezone.now() + timedelta(days=16))
        assert (len(on_disk()), Attachment.objects.count()) == (0, 0)

    def test_saved_again_without_it_the_draft_lets_it_go_at_once(
        self, filler, django_capture_on_commit_callbacks
    ):
        """Five times from the page before: of each time's files only the last are kept."""
        with django_capture_on_commit_callbacks(execute=True):
            filler.save()
            before = filler.press("stay").data("save")
            for number in range(5):
                filler.post(before | {"q-bestanden": [named(f"{number}.pdf")]})
        assert Attachment.objects.count() == len(on_disk()) == 1
        come_back(filler.code).press("stay").says("4.pdf")
