"""Large files: sealed in chunks, and nothing of a bad chunk is ever released."""

import io
import tracemalloc
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from complaints.vault import cipher

KEY = bytes(range(32))
SMALL = 8  # a chunk of eight bytes shows every seam
BLOCK = SMALL + cipher.TAG_BYTES
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def small_chunks(request, monkeypatch):
    """Unless a test asks for real ones."""
    if "real_chunks" not in request.fixturenames:
        monkeypatch.setattr(cipher, "CHUNK_BYTES", SMALL)


@pytest.fixture
def real_chunks():
    """Leaves the chunks at 1 MiB."""


def pushed(parts: Iterable[bytes], place: str = "p") -> Iterator[bytes]:
    sealer = cipher.StreamSealer(KEY, place=place)
    for part in parts:
        yield from sealer.push(part)
    yield from sealer.finish()


def sealed(content: bytes, place: str = "p") -> bytes:
    return b"".join(pushed([content], place))


def opened(source: bytes | Iterable[bytes], place: str = "p", key: bytes = KEY) -> bytes:
    whole = source if isinstance(source, bytes) else b"".join(source)
    return b"".join(cipher.open_stream(key, io.BytesIO(whole), place=place))


def in_pieces(content: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(content) + 1) for cut in cuts), len(content)]
    return [content[start:end] for start, end in pairwise(edges)]


@given(st.binary(max_size=60), st.lists(st.integers(0, 500)))
@example(b"", [])
@example(bytes(SMALL), [])
@example(bytes(2 * SMALL), [])
@example(bytes(2 * SMALL + 1), [])
def test_a_file_comes_back_without_a_trace_of_the_pieces_it_arrived_in(content, cuts):
    assert opened(pushed([])) == b""
    assert opened(pushed(in_pieces(content, cuts))) == content
    # With the salt held still, for that alone differs.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cipher.os, "urandom", lambda size: b"s" * size)
        assert b"".join(pushed(in_pieces(content, cuts))) == sealed(content)
    chunks = max(1, -(-len(content) // SMALL))
    assert len(sealed(content)) == cipher.HEADER_BYTES + len(content) + chunks * cipher.TAG_BYTES


@given(st.binary(max_size=40), st.binary(min_size=1, max_size=40), st.data())
def test_a_file_that_is_cut_longer_or_has_a_flipped_bit_is_noticed(content, more, data):
    whole = sealed(content)
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    longer = (whole + more, whole + sealed(more)[cipher.HEADER_BYTES :])
    for broken in (whole[:at], bytes(flipped), *longer):
        with pytest.raises(cipher.SealBroken):
            opened(broken)


@given(st.permutations(range(4)), st.lists(st.integers(0, 3), max_size=6))
def test_reordered_repeated_or_missing_chunks_are_noticed(order, chosen):
    whole = sealed(bytes(range(3 * SMALL + 3)))
    blocks = [whole[cipher.HEADER_BYTES + n * BLOCK :][:BLOCK] for n in range(4)]
    for numbers in (list(order), chosen):
        if numbers != [0, 1, 2, 3]:
            with pytest.raises(cipher.SealBroken):
                opened(whole[: cipher.HEADER_BYTES] + b"".join(blocks[n] for n in numbers))


def test_another_place_key_or_file_does_not_open_and_equal_files_differ():
    for place, key in (("q", KEY), ("p", bytes(32))):
        with pytest.raises(cipher.SealBroken):
            opened(sealed(b"abc"), place, key)
    one, other = sealed(b"a" * 20), sealed(b"b" * 20)
    with pytest.raises(cipher.SealBroken):
        opened(one[: cipher.HEADER_BYTES + BLOCK] + other[cipher.HEADER_BYTES + BLOCK :])
    with pytest.raises(cipher.SealBroken):
        opened(other[: cipher.HEADER_BYTES] + one[cipher.HEADER_BYTES :])
    assert sealed(b"same") != sealed(b"same")


@settings(max_examples=30)
@given(st.integers(0, 3), st.integers(0, SMALL - 1))
def test_not_a_byte_of_a_bad_chunk_is_released(bad, offset):
    content = bytes(range(4 * SMALL))
    whole = bytearray(sealed(content))
    whole[cipher.HEADER_BYTES + bad * BLOCK + offset] ^= 1
    released: list[bytes] = []
    with pytest.raises(cipher.SealBroken):
        released.extend(cipher.open_stream(KEY, io.BytesIO(whole), place="p"))
    assert b"".join(released) == content[: bad * SMALL]


@pytest.mark.usefixtures("real_chunks")
def test_memory_stays_small_whatever_the_size(tmp_path):
    size = 40 * MIB
    source = (bytes(64 * 1024) for _ in range(size // (64 * 1024)))
    tracemalloc.start()
    try:
        with (tmp_path / "sealed").open("w+b") as file:
            file.writelines(pushed(source))
            file.seek(0)
            opened_bytes = sum(map(len, cipher.open_stream(KEY, file, place="p")))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert opened_bytes == size
    assert peak < 10 * MIB


def test_what_is_pushed_leaves_sealed_before_the_end():
    """Encrypted as it arrives: no more than a chunk waits."""
    sealer = cipher.StreamSealer(KEY, place="p")
    out = b"".join(sealer.push(bytes(3 * SMALL + 1)))
    assert len(out) == cipher.HEADER_BYTES + 3 * BLOCK


@given(st.binary(max_size=60), st.lists(st.tuples(st.integers(0, 70), st.integers(0, 30))))
def test_a_sealed_file_is_read_from_anywhere_like_an_open_one(content, reads):
    file = cipher.SealedReader(KEY, io.BytesIO(sealed(content)), place="p")
    plain, buffered = io.BytesIO(content), io.BufferedReader(file, buffer_size=5)
    assert file.size == len(content)
    for start, size in reads:
        assert buffered.seek(start) == plain.seek(start)
        assert buffered.read(size) == plain.read(size)
    buffered.seek(-min(4, len(content)), io.SEEK_END)
    assert buffered.read() == content[-4:]


def test_a_changed_chunk_is_noticed_where_it_is_read():
    whole = bytearray(sealed(bytes(3 * SMALL)))
    whole[cipher.HEADER_BYTES + BLOCK] ^= 1
    file = cipher.SealedReader(KEY, io.BytesIO(whole), place="p")
    assert file.read(SMALL) == bytes(SMALL)
    with pytest.raises(cipher.SealBroken):
        file.read(SMALL)
