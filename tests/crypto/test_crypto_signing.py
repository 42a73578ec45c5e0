"""Dual signatures: both must hold, for this context and these bytes; every bit counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.crypto.encoding import from_text, to_text
from comity.crypto.signing import SigningContext, SigningKeys, VerifyingKeys
from comity.kernel.errors import ConfigurationError, ErrorCode, InputError, TrustError

KEYS = SigningKeys.from_seeds(b"\1" * 32, b"\2" * 32)
OTHER = SigningKeys.generate()
DATA = b"what is stated"
SIGNATURE = KEYS.sign(SigningContext.ENVELOPE, DATA)


def refused(signature, data=DATA, context=SigningContext.ENVELOPE, keys=KEYS):
    with pytest.raises(TrustError) as caught:
        keys.public.verify(context, data, signature)
    return caught.value.code is ErrorCode.ENVELOPE_SIGNATURE


@given(st.binary(max_size=2000), st.sampled_from(SigningContext))
@settings(max_examples=40, deadline=None)
def test_what_is_signed_verifies(data, context):
    KEYS.public.verify(context, data, KEYS.sign(context, data))


@given(st.sampled_from(["ed25519", "ml_dsa_65"]), st.integers(min_value=0), st.integers(0, 7))
@settings(max_examples=300, deadline=None)
def test_every_bit_flip_of_a_signature_is_refused(name, place, bit):
    raw = bytearray(from_text(SIGNATURE[name]))
    raw[place % len(raw)] ^= 1 << bit
    assert refused(SIGNATURE | {name: to_text(bytes(raw))})


def test_every_bit_flip_of_an_ed25519_signature_is_refused():
    raw = from_text(SIGNATURE["ed25519"])
    for place in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[place // 8] ^= 1 << (place % 8)
        assert refused(SIGNATURE | {"ed25519": to_text(bytes(changed))})


def test_every_bit_flip_of_the_data_is_refused():
    for place in range(len(DATA) * 8):
        changed = bytearray(DATA)
        changed[place // 8] ^= 1 << (place % 8)
        assert refused(SIGNATURE, data=bytes(changed))


@pytest.mark.parametrize("context", [c for c in SigningContext if c is not SigningContext.ENVELOPE])
def test_another_context_is_refused(context):
    assert refused(SIGNATURE, context=context)


def test_context_and_data_cannot_be_shifted_against_each_other():
    signature = KEYS.sign(SigningContext.RECEIPT, b"x")
    assert refused(signature, context=SigningContext.COPY_RECEIPT, data=b"x")
    assert refused(KEYS.sign(SigningContext.ENVELOPE, b"\0x"), data=b"x")


@pytest.mark.parametrize(
    "signature",
    [
        {},
        {"ed25519": SIGNATURE["ed25519"]},
        {"ml_dsa_65": SIGNATURE["ml_dsa_65"]},
        SIGNATURE | {"rsa": "AA"},
        SIGNATURE | {"ed25519": ""},
        SIGNATURE | {"ml_dsa_65": SIGNATURE["ml_dsa_65"][:-4]},
        SIGNATURE | {"ed25519": SIGNATURE["ed25519"] + "="},
        {"ed25519": SIGNATURE["ml_dsa_65"], "ml_dsa_65": SIGNATURE["ed25519"]},
    ],
    ids=["none", "no_ml_dsa", "no_ed25519", "one_more", "empty", "truncated", "padded", "swapped"],
)
def test_signature_that_is_not_whole_is_refused(signature):
    assert refused(signature)


@pytest.mark.parametrize("name", ["ed25519", "ml_dsa_65"])
def test_one_foreign_half_is_refused(name):
    foreign = OTHER.sign(SigningContext.ENVELOPE, DATA)
    assert refused(SIGNATURE | {name: foreign[name]})


def test_caller_chooses_the_code():
    with pytest.raises(TrustError) as caught:
        KEYS.public.verify(SigningContext.DIRECTORY, DATA, SIGNATURE, code=ErrorCode.DIRECTORY_SIGNATURE)
    assert caught.value.code is ErrorCode.DIRECTORY_SIGNATURE


def test_ed25519_alone_is_bound_to_its_context():
    signature = KEYS.sign_ed25519(SigningContext.GRANT, DATA)
    KEYS.public.verify_ed25519(SigningContext.GRANT, DATA, signature)
    for context in set(SigningContext) - {SigningContext.GRANT}:
        with pytest.raises(TrustError):
            KEYS.public.verify_ed25519(context, DATA, signature)
    with pytest.raises(TrustError):
        KEYS.public.verify_ed25519(SigningContext.GRANT, DATA, signature[:-1])


def test_keys_come_back_from_files(tmp_path):
    KEYS.to_files(tmp_path)
    assert SigningKeys.from_files(tmp_path).public == KEYS.public
    (tmp_path / "ed25519.key").write_bytes(b"short")
    with pytest.raises(ConfigurationError) as caught:
        SigningKeys.from_files(tmp_path)
    assert caught.value.code is ErrorCode.CONFIG_ODD_VALUE


@pytest.mark.parametrize(
    ("ed25519", "ml_dsa_65", "field"),
    [
        (b"", KEYS.public.ml_dsa_65, "keys.ed25519"),
        (KEYS.public.ed25519 + b"x", KEYS.public.ml_dsa_65, "keys.ed25519"),
        (KEYS.public.ed25519, b"\1" * 1951, "keys.ml_dsa_65"),
    ],
)
def test_what_is_no_key_is_refused(ed25519, ml_dsa_65, field):
    with pytest.raises(InputError) as caught:
        VerifyingKeys(ed25519, ml_dsa_65)
    assert caught.value.field == field
