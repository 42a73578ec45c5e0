"""Sealing: only the recipient opens it, with the same binding; every bit counts (I3)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.crypto.sealing import (
    PUBLIC_KEY_BYTES,
    WRAPPED_KEY_BYTES,
    SealingKey,
    check_public,
    decrypt,
    encrypt,
    new_content_key,
    wrap,
)
from comity.kernel.errors import ConfigurationError, ErrorCode, InputError, TrustError

KEY = SealingKey.from_seed(bytes(range(96)))
CONTENT_KEY = new_content_key()
WRAPPED = wrap(KEY.public, CONTENT_KEY, b"info")
BLOB = encrypt(CONTENT_KEY, b"what only two read", b"aad")


def flipped(data, place):
    changed = bytearray(data)
    changed[place // 8 % len(data)] ^= 1 << (place % 8)
    return bytes(changed)


def test_sizes_are_as_documented():
    assert len(KEY.public) == PUBLIC_KEY_BYTES
    assert len(WRAPPED) == WRAPPED_KEY_BYTES


@given(st.binary(max_size=100))
@settings(max_examples=30, deadline=None)
def test_recipient_unwraps_with_the_same_info(info):
    assert KEY.unwrap(wrap(KEY.public, CONTENT_KEY, info), info) == CONTENT_KEY


@given(st.integers(min_value=0))
@settings(max_examples=400, deadline=None)
def test_every_bit_flip_of_a_wrapped_key_is_refused(place):
    with pytest.raises(TrustError) as caught:
        KEY.unwrap(flipped(WRAPPED, place), b"info")
    assert caught.value.code is ErrorCode.ENVELOPE_ALTERED


@pytest.mark.parametrize("length", [0, 1, 31, 1120, WRAPPED_KEY_BYTES - 1])
def test_truncated_wrapped_key_is_refused(length):
    with pytest.raises(TrustError):
        KEY.unwrap(WRAPPED[:length], b"info")


def test_another_info_and_another_recipient_are_refused():
    with pytest.raises(TrustError):
        KEY.unwrap(WRAPPED, b"other")
    with pytest.raises(TrustError):
        SealingKey.generate().unwrap(WRAPPED, b"info")


def test_either_half_of_the_key_alone_does_not_open():
    seed, other = bytes(range(96)), SealingKey.generate()
    assert other.public != KEY.public
    for mixed in (seed[:64] + b"\7" * 32, b"\7" * 64 + seed[64:]):
        with pytest.raises(TrustError):
            SealingKey.from_seed(mixed).unwrap(WRAPPED, b"info")


@given(st.binary(max_size=3000), st.binary(max_size=50))
@settings(max_examples=50, deadline=None)
def test_content_comes_back(plaintext, aad):
    assert decrypt(CONTENT_KEY, encrypt(CONTENT_KEY, plaintext, aad), aad) == plaintext


def test_every_bit_flip_of_a_content_is_refused():
    for place in range(len(BLOB) * 8):
        with pytest.raises(TrustError) as caught:
            decrypt(CONTENT_KEY, flipped(BLOB, place), b"aad")
        assert caught.value.code is ErrorCode.ENVELOPE_ALTERED


@pytest.mark.parametrize("length", [*range(30), len(BLOB) - 1])
def test_truncated_content_is_refused(length):
    with pytest.raises(TrustError):
        decrypt(CONTENT_KEY, BLOB[:length], b"aad")


def test_another_key_or_binding_is_refused():
    for key, aad in ((new_content_key(), b"aad"), (CONTENT_KEY, b"other"), (b"short", b"aad")):
        with pytest.raises(TrustError):
            decrypt(key, BLOB, aad)


def test_same_content_never_looks_the_same():
    assert encrypt(CONTENT_KEY, b"x", b"") != encrypt(CONTENT_KEY, b"x", b"")
    assert wrap(KEY.public, CONTENT_KEY, b"") != wrap(KEY.public, CONTENT_KEY, b"")


@pytest.mark.parametrize(
    "public", [b"", KEY.public[:-1], KEY.public + b"x", KEY.public[:1184] + bytes(32)], ids=len
)
def test_what_is_no_key_is_refused(public):
    with pytest.raises(InputError) as caught:
        check_public(public)
    assert caught.value.field == "keys.sealing"


def test_key_comes_back_from_its_file(tmp_path):
    KEY.to_file(tmp_path / "sealing.key")
    assert SealingKey.from_file(tmp_path / "sealing.key").public == KEY.public
    (tmp_path / "sealing.key").write_bytes(b"short")
    with pytest.raises(ConfigurationError):
        SealingKey.from_file(tmp_path / "sealing.key")
