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
    write_part,
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
    draft = drafts.save_draft(code=new_code(), content=CANARY.encode(), files=[make_staged_file()])
    store.remove_file(make_staged_file().id)  # of a row that is there a moment longer
    default_storage.save("images/één foto.png", ContentFile(CANARY.encode() * 400_000))
    call_command("backup")
    backups.code, backups.case, backups.draft = code_from_nonce(nonce), case, draft
    return backups


def test_what_was_backed_up_is_back_row_for_row_and_opens(filled, settings, tmp_path, capsys):
    rows, key_file = all_rows(), ERASURE.path.read_bytes()
    rows_of_files = Attachment.objects.values_list("pk", flat=True)
    files = {pk: store.open_file(pk).read() for pk in rows_of_files if store.has_file(pk)}
    assert len(files) == 3
    answers = contents.open_answers(filled.case)
    with elsewhere(settings, tmp_path / "new"):
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
    with elsewhere(settings, tmp_path / "new"):
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


def test_what_does_not_fit_is_refused_by_name_and_nothing_is_written(filled, settings, tmp_path):
    content, keys = sorted(filled.folder.iterdir())
    whole_parts = {path: path.read_bytes() for path in (content, keys)}
    stranger = tmp_path / "stranger"
    stranger.write_text(str(pyrage.x25519.Identity.generate()))
    junk = tmp_path / "junk"
    junk.write_text("age1 this is none")
    ring = Path(settings.VAULT_KEY_FILE)
    whole_ring = ring.read_text()
    other_secret = whole_ring.replace(whole_ring[20:24], "AAAA", 1)

    def damaged(path, data):
        return lambda: path.write_bytes(data)

    def changed(path, **manifest):
        return lambda: path.write_bytes(rewritten(whole_parts[path], filled.identity, manifest))

    cut = "cut short or damaged"
    ways = [
        *(
            (damaged(part, data[:size]), {}, cut)
            for part, data in whole_parts.items()
            for size in (0, 10, 150, len(data) // 2, len(data) - 65_552, len(data) - 1)
            if size >= 0
        ),
        *((damaged(part, flipped(data)), {}, cut) for part, data in whole_parts.items()),
        (damaged(content, b"no age at all"), {}, cut),
        (lambda: None, {"identity": stranger}, "sealed to the key of another"),
        (lambda: None, {"identity": junk}, "holds no identity"),
        (lambda: None, {"identity": tmp_path / "nowhere"}, "holds no identity"),
        (lambda: None, {"content": "yesterday.age"}, "It has: content-"),
        (keys.unlink, {}, "any keys part"),
        (content.unlink, {}, "any content part"),
        (lambda: keys.write_bytes(whole_parts[content]), {}, "name of the other"),
        (changed(keys, at="2020-01-01T00:00:00+00:00"), {}, "older than this content"),
        (changed(content, database="oracle"), {}, "manage.py copy_from"),
        (changed(content, migrations=[["complaints", "0099_later"]]), {}, "0099_later"),
        (changed(keys, migrations=[["wagtailcore", "9999_x"]]), {}, "newer version"),
        (changed(content, hashes={}), {}, "not what its manifest says"),
        (changed(content, counts={"complaints_complaint": 3}), {}, "Not all rows arrived"),
        (
            lambda: ring.write_text(whole_ring.replace(whole_ring[:8], "00000000")),
            {},
            "VAULT_KEY_FILE lacks {'",
        ),
        (lambda: ring.write_text(other_secret), {}, "No complaint opens"),
    ]
    with elsewhere(settings, tmp_path / "new"):
        for breaks, options, said in ways:
            breaks()
            assert said in refusal(filled, **options), said
            for path, data in whole_parts.items():
                path.write_bytes(data)
            ring.write_text(whole_ring)
        for storage in (default_storage, store.sealed_files()):
            kept = storage.save("ab/mine", ContentFile(b"mine"))
            with pytest.raises(CommandError, match="folder of media or"):
                restore(filled)
            assert storage.open(kept).read() == b"mine"
            storage.delete(kept)
        reads = restoring.require_fitting

        def meanwhile(*given):
            reads(*given)
            default_storage.save("ab/mine", ContentFile(b"mine"))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(restoring, "require_fitting", meanwhile)
            with pytest.raises(CommandError, match="media or"):
                restore(filled)
        assert default_storage.open("ab/mine").read() == b"mine"
        default_storage.delete("ab/mine")
        restore(filled)


def test_a_part_that_others_made_is_refused_by_what_is_odd_in_it(filled, settings, tmp_path):
    """Whoever has the public key, which is no secret, can seal one to it."""
    content, keys = sorted(filled.folder.iterdir())
    whole_parts = {path: path.read_bytes() for path in (content, keys)}
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)
    names = ("/etc/passwd", "media/../../x", "media/", "../x", "media/a\udcff", "media/a\nb", "..")
    odd = [(content, name, tarfile.REGTYPE, "no file of a backup") for name in names]
    odd += [
        (part, "media/a", kind, "no file of a backup") for part in (content, keys) for kind in kinds
    ]
    odd += [(content, "database/000000", tarfile.REGTYPE, "no file of a backup")]  # twice
    unknown = ("x", "database/x", "files/x", f"files/{'0' * 31}g", "Media/x", "erasure.journal")
    odd += [(content, name, tarfile.REGTYPE, "does not know") for name in unknown]
    odd += [(keys, "complaints.Later", tarfile.REGTYPE, "of another version, by complaints.Later")]
    with elsewhere(settings, tmp_path / "new"):
        for part, name, kind, said in odd:
            part.write_bytes(with_member(whole_parts[part], filled.identity, name, kind))
            assert said in refusal(filled), (name, kind)
            part.write_bytes(whole_parts[part])
        for text in (b"", b"[]", b"no json", b"{}", b'"hashes"', b"\xff"):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(parts, "_manifest", lambda *_, text=text: [(MANIFEST, text)])
                keys.write_bytes(rewritten(whole_parts[keys], filled.identity, {}))
            assert "not what its manifest says" in refusal(filled), text
        keys.write_bytes(whole_parts[keys])
        restore(filled)


def with_member(data: bytes, identity: Path, name: str, kind: bytes) -> bytes:
    """The same part with one more member in it, that its manifest knows."""
    added = tarfile.TarInfo(name)
    added.type, added.linkname, added.size = kind, "/etc/passwd", 0

    def adds(tar, info, file):
        if info.name == MANIFEST:
            tar_adds(tar, added)
        tar_adds(tar, info, file)

    tar_adds = tarfile.TarFile.addfile
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tarfile.TarFile, "addfile", adds)
        manifest = parts._manifest

        def knows_it(about, hashes):
            yield from manifest(about, hashes | {name: sha256(b"").hexdigest()})

        patch.setattr(parts, "_manifest", knows_it)
        return rewritten(data, identity, {})


def test_two_at_once_are_one_and_a_refusal(filled, settings, tmp_path, monkeypatch):
    """Here, or on another machine that shares the database and no folder."""
    require_fitting = restoring.require_fitting

    def meanwhile(*given):
        monkeypatch.setattr(restoring, "require_fitting", require_fitting)
        with pytest.raises(CommandError, match="Another is restoring"):
            restore(filled)
        if connection.vendor == "postgresql":
            with monkeypatch.context() as patch:
                patch.setattr(restoring, "journal_path", lambda: tmp_path / "other/journal")
                with pytest.raises(CommandError, match="Another is restoring"):
                    restore(filled)
        require_fitting(*given)

    with elsewhere(settings, tmp_path / "new"):
        monkeypatch.setattr(restoring, "require_fitting", meanwhile)
        restore(filled)
        assert Complaint.objects.count() == 2


def flipped(data: bytes) -> bytes:
    return data[:-100] + bytes([data[-100] ^ 1]) + data[-99:]


def rewritten(data: bytes, identity: Path, manifest: dict) -> bytes:
    """The same part, with other words in its manifest: as another version would have made it."""
    identities, out = identities_in(identity), BytesIO()
    members = dict(read_part(BytesIO(data), identities))
    about = json.loads(members.pop(MANIFEST)) | manifest
    with pytest.MonkeyPatch.context() as patch:
        if "hashes" in manifest:
            patch.setattr(parts, "_manifest", lambda *_: [(MANIFEST, json.dumps(about).encode())])
        write_part(out, members.items(), about, str(identities[0].to_public()))
    return out.getvalue()


def test_what_breaks_off_half_way_is_undone(filled, settings, tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    with elsewhere(settings, tmp_path / "new"):
        for where, what in ((store.NewFile, "close"), (restoring, "put_covered")):
            with monkeypatch.context() as patch:
                patch.setattr(where, what, full)
                assert "undone: [Errno 28]" in refusal(filled)
        restore(filled)


def test_what_stops_a_backup_is_said_and_leaves_no_part_of_it(backups, settings, monkeypatch):
    folder = backups.folder
    for name, value, said in (
        ("BACKUP_TO", "", "Set BACKUP_TO"),
        ("BACKUP_TO", "s3://", "is not as s3://bucket"),
        ("BACKUP_TO", "/dev/null/x", "No backup was made"),
        ("BACKUP_RECIPIENT", "", "Set BACKUP_RECIPIENT"),
        ("BACKUP_RECIPIENT", "age1nobody", "no public key of age"),
    ):
        before = getattr(settings, name)
        setattr(settings, name, value)
        with pytest.raises(CommandError, match=said):
            call_command("backup")
        setattr(settings, name, before)
        assert not any(folder.glob("*"))
    for what, fault in (("content", OSError(28, "disk full")), ("keys", ValueError)):
        with monkeypatch.context() as patch:
            patch.setattr(taking, what, lambda *_, fault=fault: raised(fault))
            with pytest.raises((CommandError, ValueError)):
                call_command("backup")
        assert not [path for path in folder.iterdir() if path.name.startswith(what)]
        for path in folder.iterdir():
            path.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(parts.tqdm, "wrapattr", lambda *_, **__: nullcontext(Full()))
        with pytest.raises(CommandError, match="disk full"):
            call_command("backup")
    assert not list(folder.iterdir())
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


def raised(fault):
    raise fault
    yield


class Full:
    def write(self, _data):
        raise OSError(28, "disk full")

    def flush(self): ...


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
