"""Sealing: what is sealed opens only with its key, in its place, whole."""

import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.vault import cipher, keyring

KEY = bytes(range(32))
PLACE = "complaint|a|answers"


def test_keys_are_new_each_time():
    assert len({cipher.new_key(), cipher.new_key(), bytes(32)}) == 3
    assert len(cipher.new_key()) == 32


@given(st.binary(max_size=5000), st.data())
def test_what_is_sealed_opens_again_and_not_once_a_bit_is_flipped_or_it_is_cut(content, data):
    sealed = cipher.seal(KEY, content, place=PLACE)
    assert cipher.open_sealed(KEY, sealed, place=PLACE) == content
    at = data.draw(st.integers(0, len(sealed) - 1))
    flipped = bytearray(sealed)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    for broken in (bytes(flipped), sealed[:at]):
        with pytest.raises(cipher.SealBroken):
            cipher.open_sealed(KEY, broken, place=PLACE)


def test_what_is_moved_or_under_another_key_does_not_open():
    sealed = cipher.seal(KEY, b"abc", place=PLACE)
    for place, key in (
        ("complaint|b|answers", KEY),
        ("complaint|a|event-1", KEY),
        (PLACE, bytes(32)),
    ):
        with pytest.raises(cipher.SealBroken):
            cipher.open_sealed(key, sealed, place=place)


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


def test_what_a_key_file_seals_opens_for_its_use_and_its_owner_alone(own_ring):
    sealed = keyring.RING.seal("contact", b"noor@example.com", "a")
    assert keyring.RING.open("contact", sealed, "a") == b"noor@example.com"
    moved = keyring.new_line()[: keyring.KEY_ID_BYTES].encode() + sealed[keyring.KEY_ID_BYTES :]
    for use, owner, value in (
        ("mail", "a", sealed),
        ("contact", "b", sealed),
        ("contact", "a", moved),
    ):
        with pytest.raises(cipher.SealBroken):
            keyring.RING.open(use, value, owner)
    (key,) = keyring.keyring()
    assert keyring.key_id_of(sealed) == key.key_id
    assert repr(key.secret) not in repr(key)


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
