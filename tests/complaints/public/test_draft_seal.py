"""What is stored of a draft: sealed under its code alone, within bounds, gone after its date."""

import itertools
import json
import secrets
import zlib
from datetime import date, timedelta
from unittest.mock import Mock

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

    def test_a_known_and_an_unknown_code_cost_the_same(
        self, draft, code, django_assert_num_queries, monkeypatch
    ):
        opened = Mock(side_effect=codes.open_sealed)
        monkeypatch.setattr(codes, "open_sealed", opened)
        with django_assert_num_queries(2):
            drafts.open_draft(code)
        for_known = opened.call_count
        with django_assert_num_queries(2), pytest.raises(sealing.CodeUnknown):
            drafts.open_draft(codes.new_code())
        assert opened.call_count == 2 * for_known > 0

    def test_a_receipt_code_of_the_same_form_opens_no_draft(self, db):
        nonce = secrets.token_bytes(32)
        drafts.save_draft(code=codes.draft_code_from_nonce(nonce), content=CONTENT)
        with pytest.raises(sealing.CodeUnknown):
            drafts.open_draft(codes.code_from_nonce(nonce))

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


class TestTheTerm:
    def test_it_opens_until_its_last_day_and_then_the_clock_destroys_it(self, db, code):
        newer = codes.new_code()
        with time_machine.travel(TUESDAY, tick=False):
            drafts.save_draft(code=code, content=CONTENT)
        with time_machine.travel("2026-11-25 10:00:00+01:00", tick=False):
            drafts.save_draft(code=newer, content=CONTENT)
        with time_machine.travel(LAST_DAY, tick=False):
            tick()
            assert drafts.open_draft(code).content == CONTENT
        with time_machine.travel(DAY_AFTER, tick=False):
            with pytest.raises(sealing.CodeUnknown):
                drafts.open_draft(code)
            assert Draft.objects.count() == 2
            tick()
            assert drafts.open_draft(newer)
            assert not drafts.destroy_draft(code)

    def test_a_changed_term_touches_new_drafts_only(self, site):
        with time_machine.travel(TUESDAY, tick=False):
            drafts.save_draft(code=codes.new_code(), content=CONTENT)
            set_handling(draft_days=3)
            drafts.save_draft(code=codes.new_code(), content=CONTENT)
        ends = Draft.objects.order_by("expires_on").values_list("expires_on", flat=True)
        assert list(ends) == [date(2026, 11, 27), date(2026, 12, 8)]


class TestTheBound:
    def test_who_has_one_already_may_save_again(self, draft, code, monkeypatch):
        monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
        drafts.save_draft(code=code, content=b"nieuw")
        assert drafts.open_draft(code).content == b"nieuw"

    @pytest.mark.parametrize("bound", ["LARGEST_BYTES", "MOST_BYTES"])
    def test_so_many_bytes_and_no_more(self, db, code, monkeypatch, bound):
        monkeypatch.setattr(drafts, bound, len(CONTENT))
        drafts.save_draft(code=code, content=CONTENT)
        for other in (code, codes.new_code()):
            with pytest.raises(drafts.NoRoom):
                drafts.save_draft(code=other, content=CONTENT + b"x")
        assert drafts.open_draft(code).content == CONTENT

    def test_what_cannot_be_a_code_is_refused(self, db):
        with pytest.raises(codes.CodeMistyped):
            drafts.save_draft(code="x", content=CONTENT)


def test_a_drafts_content_outlives_a_new_field_and_is_no_token(filler):
    # What is kept for two weeks outlives a deployment.
    data = json.loads(zlib.decompress(filler.state.pack()))
    del data["draft_code"]
    assert FormState.unpack(zlib.compress(json.dumps(data).encode())).draft_code == ""
    # It is packed the same way, but only a token opens as one.
    with pytest.raises(TokenBroken):
        FormState.open(filler.state.pack().hex())


def test_a_filing_that_fails_leaves_the_draft(draft, code, monkeypatch):
    monkeypatch.setattr("complaints.notifications.owe_filed", Mock(side_effect=RuntimeError))
    with pytest.raises(RuntimeError):
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
