"""Rotation: every case opens at every moment, and a killed run is finished by the next."""

import fcntl
import os
import stat
import time
import uuid
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.core.management import CommandError, call_command

from complaints.cases import contents, sealing
from complaints.cases.contact import change_contact
from complaints.management.commands import rotate_vault_keys
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import CaseContact, OwedMail
from complaints.vault import cipher, codes, keyring
from tests.factories import make_answers, make_complaint
from tests.threads import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]
DAY = 24 * 3600


@pytest.fixture(autouse=True)
def own_ring(tmp_path, settings):
    settings.VAULT_KEY_FILE = str(tmp_path / "ring.keys")
    keyring.keyring()
    return tmp_path / "ring.keys"


@pytest.fixture
def cases():
    return [make_complaint() for _ in range(3)]


def rotate(*args: str) -> str:
    out = StringIO()
    call_command("rotate_vault_keys", *args, stdout=out)
    return out.getvalue()


def all_open(cases) -> bool:
    for case in cases:
        assert contents.open_answers(case) == make_answers()
        contact = CaseContact.objects.get(complaint=case)
        assert sealing.open_address(case.pk, bytes(contact.sealed_email)) == "noor@example.com"
    return True


def key_ids() -> list[str]:
    return [key.key_id for key in keyring.keyring()]


def keys_of_wraps() -> list[str]:
    wraps = KeyWrap.objects.filter(holder="server").order_by("pk")
    return [keyring.key_id_of(wrap.wrapped) for wrap in wraps]


def test_everything_comes_under_a_new_key_also_an_old_address_that_is_still_owed_a_mail(cases):
    (before,) = key_ids()
    said = rotate()
    newest, kept = key_ids()
    assert kept == before
    assert rotate_vault_keys.keys_in_use() == {newest}
    assert all_open(cases)
    for words in ("100 %  7 of 7", "Copy that file off this server now", "24 hours"):
        assert words in said
    given = {"name": "", "email": "nieuw@example.org", "phone": "", "may_mail": True}
    change_contact(complaint=cases[0], words=("Mogen we mailen?",), **given)
    rotate()
    assert rotate_vault_keys.keys_in_use() == {key_ids()[0]}
    assert "--forget-old" in said
    rotate("--forget-old", "--now")
    (owed,) = OwedMail.objects.exclude(sealed_address=None)
    assert sealing.open_address(cases[0].pk, bytes(owed.sealed_address)) == "noor@example.com"


def test_the_key_file_stays_its_owners_and_whole_and_a_link_stays_one(
    cases, own_ring, settings, tmp_path
):
    rotate()
    assert stat.S_IMODE(own_ring.stat().st_mode) == 0o600
    assert [file.name for file in own_ring.parent.iterdir()] == ["ring.keys"]
    own_ring.write_text(own_ring.read_text().rstrip("\n"))
    before = key_ids()
    added = keyring.RING.add()
    assert key_ids() == [added.key_id, *before]
    link = tmp_path / "link.keys"
    link.symlink_to(own_ring)
    settings.VAULT_KEY_FILE = str(link)
    keyring.RING.add()
    assert link.is_symlink()
    assert len(Path(own_ring).read_text().splitlines()) == 4


@pytest.mark.parametrize("killed_at", [1, 4, 7, 8])
def test_a_killed_run_keeps_its_batches_leaves_all_readable_and_the_next_one_finishes(
    cases, monkeypatch, killed_at
):
    monkeypatch.setattr(rotate_vault_keys, "BATCH", 2)
    kill_at(monkeypatch, killed_at)
    if killed_at <= 7:  # three cases, the secret behind the codes, three addresses
        with pytest.raises(KeyboardInterrupt):
            rotate()
    else:
        rotate()
    monkeypatch.undo()
    keys, renewed = key_ids(), min((killed_at - 1) // 2 * 2, 4)
    assert keys_of_wraps() == [keys[0]] * renewed + [keys[1]] * (4 - renewed)
    assert all_open(cases)
    said = rotate(*["--new"] * (killed_at == 4))
    assert ("no key was added" in said) is (key_ids() == keys) is (killed_at in (1, 7))
    assert rotate_vault_keys.keys_in_use() == {key_ids()[0]}
    assert all_open(cases)


def kill_at(monkeypatch, number: int) -> None:
    """Ends the command at the row of that number, in the middle of a batch."""
    seen = []

    def renew_or_die(sealed, row, renew=rotate_vault_keys.Sealed.renew):
        seen.append(row)
        if len(seen) == number:
            raise KeyboardInterrupt
        return renew(sealed, row)

    monkeypatch.setattr(rotate_vault_keys.Sealed, "renew", renew_or_die)


def test_a_complaint_filed_during_the_run_is_caught_too(cases, monkeypatch):
    late = uuid.uuid4()
    under_older = keyring.RING.seal(sealing.WRAP, b"k" * 32, late)

    def slow_writer_commits(work, renew=rotate_vault_keys.renew):
        if not KeyWrap.objects.filter(complaint_id=late).exists():
            KeyWrap.objects.create(complaint_id=late, holder="server", wrapped=under_older)
        return renew(work)

    monkeypatch.setattr(rotate_vault_keys, "renew", slow_writer_commits)
    rotate()
    assert rotate_vault_keys.keys_in_use() == {key_ids()[0]}
    assert sealing.case_key(late) == b"k" * 32


def test_what_does_not_open_stops_nothing_and_an_erased_case_stays_erased(cases):
    wraps = KeyWrap.objects.filter(holder="server", complaint_id=cases[0].pk)
    wraps.update(wrapped=b"broken")
    erased = make_complaint()
    KeyWrap.objects.filter(complaint_id=erased.pk).delete()
    for keys in (2, 3):
        with pytest.raises(CommandError, match="1 rows open with no key"):
            rotate()
        assert len(key_ids()) == keys
    assert keys_of_wraps().count(key_ids()[0]) == 3
    assert all_open(cases[1:])
    assert bytes(wraps.get().wrapped) == b"broken"
    assert not KeyWrap.objects.filter(complaint_id=erased.pk).exists()


class TestForgettingOlderKeys:
    def test_not_within_a_day_because_forms_are_open_under_them_and_codes_work_after(self, cases):
        case, code = cases[0], codes.new_code()
        sealing.replace_code(case.pk, code)
        rotate()
        assert sealing.case_key_by_code(code) == (case.pk, sealing.case_key(case.pk))
        token = keyring.seal_token(b"typed", use="form")
        with pytest.raises(CommandError, match="24 hours"):
            rotate("--forget-old")
        assert keyring.open_token(token, use="form") == b"typed"
        rotate("--forget-old", "--now")
        assert len(key_ids()) == 1
        assert sealing.case_key_by_code(code) == (case.pk, sealing.case_key(case.pk))

    def test_only_those_that_nothing_is_under(self, cases, own_ring):
        (first,) = key_ids()
        rotate()
        in_use = key_ids()[0]
        never_used, newest = keyring.RING.add().key_id, keyring.RING.add().key_id
        os.utime(own_ring, (time.time() - DAY - 1,) * 2)
        said = rotate("--forget-old")
        assert key_ids() == [newest, in_use]
        assert not {first, never_used} & set(key_ids())
        assert "still in use" in said
        assert all_open(cases)

    def test_an_address_alone_keeps_its_key(self, cases):
        (first,) = key_ids()
        sealed = sealing.seal_address(cases[0].pk, "a@b.c")
        rotate()
        CaseContact.objects.filter(complaint=cases[0]).update(sealed_email=sealed)
        rotate("--forget-old", "--now")
        assert first in key_ids()
        keyring.RING.forget(key_ids())
        assert len(key_ids()) == 1, "the newest is never forgotten"


def as_on_nfs(opened, how) -> None:
    """Locks no folder, as NFS."""
    if isinstance(opened, int):
        raise OSError(9, "Bad file descriptor")
    fcntl.flock(opened, how)


@pytest.mark.parametrize("flock", [fcntl.flock, as_on_nfs])
def test_keys_added_at_the_same_moment_are_all_kept(own_ring, monkeypatch, flock):
    monkeypatch.setattr(keyring, "fcntl", SimpleNamespace(flock=flock, LOCK_EX=fcntl.LOCK_EX))
    at_once(8, keyring.RING.add)
    assert len(set(key_ids())) == 9


def test_a_key_from_another_machine_is_found_while_the_folder_shows_the_old_one(
    own_ring, monkeypatch
):
    of_old, elsewhere = own_ring.stat(), keyring.new_line()
    keyring.keyring()
    own_ring.write_text(elsewhere + own_ring.read_text())
    with monkeypatch.context() as patch:
        patch.setattr(keyring.os, "stat", lambda _name: of_old)
        assert keyring.RING.key(elsewhere.split()[0]).secret
    with pytest.raises(cipher.SealBroken):
        keyring.RING.key("nowhere0")


def test_a_file_that_cannot_be_replaced_is_said_and_nothing_changes(cases, monkeypatch):
    monkeypatch.setattr(keyring, "_draft", Mock(side_effect=OSError(30, "Read-only file system")))
    with pytest.raises(CommandError, match="Read-only file system"):
        rotate()
    assert len(key_ids()) == 1
    assert all_open(cases)
