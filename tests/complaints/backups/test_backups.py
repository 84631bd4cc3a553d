"""What was backed up is there again elsewhere, and what was erased since is not; or nothing is."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from complaints.backups.parts import identities_in, read_part
from complaints.backups.places import CONTENT, KEYS, name_of, parts_in, place
from complaints.cases.attachments import open_files
from complaints.cases.contact import change_contact
from complaints.cases.contents import open_answers
from complaints.cases.drafts import save_draft
from complaints.cases.rights import ErasureReason, erase_content
from complaints.cases.sealing import KeyDestroyed, case_key, case_key_by_code
from complaints.files import store
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Attachment, KeyWrap
from complaints.models.outbox import CaseContact, OwedMail
from complaints.models.ways_back import Draft
from complaints.vault.codes import code_from_nonce, new_code
from complaints.vault.keyring import ERASURE
from tests import erased
from tests.complaints.backups.elsewhere import (
    all_rows,
    backups,
    elsewhere,
    restore,
)
from tests.factories import make_complaint, make_staged_file

__all__ = ["backups"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]
CANARY = "kanarie"


@pytest.fixture
def filled(backups):
    """A case with a file, one with neither file nor code, a draft with a file, and media."""
    nonce = os.urandom(32)
    case = make_complaint(nonce=nonce, files=(make_staged_file(), make_staged_file("b.png")))
    make_complaint()
    draft = save_draft(code=new_code(), content=CANARY.encode(), files=[make_staged_file()])
    default_storage.save("images/één foto.png", ContentFile(CANARY.encode() * 400_000))
    call_command("backup")
    backups.code, backups.case, backups.draft = code_from_nonce(nonce), case, draft
    return backups


def test_what_was_backed_up_is_there_again_row_for_row_and_opens(
    filled, settings, tmp_path, capsys
):
    rows, key_file = all_rows(), Path(settings.ERASURE_KEY_FILE).read_bytes()
    files = {
        pk: store.open_file(pk).read() for pk in Attachment.objects.values_list("pk", flat=True)
    }
    answers = open_answers(filled.case)
    with elsewhere(settings, tmp_path / "new"):
        ours = Path(settings.ERASURE_KEY_FILE)
        ERASURE.all()
        fresh = ours.read_text()
        restore(filled)
        assert "2 complaints open" in capsys.readouterr().out
        assert all_rows() == rows
        assert open_answers(Complaint.objects.get(pk=filled.case.pk)) == answers
        assert case_key_by_code(filled.code)[0] == filled.case.pk
        assert {pk: store.open_file(pk).read() for pk in files} == files
        case = Complaint.objects.get(pk=filled.case.pk)
        assert all(b"".join(file.chunks()).startswith(b"\x89PNG") for file in open_files(case))
        media = default_storage.open("images/één foto.png").read()
        assert media == CANARY.encode() * 400_000
        assert ours.read_bytes() == key_file + fresh.encode()  # no key is overwritten
        with pytest.raises(CommandError, match="not empty"):
            restore(filled)
        assert all_rows() == rows


def test_a_backup_is_sealed_whole_and_for_nobody_else_to_read(filled):
    content, keys = sorted(filled.folder.iterdir())
    assert [content.name[:8], keys.name[:5]] == ["content-", "keys-"]
    for path in (content, keys):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        data = path.read_bytes()
        assert data.startswith(b"age-encryption.org/v1")
        for clear in (CANARY, "CREATE TABLE", "SQLite", filled.case.reference, "manifest"):
            assert clear.encode() not in data
    members = {}
    with content.open("rb") as source:
        about = read_part(
            source,
            identities_in(filled.identity),
            lambda name, data: members.update({name: data.read()}),
        )
    wraps = [bytes(wrap) for wrap in KeyWrap.objects.values_list("wrapped", flat=True)]
    dump = b"".join(data for name, data in members.items() if name.startswith("database/"))
    assert dump and not any(value in dump for value in wraps)
    assert about["counts"]["complaints_complaint"] == 2
    assert set(about["hashes"]) == set(members)


def test_what_was_erased_since_opens_from_no_content_with_the_newest_keys(
    filled, settings, tmp_path, capsys
):
    """Nor an address taken back, nor a draft, nor the words of a mail that was sent."""
    gone = [filled.case, make_complaint(), make_complaint()]
    told, kept = make_complaint(), make_complaint()
    OwedMail.objects.filter(complaint=kept).update(sent_at=None)
    owed = OwedMail.objects.filter(complaint=kept).first()
    owed.sealed_text = b"sealed words"
    with transaction.atomic():
        owed.save()
    for path in filled.folder.iterdir():
        path.unlink()
    old = timezone.now() + timedelta(seconds=5)
    with time_machine.travel(old, tick=False):
        call_command("backup")
    before = erased.covered_values()
    for case in gone:
        erase_content(complaint=case, by=None, reason=ErasureReason.REQUEST)
    change_contact(
        complaint=told, name="", email="", phone="", may_mail=False, words=("Niet meer mailen.",)
    )
    Draft.objects.all().delete()
    OwedMail.objects.filter(pk=owed.pk).update(sealed_text=None, sent_at=timezone.now())
    erased.run_the_worker()
    assert erased.opened(before) == 0
    with time_machine.travel(old + timedelta(days=8), tick=False):
        call_command("backup")
    storage = place(settings.BACKUP_TO)
    assert len(parts_in(storage, KEYS)) == 1
    with elsewhere(settings, tmp_path / "new"):
        restore(filled, content=name_of(CONTENT, old))
        assert "3 complaints open" in capsys.readouterr().out
        assert erased.opened(before) == 0
        assert Complaint.objects.count() == 6
        for case in gone:
            assert bytes(Complaint.objects.get(pk=case.pk).sealed) == b""
            with pytest.raises(KeyDestroyed):
                case_key(case.pk)
        assert set(Attachment.objects.exclude(complaint=None)) == set()
        assert not CaseContact.objects.filter(complaint=told).exists()
        assert CaseContact.objects.filter(complaint=kept).exists()
        assert not Draft.objects.exists()
        mail = OwedMail.objects.get(pk=owed.pk)
        assert (mail.sealed_text, mail.dropped_reason) == (None, "restored")
        assert open_answers(Complaint.objects.get(pk=kept.pk))
