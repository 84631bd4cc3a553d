"""What is stored of a draft: sealed under its code alone, within bounds, gone after its date."""

import itertools
import json
import secrets
import zlib
from contextlib import nullcontext
from datetime import date, timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from complaints.cases import drafts, filing, sealing
from complaints.management.commands import rotate_vault_keys
from complaints.models.keys_and_files import Draft
from complaints.public.filing.state import FormState
from complaints.vault import cipher, codes
from complaints.vault.keyring import TokenBroken, derive, keyring
from tests.desk import client_for
from tests.erased import covered_values, is_on_disk
from tests.factories import make_filing, make_user, set_handling
from tests.services import tick
from tests.threads import at_once

pytestmark = pytest.mark.django_db

TUESDAY = "2026-11-24 10:00:00+01:00"
LAST_DAY = "2026-12-08 23:59:00+01:00"
DAY_AFTER = "2026-12-09 00:01:00+01:00"
CONTENT = b"wat iemand schreef"


@pytest.fixture
def code():
    return codes.new_code()


def nothing_found(is_so: bool = True):
    return pytest.raises(sealing.CodeUnknown) if is_so else nullcontext()


@pytest.fixture
def draft(db, code):
    return drafts.save_draft(code=code, content=CONTENT)


class TestWhoCanOpenIt:
    def test_the_server_with_all_its_keys_and_the_row_opens_nothing(self, draft, code):
        """Every key the server holds, for every use there is, on the row of the draft."""
        secrets_held = [sealing.lookup_key(), *(key.secret for key in keyring())]
        uses = ["wrap", "contact", "form-token", "code-wrap", "draft-wrap", "draft-lookup"]
        salts = [None, sealing.lookup_key(), draft.lookup, draft.pk.bytes]
        keys = [*secrets_held, draft.lookup]
        keys += [derive(s, u, salt=salt) for s in secrets_held for u in uses for salt in salts]
        owner = draft.lookup.hex()
        parts = {owner: draft.sealed, f"{codes.DRAFT}|{owner}": draft.wrapped}
        for key, (place, sealed) in itertools.product(keys, parts.items()):
            with pytest.raises(cipher.SealBroken):
                cipher.open_sealed(key, sealed, place=place)
        control = drafts.key_of(code).unwrap(draft.wrapped, owner)
        assert cipher.open_sealed(control, draft.sealed, place=owner) == CONTENT

    def test_no_other_code_or_server_opens_it_nor_its_own_once_it_was_changed(self, draft, code):
        """A stolen database alone has nothing to test guesses against."""
        thief = drafts.key_of(code, secrets.token_bytes(32))
        assert thief.lookup != draft.lookup
        for key in (thief, drafts.key_of(codes.new_code())):
            with pytest.raises(cipher.SealBroken):
                key.unwrap(draft.wrapped, draft.lookup.hex())
        *rest, last = bytes(draft.sealed)
        Draft.objects.update(sealed=bytes([*rest, last ^ 1]))
        with pytest.raises(cipher.SealBroken):
            drafts.open_draft(code)

    def test_an_unknown_code_and_a_receipt_code_of_the_same_form_cost_the_same_and_open_nothing(
        self, db, django_assert_num_queries
    ):
        nonce = secrets.token_bytes(32)
        code = codes.draft_code_from_nonce(nonce)
        drafts.save_draft(code=code, content=CONTENT)
        opened = []
        with patch.object(codes, "open_sealed", side_effect=codes.open_sealed) as opening:
            for tried in (code, codes.new_code(), codes.code_from_nonce(nonce)):
                with django_assert_num_queries(2), nothing_found(tried != code):
                    drafts.open_draft(tried)
                opened.append(opening.call_count)
        assert 0 < opened[0] == opened[1] - opened[0] == opened[2] - opened[1]

    def test_nobody_of_the_staff_finds_drafts_in_the_cms(self, site, draft, code):
        client = client_for(make_user("superuser"))
        for url in ("/cms/", "/cms/reports/site-history/", "/cms/complaints/complaint/"):
            page = client.get(url, follow=True).content.decode()
            assert str(draft.pk) not in page
            assert not codes.find_code_in(page, code)
        assert client.get("/cms/complaints/draft/").status_code == 404

    def test_a_reminders_address_goes_under_a_new_key_as_all(self, db, code, tmp_path, settings):
        settings.VAULT_KEY_FILE = str(tmp_path / "ring.keys")
        drafts.save_draft(code=code, content=CONTENT)
        drafts.remind(code=code, address="fien@example.org")
        rotate_vault_keys.Command().rotate(is_new=True)
        assert rotate_vault_keys.keys_in_use() == {keyring()[0].key_id}
        rotate_vault_keys.Command().forget_old(is_urgent=True)
        assert len(keyring()) == 1
        assert drafts.draft_address(Draft.objects.get()) == "fien@example.org"
        assert drafts.open_draft(code).content == CONTENT


def test_it_opens_until_its_last_day_then_the_clock_destroys_it_and_a_changed_term_is_for_new_ones(
    site, code
):
    newer, short = codes.new_code(), codes.new_code()
    with time_machine.travel(TUESDAY, tick=False) as clock:
        drafts.save_draft(code=code, content=CONTENT)
        clock.shift(timedelta(days=1))
        drafts.save_draft(code=newer, content=CONTENT)
        set_handling(draft_days=3)
        drafts.save_draft(code=short, content=CONTENT)
        ends = Draft.objects.order_by("expires_on").values_list("expires_on", flat=True)
        assert list(ends) == [date(2026, 11, 28), date(2026, 12, 8), date(2026, 12, 9)]
        clock.move_to(LAST_DAY)
        tick()
        assert drafts.open_draft(code).content == CONTENT
        clock.move_to(DAY_AFTER)
        with nothing_found():
            drafts.open_draft(code)
        assert Draft.objects.count() == 2
        tick()
        assert drafts.open_draft(newer)
        assert not drafts.destroy_draft(code)


@pytest.mark.parametrize("bound", ["LARGEST_BYTES", "MOST_BYTES", "MOST_DRAFTS"])
def test_beyond_a_bound_nothing_is_kept_and_who_has_one_may_save_again(
    db, code, monkeypatch, bound
):
    drafts.save_draft(code=code, content=b"eerst")
    monkeypatch.setattr(drafts, bound, 1 if bound == "MOST_DRAFTS" else len(CONTENT))
    drafts.save_draft(code=code, content=CONTENT)
    for other in (codes.new_code(), *([code] if bound != "MOST_DRAFTS" else [])):
        with pytest.raises(drafts.NoRoom):
            drafts.save_draft(code=other, content=CONTENT + b"x")
    with pytest.raises(codes.CodeMistyped):
        drafts.save_draft(code="x", content=b"")
    assert drafts.open_draft(code).content == CONTENT


def test_a_drafts_content_outlives_a_new_field_and_is_no_token(filler):
    # What is kept for two weeks outlives a deployment.
    data = json.loads(zlib.decompress(filler.state.pack()))
    del data["draft_code"]
    assert FormState.unpack(zlib.compress(json.dumps(data).encode())).draft_code == ""
    # It is packed the same way, but only a token opens as one.
    with pytest.raises(TokenBroken):
        FormState.open(filler.state.pack().hex())


def test_a_filing_that_fails_leaves_the_draft(draft, code):
    failing = patch("complaints.notifications.owe_filed", side_effect=RuntimeError)
    with failing, pytest.raises(RuntimeError):
        filing.file_complaint(filing=make_filing(draft_code=code))
    assert drafts.open_draft(code).content == CONTENT


@pytest.mark.django_db(transaction=True)
def test_saved_at_the_same_moment_under_one_code_it_is_one_draft(code):
    at_once(4, lambda: drafts.save_draft(code=code, content=CONTENT))
    assert Draft.objects.count() == 1
    assert drafts.open_draft(code).content == CONTENT


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's own files")
@pytest.mark.parametrize("way", ["code", "clock", "filing"])
def test_a_destroyed_draft_is_in_no_byte_of_the_database(site, draft, code, way):
    drafts.remind(code=code, address="fien@example.org")
    draft.refresh_from_db()
    parts = [bytes(draft.sealed), bytes(draft.lookup), *covered_values()]
    assert all(map(is_on_disk, parts))
    if way == "code":
        drafts.destroy_draft(code)
    elif way == "clock":
        drafts.destroy_expired_drafts(timezone.now() + timedelta(days=15))
    else:
        filing.file_complaint(filing=make_filing(draft_code=code))
    left = [part for part in parts if part not in covered_values()]  # the look-up key lives on
    assert len(left) == len(parts) - 1
    assert not any(map(is_on_disk, left))
