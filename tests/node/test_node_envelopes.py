"""Envelopes: only sender and recipients read them (I3); each way of tampering has its own refusal."""

import random
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity.crypto.encoding import from_text, to_text
from comity.crypto.sealing import SealingKey, SealingRing
from comity.crypto.signing import SigningContext
from comity.crypto.streaming import open_bytes, seal_bytes, sealed_size
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.codes import HandlingLabel, MessageForm, Priority, ReceiptKind
from comity.kernel.errors import ErrorCode, InputError, LimitError, TrustError
from comity.kernel.ids import new_id
from comity.node import envelope_bytes, envelopes
from comity.node.directory import TrustedDirectory, make_directory
from comity.protocol.members import FormerKeys, MemberStatus
from comity.protocol.messages import MAX_RECIPIENTS, Envelope, Letter, Payload, SealedHeader

CANARY = "Kanarček Žalostni"
replace = msgspec.structs.replace


def letter_of(text=CANARY, **header):
    fields = {"thread_id": "thread-one", "form": MessageForm.FREE_TEXT, "order": 1}
    return Letter(header=SealedHeader(**(fields | header)), payload=Payload(subject="Request", text=text))


def seal(network, letter=None, to=("FR",), sender="SI", **changes):
    directory = network.homes["SEC"].directory.current(network.at)
    fields = {
        "message_id": new_id(network.at),
        "sender": sender,
        "priority": Priority.NORMAL,
        "created_at": network.at,
        "expires_at": network.at + timedelta(days=30),
        "addressees": [envelopes.Addressee(directory.active(node), 7) for node in to],
        "signing": network.homes[sender].signing,
    }
    return envelopes.seal(letter or letter_of(), **(fields | changes))


def resigned(envelope, signing):
    """Sign whatever stands in an envelope, as a dishonest member would."""
    bound = envelope_bytes.header_digest(envelope.header)
    listed = [from_text(text) for text in envelope.stanza_digests]
    signed = envelope_bytes.signed_bytes(bound, listed, from_text(envelope.ciphertext))
    return replace(envelope, signature=signing.sign(SigningContext.ENVELOPE, signed))


def refusal(check, *args, **kwargs):
    with pytest.raises((TrustError, LimitError)) as caught:
        check(*args, **kwargs)
    return caught.value.code


@pytest.fixture
def envelope(network):
    return seal(network)


def test_recipient_verifies_and_opens(network, directory, envelope):
    assert envelopes.verify(envelope, directory, network.at, recipient="FR").node == "SI"
    assert envelopes.open_envelope(envelope, network.homes["FR"].sealing) == letter_of()


def test_relay_sees_the_listed_fields_and_nothing_else(network, envelope):
    """I3."""
    seen = canonical_bytes(envelope)
    for hidden in (CANARY.encode(), b"Request", b"thread-one", b"free_text", b"official"):
        assert hidden not in seen
    for node in ("SEC", "SI", "SI-post1"):
        key = network.homes[node].sealing
        assert refusal(envelopes.open_envelope, envelope, key) is ErrorCode.ENVELOPE_SEALING_KEY
        forced = replace(envelope, stanzas=[replace(envelope.stanzas[0], key=key.current.key_id)])
        relisted = replace(forced, stanza_digests=[to_text(envelope_bytes.stanza_digest(forced.stanzas[0]))])
        assert refusal(envelopes.open_envelope, relisted, key) is ErrorCode.ENVELOPE_ALTERED


@given(st.text(max_size=3000))
@settings(max_examples=25, deadline=None)
def test_any_text_comes_back_and_short_ones_look_alike(network, text):
    sealed = seal(network, letter_of(text))
    letter = envelopes.open_envelope(sealed, network.homes["FR"].sealing)
    assert letter.payload.text == text
    plain = len(canonical_bytes(letter))
    padded = plain + -plain % envelopes.PADDING_BYTES
    assert len(from_text(sealed.ciphertext)) == sealed_size(padded, 64 * 1024)


def test_each_of_several_recipients_opens_its_copy_and_no_other(network, directory):
    sealed = seal(network, to=("FR", "SEC"))
    assert envelopes.verify(sealed, directory, network.at).node == "SI"
    copies = {node: envelopes.for_recipient(sealed, node) for node in ("FR", "SEC")}
    for node, other in (("FR", "SEC"), ("SEC", "FR")):
        envelopes.verify(copies[node], directory, network.at, recipient=node)
        assert envelopes.open_envelope(copies[node], network.homes[node].sealing) == letter_of()
        assert [stanza.recipient for stanza in copies[node].stanzas] == [node]
        assert refusal(envelopes.verify, copies[node], directory, network.at, recipient=other) is (
            ErrorCode.ENVELOPE_RECIPIENT
        )
        assert envelopes.digest(copies[node], node) == envelopes.digest(sealed, node)
    assert envelopes.digest(sealed, "FR") != envelopes.digest(sealed, "SEC")
    assert refusal(envelopes.for_recipient, sealed, "SI") is ErrorCode.ENVELOPE_RECIPIENT
    assert refusal(envelopes.digest, sealed, "SI") is ErrorCode.ENVELOPE_RECIPIENT
    assert refusal(envelopes.open_envelope, sealed, network.homes["FR"].sealing) is (
        ErrorCode.ENVELOPE_RECIPIENT
    )


@pytest.mark.parametrize(("count", "listed"), [(1, 1), (2, 2), (3, 4), (5, 8), (196, 256)])
def test_hidden_recipients_are_counted_only_up_to_the_next_power_of_two(network, directory, count, listed):
    member = directory.active("FR")
    bureaus = [a + b for a in "ABCDEFGH" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"][:count]
    addressees = [envelopes.Addressee(replace(member, bureau=bureau), 1) for bureau in bureaus]
    hidden = seal(network, addressees=addressees)
    shown = seal(network, letter_of(recipients=bureaus), addressees=addressees)
    assert len(hidden.stanza_digests) == listed
    assert len(shown.stanza_digests) == count
    for envelope in (hidden, shown):
        copy = envelopes.for_recipient(envelope, bureaus[-1])
        envelopes.verify(copy, directory, network.at, recipient=bureaus[-1])
        letter = envelopes.open_envelope(copy, network.homes["FR"].sealing)
        assert letter.header.recipients == (None if envelope is hidden else bureaus)


def test_former_keys_in_the_ring_open_what_was_sealed_to_them(network, envelope):
    ring = network.homes["FR"].sealing
    rotated = SealingRing(SealingKey.generate(), [ring.current])
    assert rotated.public != ring.public
    assert envelopes.open_envelope(envelope, rotated) == letter_of()
    fresh = SealingRing(SealingKey.generate())
    assert refusal(envelopes.open_envelope, envelope, fresh) is ErrorCode.ENVELOPE_SEALING_KEY


@pytest.mark.parametrize("status", [MemberStatus.REMOVED, MemberStatus.SUSPENDED])
def test_envelope_of_a_removed_sender_is_refused(network, envelope, status):
    members = [replace(m, status=status) if m.node == "SI" else m for m in network.members]
    trusted = TrustedDirectory(make_directory("Test", 3, members, network.at))
    assert refusal(envelopes.verify, envelope, trusted, network.at) is ErrorCode.MEMBER_NOT_ACTIVE


def rotated_directory(network, **changes):
    """Return a directory in which SI has FR's keys since yesterday, and its own as former ones."""
    own = next(m for m in network.members if m.node == "SI")
    other = next(m for m in network.members if m.node == "FR")
    until = to_wire(network.at - timedelta(days=1))
    former = FormerKeys(**({"keys": own.keys, "since": own.since, "until": until} | changes))
    rotated = replace(own, keys=other.keys, former_keys=[former])
    members = [rotated if m is own else m for m in network.members]
    return TrustedDirectory(make_directory("Test", 3, members, network.at))


@pytest.mark.parametrize(
    ("hours", "changes", "code"),
    [
        (-25, {}, None),
        (-23.5, {}, None),
        (-22.9, {}, ErrorCode.ENVELOPE_KEY_RETIRED),
        (0, {}, ErrorCode.ENVELOPE_KEY_RETIRED),
        (-50, {"revoked_as_of": "2026-02-27T12:00:00.000000Z"}, None),
        (-48, {"revoked_as_of": "2026-02-27T12:00:00.000000Z"}, ErrorCode.ENVELOPE_KEY_RETIRED),
        (-25, {"revoked_as_of": "2026-02-27T12:00:00.000000Z"}, ErrorCode.ENVELOPE_KEY_RETIRED),
    ],
)
def test_former_key_counts_in_its_time_only(network, hours, changes, code):
    made = network.at + timedelta(hours=hours)
    sealed = seal(network, created_at=made)
    trusted = rotated_directory(network, **changes)
    receipt = envelopes.make_receipt(
        ReceiptKind.READ, new_id(made), "00" * 32, "SI", made, network.homes["SI"].signing
    )
    if code is None:
        assert envelopes.verify(sealed, trusted, network.at).node == "SI"
        assert envelopes.verify_receipt(receipt, trusted).node == "SI"
    else:
        assert refusal(envelopes.verify, sealed, trusted, network.at) is code
        assert refusal(envelopes.verify_receipt, receipt, trusted) is ErrorCode.RECEIPT_INVALID


def test_key_that_nobody_lists_is_told_from_a_forgery(network, directory, envelope):
    other = replace(envelope, header=replace(envelope.header, signing_key="ab" * 16))
    assert refusal(envelopes.verify, other, directory, network.at) is ErrorCode.ENVELOPE_SIGNING_KEY


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_no_body_crashes_the_reader(body):
    with pytest.raises(TrustError):
        envelope_bytes.read_envelope(body)


@given(st.integers(min_value=0), st.sampled_from([0, 1, 2, 5, 7]))
@settings(max_examples=60, deadline=None)
def test_one_flipped_bit_anywhere_is_refused(network, place, bit):
    """Whatever byte of the travelling text is changed, nobody takes it for the sender's."""
    directory = network.homes["SEC"].directory.current(network.at)
    data = bytearray(canonical_bytes(seal(network, to=("FR",))))
    data[place % len(data)] ^= 1 << bit
    with pytest.raises((TrustError, LimitError)):
        envelopes.verify(envelope_bytes.read_envelope(bytes(data)), directory, network.at, recipient="FR")


def test_too_large_letter_is_not_made_and_not_taken(network, directory, envelope):
    text = "x" * (1024 * 1024)
    with pytest.raises(LimitError) as caught:
        seal(network, letter_of(text))
    assert caught.value.field == "text"
    large = replace(envelope, ciphertext=text * 2)
    assert refusal(envelopes.verify, large, directory, network.at) is ErrorCode.LIMIT_BODY
    member = directory.active("FR")
    addressees = [envelopes.Addressee(member, 1)] * (MAX_RECIPIENTS + 1)
    with pytest.raises(LimitError) as caught:
        seal(network, addressees=addressees)
    assert caught.value.field == "recipients"


@pytest.mark.parametrize(
    ("to", "letter", "changes", "code"),
    [
        ((), {}, {}, ErrorCode.ENVELOPE_RECIPIENT),
        (("SI-post1",), {}, {}, ErrorCode.ENVELOPE_RECIPIENT),
        (("FR", "FR"), {}, {}, ErrorCode.ENVELOPE_RECIPIENT),
        (("FR",), {"recipients": ["FR", "SEC"]}, {}, ErrorCode.ENVELOPE_RECIPIENT),
        (("SEC", "FR"), {"recipients": ["SEC", "FR"]}, {}, ErrorCode.ENVELOPE_RECIPIENT),
        (("FR",), {}, {"message_id": "1"}, ErrorCode.ENVELOPE_MALFORMED),
        (("FR",), {}, {"days": 0}, ErrorCode.ENVELOPE_INSTANT),
        (("FR",), {}, {"days": 91}, ErrorCode.ENVELOPE_INSTANT),
    ],
)
def test_seal_refuses_what_does_not_fit(network, to, letter, changes, code):
    if "days" in changes:
        changes = {"expires_at": network.at + timedelta(days=changes["days"])}
    assert refusal(seal, network, letter_of(**letter), to=to, **changes) is code


def forged_content(network, plaintext, sealed_header=None):
    """Return SI's envelope to FR whose content is `plaintext`, everything around it in order."""
    made = seal(network)
    directory = network.homes["SEC"].directory.current(network.at)
    key = bytes(32)
    header = replace(
        made.header,
        sealed=envelope_bytes.commitment(key, sealed_header or letter_of().header),
    )
    bound = envelope_bytes.header_digest(header)
    public = from_text(directory.active("FR").keys.sealing)
    stanza = replace(
        made.stanzas[0],
        wrapped_key=to_text(envelopes.wrap(public, key, envelope_bytes.wrap_info(bound, "FR", 7))),
    )
    forged = Envelope(
        header=header,
        stanzas=[stanza],
        stanza_digests=[to_text(envelope_bytes.stanza_digest(stanza))],
        ciphertext=to_text(seal_bytes(key, plaintext, envelope_bytes.CONTENT_PREFIX + bound)),
        signature={},
    )
    return resigned(forged, network.homes["SI"].signing)


def padded(data, to=1024):
    return data + b" " * (-len(data) % to)


GOOD = canonical_bytes(letter_of())


@pytest.mark.parametrize(
    "plaintext",
    [
        b'{"form":"bomb"}',
        padded(b'{"form":"bomb"}'),
        GOOD,
        padded(GOOD, 2048) + b" " * 1024,
        padded(GOOD.replace(b'{"header"', b'{ "header"')),
        padded(GOOD.replace(b'"order":1', b'"order":-1')),
        padded(GOOD.replace(b'"order":1', b'"order":1,"order":1')),
        padded(GOOD.replace(b'"fields":{}', b'"fields":{"bomb":0.5}')),
        padded(GOOD.replace(b'"fields":{}', b'"fields":{"bomb":' + b"[" * 3000 + b"]" * 3000 + b"}")),
        padded(GOOD.replace(b'"subject"', b'"bomb":1,"subject"')),
        padded(GOOD.replace(b'"free_text"', b'"free text"')),
        padded(GOOD.replace(b"Request", b"\xff")),
        b"",
    ],
)
def test_sealed_content_that_is_no_letter_is_refused_and_not_quoted(network, directory, plaintext):
    """I11: whatever stood in it stays out of the error."""
    crooked = forged_content(network, plaintext)
    assert envelopes.verify(crooked, directory, network.at, recipient="FR").node == "SI"
    with pytest.raises(TrustError) as caught:
        envelopes.open_envelope(crooked, network.homes["FR"].sealing)
    assert caught.value.code is ErrorCode.ENVELOPE_CONTENT
    assert caught.value.__cause__ is None
    assert "bomb" not in repr(caught.value)


def test_forger_in_good_form_is_the_measure(network):
    """What `forged_content` makes is good but for its content."""
    forged = forged_content(network, padded(GOOD))
    assert envelopes.open_envelope(forged, network.homes["FR"].sealing) == letter_of()


@pytest.mark.parametrize(
    "other",
    [
        {"thread_id": "t2"},
        {"label": HandlingLabel.CONFIDENTIAL},
        {"order": 2},
        {"unit": "u"},
        {"form": "chaser"},
    ],
)
def test_header_commits_to_case_label_and_order(network, other):
    swapped = forged_content(network, padded(GOOD), letter_of(**other).header)
    assert refusal(envelopes.open_envelope, swapped, network.homes["FR"].sealing) is (
        ErrorCode.ENVELOPE_COMMITMENT
    )


@pytest.mark.parametrize("named", [["SEC"], ["FR", "SEC"], [], ["FR", "FR"]])
def test_named_recipients_must_be_those_of_the_envelope(network, named):
    letter = letter_of(recipients=named)
    forged = forged_content(network, padded(canonical_bytes(letter)), letter.header)
    assert refusal(envelopes.open_envelope, forged, network.homes["FR"].sealing) is ErrorCode.ENVELOPE_STANZAS


def test_content_is_cut_into_chunks_that_keep_their_order(network, directory):
    sealed = seal(network, letter_of("y" * 200_000))
    assert envelopes.open_envelope(sealed, network.homes["FR"].sealing).payload.text == "y" * 200_000
    raw, size = from_text(sealed.ciphertext), 64 * 1024 + 16
    chunks = [raw[7 + start : 7 + start + size] for start in range(0, len(raw) - 7, size)]
    assert len(chunks) == 4
    order = random.Random(5)
    for bad in (
        [chunks[1], chunks[0], *chunks[2:]],
        chunks[:-1],
        chunks[1:],
        [*chunks, chunks[-1]],
        [chunks[0], chunks[0], *chunks[2:]],
        order.sample(chunks, 4),
    ):
        altered = replace(sealed, ciphertext=to_text(raw[:7] + b"".join(bad)))
        assert refusal(envelopes.verify, altered, directory, network.at) is ErrorCode.ENVELOPE_SIGNATURE
        signed = resigned(altered, network.homes["SI"].signing)
        assert refusal(envelopes.open_envelope, signed, network.homes["FR"].sealing) is (
            ErrorCode.ENVELOPE_ALTERED
        )


def receipt_of(network, envelope, kind=ReceiptKind.DELIVERED, note=""):
    digest = envelopes.digest(envelope, "FR")
    signing = network.homes["FR"].signing
    message_id = envelope.header.message_id
    return envelopes.make_receipt(kind, message_id, digest, "FR", network.at, signing, note)


def test_receipt_holds_for_this_envelope_of_this_recipient(network, directory, envelope):
    receipt = receipt_of(network, envelope, note="unread")
    assert envelopes.verify_receipt(receipt, directory).node == "FR"
    assert receipt.envelope_digest == envelopes.digest(envelope, "FR")


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": ReceiptKind.READ},
        {"message_id": "another"},
        {"envelope_digest": "00" * 32},
        {"recipient": "SEC"},
        {"recipient": "XX"},
        {"at": "2026-03-01T13:00:00.000000Z"},
        {"at": "yesterday"},
        {"note": "read"},
        {"signature": {}},
    ],
    ids="-".join,
)
def test_altered_receipt_is_refused(network, directory, envelope, changes):
    receipt = replace(receipt_of(network, envelope), **changes)
    assert refusal(envelopes.verify_receipt, receipt, directory) is ErrorCode.RECEIPT_INVALID


def test_receipt_of_a_member_that_was_removed_stays_checkable(network, envelope):
    receipt = receipt_of(network, envelope, ReceiptKind.READ)
    old = next(m for m in network.members if m.node == "FR")
    removed = replace(old, status=MemberStatus.REMOVED)
    back = replace(old, certificate_sha256="cd" * 32, keys=network.members[1].keys, since=to_wire(network.at))
    members = [m for m in network.members if m.node != "FR"] + [removed, back]
    trusted = TrustedDirectory(make_directory("Test", 3, members, network.at))
    assert envelopes.verify_receipt(receipt, trusted) == removed


def test_unusable_key_of_a_recipient_is_refused(network, directory):
    member = directory.active("FR")
    broken = replace(member, keys=replace(member.keys, sealing="AAAA"))
    with pytest.raises(InputError) as caught:
        seal(network, addressees=[envelopes.Addressee(broken, 1)])
    assert caught.value.field == "keys.sealing"


def test_opened_chunks_hold_for_this_header_only(network, envelope):
    """Reuse of a ciphertext under another header: even with the right key it does not open."""
    bound = envelope_bytes.header_digest(replace(envelope.header, priority=Priority.FLASH))
    assert refusal(open_bytes, bytes(32), from_text(envelope.ciphertext), bound) is ErrorCode.ENVELOPE_ALTERED
