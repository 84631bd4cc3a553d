"""Holders: each opens what was wrapped for it, and nothing that was moved, changed or another's."""

import uuid

import pytest

from complaints.cases import sealing
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.vault import codes
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import CODE, DRAFT, CodeKey, CodeMistyped
from tests.factories import make_complaint

KEY = bytes(range(32))
CASE, OTHER = uuid.uuid4(), uuid.uuid4()
LOOKUP_KEY = b"l" * 32


def new_case_key(complaint_id: uuid.UUID, code: str | None = None) -> bytes:
    """The key of a new case, with its wraps stored."""
    key, wraps = sealing.wrapped_case_key(complaint_id, code=code)
    KeyWrap.objects.bulk_create(wraps)
    return key


def test_what_a_code_wraps_opens_with_it_in_any_spelling_and_with_nothing_else():
    """That a wrap which was cut or changed does not open, `test_vault` proves of all that is
    sealed."""
    code = codes.new_code()
    made = CodeKey.of(CODE, code, LOOKUP_KEY)
    typed = CodeKey.of(CODE, codes.show_code(code).lower().replace("-", " "), LOOKUP_KEY)
    wrapped = made.wrap(KEY, CASE)
    assert typed.lookup == made.lookup
    assert typed.unwrap(wrapped, CASE) == KEY
    others = (
        CodeKey.of(CODE, codes.new_code(), LOOKUP_KEY),
        CodeKey.of(CODE, code, b"m" * 32),  # of another server
        CodeKey.of(DRAFT, code, LOOKUP_KEY),
    )
    assert made.lookup not in {other.lookup for other in others}
    for key, owner in ((made, OTHER), *((other, CASE) for other in others)):
        with pytest.raises(SealBroken):
            key.unwrap(wrapped, owner)
    for secret in (made.key, made.lookup):
        assert repr(secret) not in repr(made)


@pytest.mark.django_db
class TestTwoKeysToOneCase:
    def test_the_code_opens_its_case_and_no_other_and_nothing_stored_tells_it(self):
        one, other = codes.new_code(), codes.new_code()
        keys = {
            one: (CASE, new_case_key(CASE, code=one)),
            other: (OTHER, new_case_key(OTHER, code=other)),
        }
        for code, (complaint_id, key) in keys.items():
            assert sealing.case_key_by_code(codes.show_code(code)) == (complaint_id, key)
            assert sealing.case_key(complaint_id) == key
            for wrap in KeyWrap.objects.all():
                stored = wrap.holder.encode() + bytes(wrap.wrapped) + bytes(wrap.lookup or b"")
                assert code.encode() not in stored
                assert key not in stored
        KeyWrap.objects.filter(complaint_id=CASE, holder="code").update(complaint_id=uuid.uuid4())
        with pytest.raises(SealBroken):
            sealing.case_key_by_code(one)

    def test_an_unknown_code_costs_the_same_calls_and_a_mistyped_one_asks_nothing(
        self, django_assert_num_queries, monkeypatch
    ):
        code, unwrapped, unwrap = codes.new_code(), [], CodeKey.unwrap
        new_case_key(CASE, code=code)
        monkeypatch.setattr(
            CodeKey, "unwrap", lambda *args: unwrapped.append(len(args[1])) or unwrap(*args)
        )
        with django_assert_num_queries(2):
            sealing.case_key_by_code(code)
        with django_assert_num_queries(2), pytest.raises(sealing.CodeUnknown):
            sealing.case_key_by_code(codes.new_code())
        known, unknown = unwrapped
        assert known == unknown
        with django_assert_num_queries(0), pytest.raises(CodeMistyped):
            sealing.case_key_by_code("0000-0000")

    def test_many_keys_come_in_one_query_without_those_erased_also_of_a_case_without_a_code(
        self, django_assert_num_queries
    ):
        keys = {complaint_id: new_case_key(complaint_id) for complaint_id in (CASE, OTHER)}
        with django_assert_num_queries(1):
            assert sealing.case_keys([CASE, OTHER, uuid.uuid4()]) == keys
        assert sealing.case_key(CASE) == keys[CASE]

    def test_a_replaced_code_opens_nothing_the_new_one_does_and_an_erased_case_gets_none(self):
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
        KeyWrap.objects.filter(complaint_id=case.pk).delete()
        with pytest.raises(sealing.KeyDestroyed):
            sealing.replace_code(case.pk, codes.new_code())
        Complaint.objects.filter(pk=case.pk).delete()
        with pytest.raises(Complaint.DoesNotExist):
            sealing.replace_code(case.pk, codes.new_code())
