"""Holders: each opens what was wrapped for it, and nothing that was moved, changed or another's."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases import sealing
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.vault import codes
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import CodeMistyped, code_holder
from complaints.vault.keyring import Holder, ServerKey, server_holder
from tests.factories import make_complaint

KEY = bytes(range(32))
CASE, OTHER = uuid.uuid4(), uuid.uuid4()
LOOKUP_KEY = b"l" * 32


def new_case_key(complaint_id: uuid.UUID, code: str | None = None) -> bytes:
    """The key of a new case, with its wraps stored."""
    key, wraps = sealing.wrapped_case_key(complaint_id, code=code)
    KeyWrap.objects.bulk_create(wraps)
    return key


HOLDERS: dict[str, tuple[Holder, Holder]] = {
    "server": (server_holder(ServerKey("a", b"a" * 32)), server_holder(ServerKey("b", b"b" * 32))),
    "code": (code_holder(codes.new_code(), LOOKUP_KEY), code_holder(codes.new_code(), LOOKUP_KEY)),
    "same server key, other name": (
        server_holder(ServerKey("a", b"a" * 32)),
        server_holder(ServerKey("b", b"a" * 32)),
    ),
    "same code, other server": (
        code_holder(codes.code_from_nonce(b"n"), LOOKUP_KEY),
        code_holder(codes.code_from_nonce(b"n"), b"m" * 32),
    ),
}
every_pair = pytest.mark.parametrize(("holder", "other"), HOLDERS.values(), ids=HOLDERS)


@every_pair
def test_a_holder_opens_what_was_wrapped_for_it_and_nothing_that_was_moved(holder, other):
    assert holder.unwrap(holder.wrap(KEY, CASE), CASE) == KEY
    wrapped = holder.wrap(KEY, CASE)
    with pytest.raises(SealBroken):
        holder.unwrap(wrapped, OTHER)
    with pytest.raises(SealBroken):
        other.unwrap(wrapped, CASE)


@every_pair
@given(data=st.data())
def test_any_flipped_bit_or_cut_in_a_wrap_is_noticed(holder, other, data):
    wrapped = bytearray(holder.wrap(KEY, CASE))
    cut = data.draw(st.integers(0, len(wrapped) - 1))
    with pytest.raises(SealBroken):
        holder.unwrap(bytes(wrapped[:cut]), CASE)
    wrapped[cut] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(SealBroken):
        holder.unwrap(bytes(wrapped), CASE)


@pytest.mark.parametrize(
    ("holder", "name"),
    [
        (server_holder(ServerKey("1a2b", KEY)), "server:1a2b"),
        (code_holder(codes.new_code(), KEY), "code"),
    ],
    ids=["server", "code"],
)
def test_a_holder_is_stored_under_kind_and_id_and_shows_no_secret(holder, name):
    assert holder.name == name
    for secret in (KEY, holder.wrapping_key, holder.lookup):
        assert repr(secret) not in repr(holder)


def test_any_spelling_of_a_code_is_the_same_holder_and_another_on_another_server():
    code = codes.new_code()
    typed = codes.show_code(code).lower().replace("-", " ")
    one, other = code_holder(code, LOOKUP_KEY), code_holder(typed, LOOKUP_KEY)
    assert one.lookup == other.lookup
    assert other.unwrap(one.wrap(KEY, CASE), CASE) == KEY
    code = codes.new_code()
    assert code_holder(code, LOOKUP_KEY).lookup != code_holder(code, b"m" * 32).lookup


@pytest.mark.django_db
class TestTwoKeysToOneCase:
    def test_the_code_opens_its_case_and_no_other(self):
        one, other = codes.new_code(), codes.new_code()
        first, second = uuid.uuid4(), uuid.uuid4()
        keys = {
            one: (first, new_case_key(first, code=one)),
            other: (second, new_case_key(second, code=other)),
        }
        for code, (complaint_id, key) in keys.items():
            assert sealing.case_key_by_code(codes.show_code(code)) == (complaint_id, key)
            assert sealing.case_key(complaint_id) == key

    def test_an_unknown_code_costs_the_same_calls(self, django_assert_num_queries, monkeypatch):
        code, unwrapped = codes.new_code(), []
        new_case_key(CASE, code=code)
        unwrap = Holder.unwrap
        monkeypatch.setattr(
            Holder, "unwrap", lambda *args: unwrapped.append(len(args[1])) or unwrap(*args)
        )
        with django_assert_num_queries(2):
            sealing.case_key_by_code(code)
        with django_assert_num_queries(2), pytest.raises(sealing.CodeUnknown):
            sealing.case_key_by_code(codes.new_code())
        half = len(unwrapped) // 2
        assert unwrapped[:half] == unwrapped[half:]

    def test_a_mistyped_code_asks_the_database_nothing(self, django_assert_num_queries):
        new_case_key(CASE, code=codes.new_code())
        with django_assert_num_queries(0), pytest.raises(CodeMistyped):
            sealing.case_key_by_code("0000-0000")

    def test_many_keys_come_in_one_query_without_those_erased_also_of_a_case_without_a_code(
        self, django_assert_num_queries
    ):
        keys = {complaint_id: new_case_key(complaint_id) for complaint_id in (CASE, OTHER)}
        with django_assert_num_queries(1):
            assert sealing.case_keys([CASE, OTHER, uuid.uuid4()]) == keys
        assert sealing.case_key(CASE) == keys[CASE]

    def test_a_code_wrap_moved_to_another_case_is_noticed(self):
        code = codes.new_code()
        new_case_key(CASE, code=code)
        KeyWrap.objects.filter(holder="code").update(complaint_id=OTHER)
        with pytest.raises(SealBroken):
            sealing.case_key_by_code(code)

    def test_nothing_stored_tells_the_code_or_the_key(self):
        code = codes.new_code()
        key = new_case_key(CASE, code=code)
        for wrap in KeyWrap.objects.all():
            stored = wrap.holder.encode() + bytes(wrap.wrapped) + bytes(wrap.lookup or b"")
            assert code.encode() not in stored
            assert key not in stored

    def test_a_replaced_code_opens_nothing_and_the_new_one_does(self):
        case, old, new = make_complaint(), codes.new_code(), codes.new_code()
        sealing.replace_code(case.pk, old)
        with pytest.raises(CodeMistyped):
            sealing.replace_code(case.pk, "ABC")
        assert sealing.case_key_by_code(old)[0] == case.pk
        key = sealing.case_key(case.pk)
        sealing.replace_code(case.pk, new)
        assert sealing.case_key_by_code(new) == (case.pk, key)
        with pytest.raises(sealing.CodeUnknown):
            sealing.case_key_by_code(old)
        assert KeyWrap.objects.filter(complaint_id=case.pk, holder="code").count() == 1

    def test_an_erased_case_gets_no_new_code(self):
        case = make_complaint()
        KeyWrap.objects.filter(complaint_id=case.pk).delete()
        with pytest.raises(sealing.KeyDestroyed):
            sealing.replace_code(case.pk, codes.new_code())
        Complaint.objects.filter(pk=case.pk).delete()
        with pytest.raises(Complaint.DoesNotExist):
            sealing.replace_code(case.pk, codes.new_code())
