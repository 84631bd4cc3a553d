"""Web and worker refuse to start with keys that do not open what people file there."""

from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError, ProgrammingError, connection

from complaints.cases import sealing
from complaints.models.keys_and_files import KeyWrap
from complaints.vault.keyring import RING, make_key_file
from tests.factories import make_complaint

pytestmark = pytest.mark.django_db
FILES = ["VAULT_KEY_FILE", "ERASURE_KEY_FILE"]


@pytest.fixture(autouse=True)
def own_keys(tmp_path, settings):
    for name in FILES:
        setattr(settings, name, str(tmp_path / f"{name}.keys"))
    sealing.require_keys()
    settings.VAULT_KEY_FILE_MAY_BE_MADE = False


def refused() -> str:
    """Why the worker does not start; it and the web server ask the same."""
    with pytest.raises(ImproperlyConfigured) as refusal:
        call_command("worker", once=True)
    return str(refusal.value)


@pytest.mark.parametrize("name", FILES)
def test_a_key_file_that_is_missing_empty_cut_or_anothers_is_refused(name, tmp_path, settings):
    make_complaint()
    path, other = Path(getattr(settings, name)), tmp_path / "other.keys"
    good = path.read_text()
    sealing.require_keys()
    for bad in ("", "\n", good[:20], good.split()[0], "not a key", "00000000 AAAA\n", "\xff"):
        path.write_text(bad)
        assert refused() == f"{name} holds no usable key."
    path.unlink()
    assert refused() == f"{name} names no file."
    path.mkdir()
    assert refused().startswith(f"{name} cannot be read")
    make_key_file(other)
    setattr(settings, name, str(other))
    assert "The newest complaint does not open" in refused()
    assert name in refused()


def test_a_database_that_is_down_or_empty_is_no_reason_nor_a_complaint_that_is_broken_alone(
    monkeypatch,
):
    """An older copy of the ring is one, though it opens the older ones."""
    make_complaint()
    copy, broken = RING.path.read_text(), make_complaint()
    with connection.cursor() as cursor:
        change = "UPDATE keystore_keywrap SET wrapped = %s WHERE complaint_id = %s"
        pk = broken.pk if connection.vendor == "postgresql" else broken.pk.hex
        cursor.execute(change, [b"0badc0de" + bytes(98), pk])
    sealing.require_keys()
    RING.add()
    make_complaint()
    sealing.require_keys()
    RING.path.write_text(copy)
    assert "The newest complaint does not open" in refused()
    for error in (OperationalError, ProgrammingError):
        monkeypatch.setattr(KeyWrap, "objects", Mock(filter=Mock(side_effect=error)))
        sealing.require_keys()


def test_what_mends_a_site_runs_with_whatever_keys(settings, capsys):
    """Migrating and restoring: without them there would be no way back."""
    make_complaint()
    for name in FILES:
        Path(getattr(settings, name)).unlink()
    call_command("migrate", verbosity=0)
    call_command("check")
    assert connection.vendor
