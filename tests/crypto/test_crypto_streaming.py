"""Sealing in chunks: what comes back is whole and in order, or nothing does (I3)."""

import io
import itertools
import json
import tracemalloc

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from comity.crypto.streaming import (
    KEY_BYTES,
    MAX_CHUNKS,
    PREFIX_BYTES,
    TAG_BYTES,
    ChunkCipher,
    chunk_count,
    open_bytes,
    open_stream,
    seal_bytes,
    seal_stream,
    sealed_size,
)
from comity.kernel.errors import ErrorCode, LimitError, TrustError
from tests.crypto import make_streaming_vectors as made

KEY = bytes(range(KEY_BYTES))
CHUNK = 16
VECTORS = json.loads(made.FILE.read_text(encoding="utf-8"))


def cut(data, places):
    """Cut `data` into pieces at the given places, empty ones among them."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def refused(sealed, *, key=KEY, aad=b"aad", chunk_bytes=CHUNK):
    with pytest.raises(TrustError) as caught:
        open_bytes(key, sealed, aad, chunk_bytes)
    return caught.value.code is ErrorCode.ENVELOPE_ALTERED


def raw(case):
    fields = ("key_hex", "sealed_hex", "aad_hex")
    return *(bytes.fromhex(case[name]) for name in fields), case["chunk_bytes"]


@pytest.mark.parametrize("case", VECTORS["accepted"], ids=lambda case: case["name"])
def test_vectors_open(case):
    assert open_bytes(*raw(case)).hex() == case["plaintext_hex"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["name"])
def test_vectors_of_what_is_refused(case):
    with pytest.raises(TrustError) as caught:
        open_bytes(*raw(case))
    assert caught.value.code is ErrorCode.ENVELOPE_ALTERED


def test_vectors_are_what_their_script_makes():
    assert made.vectors() == VECTORS


@given(st.binary(max_size=200), st.binary(max_size=20), st.integers(1, 70), st.lists(st.integers(0)))
@settings(max_examples=150, deadline=None)
def test_content_comes_back_however_it_is_cut(plaintext, aad, chunk_bytes, places):
    sealed = b"".join(seal_stream(KEY, cut(plaintext, places), aad, chunk_bytes))
    assert len(sealed) == sealed_size(len(plaintext), chunk_bytes)
    assert b"".join(open_stream(KEY, cut(sealed, places), aad, chunk_bytes)) == plaintext
    assert open_bytes(KEY, sealed, aad, chunk_bytes) == plaintext
    assert b"".join(open_stream(KEY, io.BytesIO(sealed), aad, chunk_bytes)) == plaintext


@given(st.binary(max_size=100), st.integers(min_value=0))
@settings(max_examples=300, deadline=None)
def test_every_bit_counts(plaintext, place):
    sealed = bytearray(seal_bytes(KEY, plaintext, b"aad", CHUNK))
    sealed[place // 8 % len(sealed)] ^= 1 << place % 8
    assert refused(bytes(sealed))


@given(st.binary(max_size=100), st.integers(min_value=0))
@settings(max_examples=200, deadline=None)
def test_no_beginning_opens(plaintext, length):
    sealed = seal_bytes(KEY, plaintext, b"aad", CHUNK)
    assert refused(sealed[: length % len(sealed)])


@given(st.binary(max_size=100), st.binary(min_size=1, max_size=CHUNK + TAG_BYTES))
@settings(max_examples=100, deadline=None)
def test_nothing_can_be_put_behind(plaintext, more):
    assert refused(seal_bytes(KEY, plaintext, b"aad", CHUNK) + more)


@given(st.binary(min_size=CHUNK + 1, max_size=100), st.data())
@settings(max_examples=200, deadline=None)
def test_no_other_order_and_no_foreign_chunk_opens(plaintext, data):
    own = made_of(plaintext)
    foreign = [
        chunk for prefix, *chunks in (made_of(plaintext), made_of(plaintext[::-1])) for chunk in chunks
    ]
    picked = data.draw(st.lists(st.sampled_from(own[1:] + foreign), max_size=len(own) + 1))
    assume(picked != own[1:])
    assert refused(own[0] + b"".join(picked))


def made_of(plaintext):
    """Return prefix and chunks under one key: a prefix of its own each time."""
    return list(seal_stream(KEY, [plaintext], b"aad", CHUNK))


def test_other_key_binding_and_size_of_chunks_are_refused():
    sealed = seal_bytes(KEY, bytes(100), b"aad", CHUNK)
    assert refused(sealed, key=bytes(KEY_BYTES))
    assert refused(sealed, key=KEY[:16])
    assert refused(sealed, aad=b"other")
    assert refused(sealed, chunk_bytes=CHUNK + 1)


def test_each_sealing_looks_different():
    assert seal_bytes(KEY, b"x", b"") != seal_bytes(KEY, b"x", b"")


@given(st.integers(0, 100), st.integers(1, 70))
def test_sizes(size, chunk_bytes):
    parts = list(seal_stream(KEY, [bytes(size)], b"", chunk_bytes))
    assert len(parts) == 1 + chunk_count(size, chunk_bytes)
    assert sum(map(len, parts)) == sealed_size(size, chunk_bytes)


def test_chunks_seal_in_any_order_to_the_same():
    data, parts = bytes(range(100)), {}
    cipher = ChunkCipher.new(KEY, b"aad")
    for number in (5, 1, 6, 0, 3, 4, 2):
        parts[number] = cipher.seal(number, data[number * CHUNK : (number + 1) * CHUNK], last=number == 6)
    assert open_bytes(KEY, cipher.prefix + b"".join(parts[n] for n in range(7)), b"aad", CHUNK) == data


def test_counter_does_not_run_over():
    cipher = ChunkCipher(KEY, bytes(PREFIX_BYTES), b"")
    cipher.seal(MAX_CHUNKS - 1, b"", last=True)
    with pytest.raises(LimitError):
        cipher.seal(MAX_CHUNKS, b"", last=True)


def test_long_content_is_never_held_whole():
    chunk, count = 64 * 1024, 320
    tracemalloc.start()
    try:
        sealed = seal_stream(KEY, (bytes(chunk) for _ in range(count)), b"", chunk)
        read = sum(map(len, open_stream(KEY, sealed, b"", chunk)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read == count * chunk
    assert peak < 20 * chunk
