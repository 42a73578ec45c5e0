"""Frames: a cut or altered one is never taken for whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.kernel.errors import LimitError
from comity.ledger.frames import MAX_ENTRY_BYTES, decode, encode, encode_all, sound_length


@given(st.binary(min_size=1, max_size=300), st.data())
def test_no_prefix_and_no_flipped_bit_is_a_frame(body, data):
    frame = encode(body)
    assert decode(memoryview(frame), 0).body == body
    cut = data.draw(st.integers(0, len(frame) - 1))
    assert decode(memoryview(frame[:cut]), 0) is None
    place = data.draw(st.integers(0, len(frame) * 8 - 1))
    altered = bytearray(frame)
    altered[place // 8] ^= 1 << (place % 8)
    assert decode(memoryview(altered), 0) is None


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.binary(max_size=30))
def test_sound_length_counts_whole_frames_only(bodies, torn):
    whole = b"".join(encode(body) for body in bodies)
    tail = encode(b"x" * 40)[: len(torn)]
    assert sound_length(memoryview(whole + tail)) == len(whole)


def test_zeros_are_no_frame():
    assert sound_length(memoryview(bytes(4096))) == 0


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8))
def test_frames_made_together_are_frames_and_no_salt_is_given_twice(bodies):
    framed, offset, salts = memoryview(encode_all(bodies)), 0, set()
    for body in bodies:
        frame = decode(framed, offset)
        assert frame.body == body
        salts.add(frame.salt)
        offset += frame.size_bytes
    assert offset == len(framed)
    assert len(salts) == len(bodies)


@pytest.mark.parametrize("size", [0, MAX_ENTRY_BYTES + 1])
def test_impossible_sizes_are_refused(size):
    with pytest.raises(LimitError):
        encode(bytes(size))
    with pytest.raises(LimitError):
        encode_all([b"x", bytes(size)])
