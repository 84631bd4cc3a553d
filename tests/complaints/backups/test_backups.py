"""What was backed up is there again elsewhere, and what was erased since is not; or nothing is."""

import json
import os
import stat
import tarfile
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pyrage
import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings
from django.utils import timezone

from complaints.backups import parts, restoring, taking
from complaints.backups.parts import (
    CONTENT,
    KEYS,
    MANIFEST,
    forget_older,
    identities_in,
    name_of,
    parts_in,
    place,
    read_part,
)
from complaints.cases import attachments, contact, contents, drafts, rights, sealing
from complaints.files import store
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Attachment, Draft, KeyWrap
from complaints.models.outbox import CaseContact, OwedMail
from complaints.vault.codes import code_from_nonce, new_code
from complaints.vault.keyring import ERASURE
from tests import erased
from tests.complaints.backups.elsewhere import all_rows, backups, elsewhere, refusal, restore
from tests.complaints.worker.two_workers import all_at_once
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
    drafts.save_draft(code=new_code(), content=CANARY.encode(), files=[make_staged_file()])
    store.remove_file(make_staged_file().id)  # of a row that is there a moment longer
    default_storage.save("images/één foto.png", ContentFile(CANARY.encode() * 400_000))
    call_command("backup")
    backups.code, backups.case = code_from_nonce(nonce), case
    return backups


def test_what_was_backed_up_is_back_row_for_row_and_opens(filled, tmp_path, capsys):
    rows, key_file = all_rows(), ERASURE.path.read_bytes()
    rows_of_files = Attachment.objects.values_list("pk", flat=True)
    files = {pk: store.open_file(pk).read() for pk in rows_of_files if store.has_file(pk)}
    assert len(files) == 3
    answers = contents.open_answers(filled.case)
    with elsewhere(tmp_path / "new"):
        filled.identity.chmod(0o640)
        restore(filled)
        told = capsys.readouterr().out
        assert "2 complaints open" in told
        assert f"Others can read {filled.identity}" in told
        assert all_rows() == rows
        assert contents.open_answers(Complaint.objects.get(pk=filled.case.pk)) == answers
        assert sealing.case_key_by_code(filled.code)[0] == filled.case.pk
        assert {pk: store.open_file(pk).read() for pk in files} == files
        case = Complaint.objects.get(pk=filled.case.pk)
        assert all(
            b"".join(file.chunks()).startswith(b"\x89PNG") for file in attachments.open_files(case)
        )
        media = default_storage.open("images/één foto.png").read()
        assert media == CANARY.encode() * 400_000
        assert ERASURE.path.read_bytes() != key_file  # the covers are of here
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
    with content.open("rb") as source:
        members = dict(read_part(source, identities_in(filled.identity)))
    about = json.loads(members.pop(MANIFEST))
    wraps = [bytes(wrap) for wrap in KeyWrap.objects.values_list("wrapped", flat=True)]
    dump = b"".join(data for name, data in members.items() if name.startswith("database/"))
    assert dump
    assert not any(value in dump for value in wraps)
    assert about["counts"]["complaints_complaint"] == 2
    assert set(about["hashes"]) == set(members)


def test_what_was_erased_since_opens_from_no_content_with_new_keys(
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
        rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
    contact.change_contact(
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
    with elsewhere(tmp_path / "new"):
        restore(filled, content=name_of(CONTENT, old))
        assert "3 complaints open" in capsys.readouterr().out
        assert erased.opened(before) == 0
        assert Complaint.objects.count() == 6
        for case in gone:
            assert bytes(Complaint.objects.get(pk=case.pk).sealed) == b""
            with pytest.raises(sealing.KeyDestroyed):
                sealing.case_key(case.pk)
        assert set(Attachment.objects.exclude(complaint=None)) == set()
        assert not CaseContact.objects.filter(complaint=told).exists()
        assert CaseContact.objects.filter(complaint=kept).exists()
        assert not Draft.objects.exists()
        mail = OwedMail.objects.get(pk=owed.pk)
        assert mail.sealed_text is None
        assert mail.sent_at is not None
        assert contents.open_answers(Complaint.objects.get(pk=kept.pk))


def changes(content, keys, ring, identity):
    """Each file that is changed, to what (None: it is gone), and what restoring says of it.

    Whoever has the public key, which is no secret, can seal a part to it.
    """
    whole = {path: path.read_bytes() for path in (content, keys)}
    cut, odd, unknown = "cut short or damaged", "no file of a backup", "does not know"
    for part, data in whole.items():
        for size in (0, 10, 150, len(data) // 2, max(len(data) - 65_552, 0), len(data) - 1):
            yield part, data[:size], cut
        yield part, data[:-100] + bytes([data[-100] ^ 1]) + data[-99:], cut
    yield content, b"no age at all", cut
    yield content, None, "any content part"
    yield keys, None, "any keys part"
    yield keys, whole[content], "name of the other"
    for part, about, said in (
        (keys, {"at": "2020-01-01T00:00:00+00:00"}, "older than this content"),
        (content, {"database": "oracle"}, "manage.py copy_from"),
        (content, {"migrations": [["complaints", "0099_later"]]}, "0099_later"),
        (keys, {"migrations": [["wagtailcore", "9999_x"]]}, "newer version"),
        (content, {"hashes": {}}, "not what its manifest says"),
        (content, {"counts": {"complaints_complaint": 3}}, "Not all rows arrived"),
        *(
            (keys, text, "not what its manifest says")
            for text in (b"", b"[]", b"no json", b"{}", b'"hashes"', b"\xff")
        ),
    ):
        yield part, forged(whole[part], identity, about), said
    names = ("/etc/passwd", "media/../../x", "media/", "../x", "media/a\udcff", "media/a\nb", "..")
    twice = "database/000000"
    later = ("x", "database/x", "files/x", f"files/{'0' * 31}g", "Media/x", "erasure.journal")
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)
    for part, name, kind, said in (
        *((content, name, tarfile.REGTYPE, odd) for name in (*names, twice)),
        *((part, "media/a", kind, odd) for part in (content, keys) for kind in kinds),
        *((content, name, tarfile.REGTYPE, unknown) for name in later),
        (keys, "complaints.Later", tarfile.REGTYPE, "of another version, by complaints.Later"),
    ):
        added = tarfile.TarInfo(name)
        added.type, added.linkname = kind, "/etc/passwd"
        yield part, forged(whole[part], identity, {}, added), said
    line = ring.read_text()
    lacks = line.replace(line[:8], "00000000")
    yield ring, lacks.encode(), "VAULT_KEY_FILE lacks {'"
    yield ring, line.replace(line[20:24], "AAAA", 1).encode(), "No complaint opens"


def forged(data, identity, about, *added):
    """The same part with other words in its manifest, and with more members that it knows."""
    identities, out = identities_in(identity), BytesIO()
    with tarfile.open(fileobj=BytesIO(pyrage.decrypt(data, identities))) as tar:
        members = [(info, tar.extractfile(info).read()) for info in tar]
    last, manifest = tarfile.TarInfo(MANIFEST), json.loads(members.pop()[1])
    manifest["hashes"] |= {info.name: sha256(b"").hexdigest() for info in added}
    text = about if isinstance(about, bytes) else json.dumps(manifest | about).encode()
    last.size = len(text)
    with tarfile.open(fileobj=out, mode="w") as tar:
        for info, held in [*members, *((info, b"") for info in added), (last, text)]:
            tar.addfile(info, BytesIO(held))
    return pyrage.encrypt(out.getvalue(), [identities[0].to_public()])


def test_what_does_not_fit_or_others_made_is_refused_by_name_and_nothing_is_written(
    filled, settings, tmp_path
):
    stranger, junk, ring = tmp_path / "stranger", tmp_path / "junk", Path(settings.VAULT_KEY_FILE)
    stranger.write_text(str(pyrage.x25519.Identity.generate()))
    junk.write_text("age1 this is none")
    with elsewhere(tmp_path / "new"):
        for options, said in (
            ({"identity": stranger}, "sealed to the key of another"),
            ({"identity": junk}, "holds no identity"),
            ({"identity": tmp_path / "nowhere"}, "holds no identity"),
            ({"content": "yesterday.age"}, "It has: content-"),
        ):
            assert said in refusal(filled, **options), said
        for path, data, said in changes(*sorted(filled.folder.iterdir()), ring, filled.identity):
            before = path.read_bytes()
            path.unlink() if data is None else path.write_bytes(data)
            assert said in refusal(filled), said
            path.write_bytes(before)
        for storage in (default_storage, store.sealed_files()):
            storage.save("ab/mine", ContentFile(b"mine"))
            with pytest.raises(CommandError, match="folder of media or"):
                restore(filled)
            assert storage.open("ab/mine").read() == b"mine"
            storage.delete("ab/mine")
        restore(filled)


def test_while_one_restores_another_is_refused_and_nothing_of_others_is_written_over(
    filled, tmp_path, monkeypatch
):
    require_fitting = restoring.require_fitting

    def meanwhile(*given):
        monkeypatch.setattr(restoring, "require_fitting", require_fitting)
        with pytest.raises(CommandError, match="Another backs up or restores"):
            restore(filled)
        default_storage.save("ab/mine", ContentFile(b"mine"))
        require_fitting(*given)

    with elsewhere(tmp_path / "new"):
        monkeypatch.setattr(restoring, "require_fitting", meanwhile)
        with pytest.raises(CommandError, match="folder of media or"):
            restore(filled)
        assert default_storage.open("ab/mine").read() == b"mine"
        default_storage.delete("ab/mine")
        restore(filled)
        assert Complaint.objects.count() == 2


def test_what_breaks_off_half_way_is_undone(filled, tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    with elsewhere(tmp_path / "new"):
        for where, what in ((store.NewFile, "close"), (restoring, "put_covered")):
            with monkeypatch.context() as patch:
                patch.setattr(where, what, full)
                assert "undone: [Errno 28]" in refusal(filled)
        restore(filled)


class Full:
    def write(self, _data):
        raise OSError(28, "disk full")

    flush = write


def test_what_stops_a_backup_is_said_and_leaves_no_part_of_it(backups, settings, monkeypatch):
    def raised(fault):
        raise fault
        yield

    for name, value, said in (
        ("BACKUP_TO", "", "Set BACKUP_TO"),
        ("BACKUP_TO", "s3://", "is not as s3://bucket"),
        ("BACKUP_TO", "/dev/null/x", "No backup was made"),
        ("BACKUP_RECIPIENT", "", "Set BACKUP_RECIPIENT"),
        ("BACKUP_RECIPIENT", "age1nobody", "no public key of age"),
    ):
        with override_settings(**{name: value}), pytest.raises(CommandError, match=said):
            call_command("backup")
        assert not any(backups.folder.glob("*"))
    for where, name, breaks, left in (
        (taking, "content", lambda *_: raised(OSError(28, "disk full")), ["keys"]),
        (taking, "keys", lambda *_: raised(ValueError("disk full")), []),
        (parts.tqdm, "wrapattr", lambda *_, **__: nullcontext(Full()), []),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(where, name, breaks)
            with pytest.raises((CommandError, ValueError), match="disk full"):
                call_command("backup")
        found = list(backups.folder.iterdir())
        assert [path.name.partition("-")[0] for path in found] == left
        for path in found:
            path.unlink()
    if connection.vendor == "postgresql":
        settings.BACKUP_PG_BIN = "/nowhere"
        with pytest.raises(CommandError, match="/nowhere/pg_dump"):
            call_command("backup")
        settings.BACKUP_PG_BIN = ""
        monkeypatch.setattr(taking, "WITHOUT_ROWS", ("a b; c",))
        with pytest.raises(CommandError, match="pg_dump"):
            call_command("backup")


def test_two_at_once_are_both_made_whole(backups):
    """By the worker, and by hand or an upgrade: none takes the other's for what a kill left."""
    all_at_once(lambda _number: call_command("backup"))
    assert not [path for path in backups.folder.iterdir() if path.suffix != ".age"]
    for path in backups.folder.iterdir():
        with path.open("rb") as source:
            assert dict(read_part(source, identities_in(backups.identity)))


def test_keys_are_kept_for_a_week_and_content_for_as_long_as_is_set(backups, settings):
    settings.BACKUP_KEEP_DAYS = 20
    backups.folder.mkdir()
    now = datetime(2026, 11, 30, 12, 30, tzinfo=UTC)
    for hours in range(24 * 30):
        for part in (CONTENT, KEYS):
            (backups.folder / name_of(part, now - timedelta(hours=hours))).touch()
    (backups.folder / "content-notes.txt").touch()
    storage = place(settings.BACKUP_TO)
    forget_older(storage, now)
    keys, content = parts_in(storage, KEYS), parts_in(storage, CONTENT)
    assert min(keys) == now - timedelta(days=7)
    assert len(keys) == 7 * 24 + 1
    older = [at for at in content if now - at > timedelta(days=2)]
    assert {at.hour for at in older[1:]} == {0}  # the first of each day
    assert min(content) >= now - timedelta(days=20)
    assert len(older) == 18
    assert len(content) - len(older) == 2 * 24 + 1
    killed = backups.folder / "keys-20200101T000000Z.age.unfinished"
    killed.touch()
    forget_older(storage, now)
    assert not killed.exists()
    assert (backups.folder / "content-notes.txt").exists()
