"""Envelopes: only sender and recipient read them (I3); each way of tampering has its own refusal."""

import hashlib
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.crypto.encoding import from_text, to_text
from comity.crypto.sealing import SealingKey
from comity.crypto.signing import SigningContext
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.codes import MessageForm, Priority, ReceiptKind
from comity.kernel.errors import ErrorCode, LimitError, TrustError
from comity.kernel.ids import new_id
from comity.node import envelopes
from comity.node.directory import TrustedDirectory, make_directory
from comity.protocol.members import MemberStatus
from comity.protocol.messages import SUITE, Envelope, EnvelopeHeader, Payload

CANARY = "Kanarček Žalostni"


def header_of(network, **changes):
    fields = {
        "suite": SUITE,
        "message_id": new_id(network.at),
        "sender": "SI",
        "recipient": "FR",
        "sequence": 1,
        "priority": Priority.NORMAL,
        "created_at": to_wire(network.at),
        "expires_at": to_wire(network.at + timedelta(days=30)),
    }
    return EnvelopeHeader(**(fields | changes))


def payload_of(text=CANARY):
    return Payload(form=MessageForm.FREE_TEXT, thread_id="t1", subject="Request", text=text)


@pytest.fixture
def envelope(network, directory):
    return envelopes.seal(
        payload_of(), header_of(network), directory.active("FR"), network.homes["SI"].signing
    )


def test_recipient_verifies_and_opens(network, directory, envelope):
    sender = envelopes.verify(envelope, directory, network.at, recipient="FR")
    assert sender.node == "SI"
    assert envelopes.open_envelope(envelope, network.homes["FR"].sealing) == payload_of()


def test_relay_sees_the_header_and_nothing_else(network, directory, envelope):
    """I3."""
    seen = canonical_bytes(envelope)
    assert CANARY.encode() not in seen
    assert b"Request" not in seen
    assert set(msgspec.to_builtins(envelope)) == {"header", "wrapped_key", "ciphertext", "signature"}
    assert set(msgspec.to_builtins(envelope.header)) == {
        "suite", "message_id", "sender", "recipient", "sequence", "priority", "created_at", "expires_at",
    }  # fmt: skip
    for node in ("SEC", "SI", "SI-post1"):
        with pytest.raises(TrustError) as caught:
            envelopes.open_envelope(envelope, network.homes[node].sealing)
        assert caught.value.code is ErrorCode.ENVELOPE_ALTERED


@given(st.text(max_size=3000))
@settings(max_examples=25, deadline=None)
def test_any_text_comes_back_and_short_ones_look_alike(network, text):
    directory = network.homes["SEC"].directory.current(network.at)
    sealed = envelopes.seal(
        payload_of(text), header_of(network), directory.active("FR"), network.homes["SI"].signing
    )
    assert envelopes.open_envelope(sealed, network.homes["FR"].sealing).text == text
    assert (len(from_text(sealed.ciphertext)) - 28) % envelopes.PADDING_BYTES == 0


def resigned(envelope, signing):
    """Sign whatever stands in an envelope, as a dishonest member would."""
    signed = (
        envelopes.header_digest(envelope.header)
        + from_text(envelope.wrapped_key)
        + hashlib.sha256(from_text(envelope.ciphertext)).digest()
    )
    return msgspec.structs.replace(envelope, signature=signing.sign(SigningContext.ENVELOPE, signed))


def flipped(text, place):
    raw = bytearray(from_text(text))
    raw[place % len(raw)] ^= 1
    return to_text(bytes(raw))


def bad_envelopes(network, directory, envelope):
    """Return name -> (envelope, instant, code) of what `verify` refuses."""
    change = msgspec.structs.replace
    header, at = envelope.header, network.at

    def with_header(**changes):
        return change(envelope, header=change(header, **changes))

    def with_signature(**changes):
        return change(envelope, signature=envelope.signature | changes)

    other = envelopes.seal(
        payload_of("other"),
        header_of(network, sequence=2),
        directory.active("FR"),
        network.homes["SI"].signing,
    )
    later, day = to_wire(at + timedelta(days=60)), timedelta(days=1)
    signature, malformed = ErrorCode.ENVELOPE_SIGNATURE, ErrorCode.ENVELOPE_MALFORMED
    only = {"ed25519": envelope.signature["ed25519"]}
    return {
        "readdressed": (with_header(recipient="SEC"), at, ErrorCode.ENVELOPE_RECIPIENT),
        "redated": (with_header(created_at=to_wire(at - day)), at, signature),
        "prolonged": (with_header(expires_at=later), at, signature),
        "other_priority": (with_header(priority=Priority.FLASH), at, signature),
        "swapped_sequence": (with_header(sequence=2), at, signature),
        "other_message_id": (with_header(message_id=new_id(at)), at, signature),
        "other_sender": (with_header(sender="SEC"), at, signature),
        "altered_ciphertext": (change(envelope, ciphertext=flipped(envelope.ciphertext, 40)), at, signature),
        "altered_wrapped_key": (change(envelope, wrapped_key=flipped(envelope.wrapped_key, 5)), at, signature),
        "truncated_ciphertext": (
            change(envelope, ciphertext=to_text(from_text(envelope.ciphertext)[:-1])), at, signature,
        ),
        "content_of_another": (change(envelope, ciphertext=other.ciphertext), at, signature),
        "key_of_another": (change(envelope, wrapped_key=other.wrapped_key), at, signature),
        "signature_of_another": (change(envelope, signature=other.signature), at, signature),
        "stripped_ml_dsa": (change(envelope, signature=only), at, signature),
        "stripped_all": (change(envelope, signature={}), at, signature),
        "one_signature_more": (with_signature(rsa="AA"), at, signature),
        "altered_ed25519": (with_signature(ed25519=flipped(envelope.signature["ed25519"], 0)), at, signature),
        "altered_ml_dsa": (with_signature(ml_dsa_65=flipped(envelope.signature["ml_dsa_65"], 9)), at, signature),
        "foreign_signature": (resigned(envelope, network.homes["FR"].signing), at, signature),
        "signature_of_another_kind": (
            change(envelope, signature=network.homes["SI"].signing.sign(SigningContext.RECEIPT, b"x")), at, signature,
        ),
        "unknown_sender": (
            resigned(with_header(sender="XX"), network.homes["SI"].signing), at, ErrorCode.MEMBER_UNKNOWN,
        ),
        "post_as_sender": (
            resigned(with_header(sender="SI-post1"), network.homes["SI-post1"].signing), at,
            ErrorCode.ENVELOPE_SENDER,
        ),
        "expired": (envelope, at + timedelta(days=30), ErrorCode.ENVELOPE_EXPIRED),
        "wrong_suite": (with_header(suite="comity-0:none"), at, ErrorCode.ENVELOPE_SUITE),
        "suite_with_blank": (with_header(suite=SUITE + " "), at, ErrorCode.ENVELOPE_SUITE),
        "short_wrapped_key": (
            change(envelope, wrapped_key=to_text(from_text(envelope.wrapped_key)[:-1])), at, malformed,
        ),
        "no_wrapped_key": (change(envelope, wrapped_key=""), at, malformed),
        "padded_text": (change(envelope, ciphertext=envelope.ciphertext + "="), at, malformed),
        "not_base64": (change(envelope, ciphertext="ä"), at, malformed),
        "sequence_zero": (with_header(sequence=0), at, malformed),
        "no_uuid": (with_header(message_id="1"), at, malformed),
        "no_instant": (with_header(created_at="yesterday"), at, malformed),
        "other_zone": (with_header(created_at="2026-03-01T12:00:00.000000+01:00"), at, malformed),
        "expires_before_made": (with_header(expires_at=header.created_at), at, malformed),
        "lives_too_long": (with_header(expires_at=to_wire(at + timedelta(days=91))), at, malformed),
    }  # fmt: skip


NAMES = [
    "readdressed", "redated", "prolonged", "other_priority", "swapped_sequence", "other_message_id",
    "other_sender", "altered_ciphertext", "altered_wrapped_key", "truncated_ciphertext",
    "content_of_another", "key_of_another", "signature_of_another", "stripped_ml_dsa", "stripped_all",
    "one_signature_more", "altered_ed25519", "altered_ml_dsa", "foreign_signature",
    "signature_of_another_kind", "unknown_sender", "post_as_sender", "expired", "wrong_suite",
    "suite_with_blank", "short_wrapped_key", "no_wrapped_key", "padded_text", "not_base64",
    "sequence_zero", "no_uuid", "no_instant", "other_zone", "expires_before_made", "lives_too_long",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_bad_envelope_is_refused_with_its_code(network, directory, envelope, name):
    cases = bad_envelopes(network, directory, envelope)
    assert list(cases) == NAMES
    bad, at, code = cases[name]
    with pytest.raises(TrustError) as caught:
        envelopes.verify(bad, directory, at, recipient="FR")
    assert caught.value.code is code


@pytest.mark.parametrize(
    "change", [{"recipient": "SEC"}, {"sequence": 2}, {"priority": Priority.FLASH}, {"sender": "FR"}]
)
def test_even_a_valid_new_signature_does_not_rescue_another_header(network, envelope, change):
    """What was sealed for one header opens under no other: no forwarding in another's name."""
    moved = msgspec.structs.replace(envelope, header=msgspec.structs.replace(envelope.header, **change))
    signed = resigned(moved, network.homes["SI"].signing)
    for node in ("FR", "SEC"):
        with pytest.raises(TrustError) as caught:
            envelopes.open_envelope(signed, network.homes[node].sealing)
        assert caught.value.code is ErrorCode.ENVELOPE_ALTERED


@pytest.mark.parametrize("status", [MemberStatus.REMOVED, MemberStatus.SUSPENDED])
def test_envelope_of_a_removed_sender_is_refused(network, envelope, status):
    members = [msgspec.structs.replace(m, status=status) if m.node == "SI" else m for m in network.members]
    trusted = TrustedDirectory(make_directory("Test", 3, members, network.at))
    with pytest.raises(TrustError) as caught:
        envelopes.verify(envelope, trusted, network.at)
    assert caught.value.code is ErrorCode.MEMBER_NOT_ACTIVE


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_no_body_crashes_the_reader(network, body):
    directory = network.homes["SEC"].directory.current(network.at)
    try:
        read = msgspec.json.decode(body, type=Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    with pytest.raises(TrustError):
        envelopes.verify(read, directory, network.at)


def test_too_large_envelope_is_not_made_and_not_taken(network, directory, envelope):
    text = "x" * (1024 * 1024)
    with pytest.raises(LimitError) as caught:
        envelopes.seal(
            payload_of(text), header_of(network), directory.active("FR"), network.homes["SI"].signing
        )
    assert caught.value.field == "text"
    with pytest.raises(LimitError):
        envelopes.verify(msgspec.structs.replace(envelope, ciphertext=text), directory, network.at)


@pytest.mark.parametrize(
    ("changes", "recipient", "code"),
    [
        ({"recipient": "SEC"}, "FR", ErrorCode.ENVELOPE_RECIPIENT),
        ({"recipient": "SI"}, "SI-post1", ErrorCode.ENVELOPE_RECIPIENT),
        ({"suite": "x"}, "FR", ErrorCode.ENVELOPE_SUITE),
    ],
)
def test_seal_refuses_a_header_that_does_not_fit(network, directory, changes, recipient, code):
    member = directory.active(recipient)
    with pytest.raises(TrustError) as caught:
        envelopes.seal(payload_of(), header_of(network, **changes), member, network.homes["SI"].signing)
    assert caught.value.code is code


def test_sealed_content_that_is_no_payload_is_refused(network, directory):
    header = header_of(network)
    bound = envelopes.header_digest(header)
    key = bytes(32)
    recipient = from_text(directory.active("FR").keys.sealing)
    crooked = Envelope(
        header=header,
        wrapped_key=to_text(envelopes.wrap(recipient, key, bound)),
        ciphertext=to_text(envelopes.encrypt(key, b'{"form":"bomb"}', bound)),
        signature={},
    )
    with pytest.raises(TrustError) as caught:
        envelopes.open_envelope(crooked, network.homes["FR"].sealing)
    assert caught.value.code is ErrorCode.ENVELOPE_MALFORMED
    assert "bomb" not in repr(caught.value.__cause__)


def test_receipt_holds_for_this_envelope_of_this_recipient(network, directory, envelope):
    receipt = envelopes.make_receipt(ReceiptKind.DELIVERED, envelope, network.at, network.homes["FR"].signing)
    assert envelopes.verify_receipt(receipt, directory).node == "FR"
    assert receipt.envelope_digest == envelopes.digest(envelope)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": ReceiptKind.READ},
        {"message_id": "another"},
        {"envelope_digest": "00" * 32},
        {"recipient": "SEC"},
        {"recipient": "XX"},
        {"at": "2026-03-01T13:00:00.000000Z"},
        {"signature": {}},
    ],
    ids="-".join,
)
def test_altered_receipt_is_refused(network, directory, envelope, changes):
    receipt = envelopes.make_receipt(ReceiptKind.DELIVERED, envelope, network.at, network.homes["FR"].signing)
    with pytest.raises(TrustError) as caught:
        envelopes.verify_receipt(msgspec.structs.replace(receipt, **changes), directory)
    assert caught.value.code is ErrorCode.RECEIPT_INVALID


def test_receipt_of_a_member_that_was_removed_stays_checkable(network, envelope):
    receipt = envelopes.make_receipt(ReceiptKind.READ, envelope, network.at, network.homes["FR"].signing)
    old = next(m for m in network.members if m.node == "FR")
    removed = msgspec.structs.replace(old, status=MemberStatus.REMOVED)
    back = msgspec.structs.replace(
        old, certificate_sha256="cd" * 32, keys=network.members[1].keys, since=to_wire(network.at)
    )
    members = [m for m in network.members if m.node != "FR"] + [removed, back]
    trusted = TrustedDirectory(make_directory("Test", 3, members, network.at))
    assert envelopes.verify_receipt(receipt, trusted) == removed


def test_new_key_does_not_open_old_envelopes(envelope):
    with pytest.raises(TrustError):
        envelopes.open_envelope(envelope, SealingKey.generate())
