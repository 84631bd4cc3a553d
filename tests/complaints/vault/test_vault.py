"""Sealing: what is sealed opens only with its key, in its place, whole."""

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.vault import cipher, keyring

KEY = bytes(range(32))


@given(st.binary(max_size=5000))
def test_what_is_sealed_opens_again(content):
    sealed = cipher.seal(KEY, content, place="complaint|a|answers")
    assert cipher.open_sealed(KEY, sealed, place="complaint|a|answers") == content
    assert len({cipher.new_key(), cipher.new_key(), bytes(32)}) == 3
    assert len(cipher.new_key()) == 32


@given(st.data())
def test_any_flipped_bit_is_noticed(data):
    sealed = bytearray(cipher.seal(KEY, b"wat er gebeurde", place="p"))
    index = data.draw(st.integers(0, len(sealed) - 1))
    sealed[index] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(cipher.SealBroken):
        cipher.open_sealed(KEY, bytes(sealed), place="p")


@pytest.mark.parametrize(
    ("cut", "place", "key"),
    [
        *((cut, "complaint|a|answers", KEY) for cut in (0, 1, 5, 12, 20)),
        (None, "complaint|b|answers", KEY),
        (None, "complaint|a|event-1", KEY),
        (None, "complaint|a|answers", bytes(cipher.KEY_BYTES)),
    ],
)
def test_what_is_cut_or_moved_or_under_another_key_does_not_open(cut, place, key):
    sealed = cipher.seal(KEY, b"abc", place="complaint|a|answers")
    with pytest.raises(cipher.SealBroken):
        cipher.open_sealed(key, sealed[:cut], place=place)


@pytest.fixture
def own_ring(tmp_path, settings):
    settings.VAULT_KEY_FILE = str(tmp_path / "ring.keys")
    return tmp_path / "ring.keys"


def test_the_key_file_is_made_once_and_only_its_owner_reads_it(own_ring):
    first = keyring.keyring()
    assert stat.S_IMODE(own_ring.stat().st_mode) == 0o600
    keyring.make_key_file(own_ring)
    assert keyring.keyring() == first


def test_production_never_makes_a_key_file_by_itself(own_ring, settings):
    settings.VAULT_KEY_FILE_MAY_BE_MADE = False
    with pytest.raises(Exception, match="VAULT_KEY_FILE"):
        keyring.keyring()
    assert not own_ring.exists()


def test_equal_tokens_for_equal_content_and_others_for_another_use(own_ring):
    token = keyring.seal_token(b"same", use="form")
    assert token == keyring.seal_token(b"same", use="form")
    assert keyring.open_token(token, use="form") == b"same"
    with pytest.raises(cipher.SealBroken):
        keyring.open_token(token, use="other")


def test_an_older_key_still_opens_after_a_new_one_came(own_ring):
    token = keyring.seal_token(b"old", use="form")
    own_ring.write_text(keyring.new_line() + own_ring.read_text())
    assert keyring.open_token(token, use="form") == b"old"
    assert keyring.seal_token(b"old", use="form") != token
