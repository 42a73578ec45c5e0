"""A receipt's bundle proves by itself who received what from whom; nothing in it can be exchanged."""

from datetime import timedelta

import msgspec
import pytest

from comity.kernel.codes import MessageForm, Priority, ReceiptKind
from comity.kernel.errors import ComityError, ErrorCode
from comity.kernel.ids import new_id
from comity.node import envelopes, key_changes
from comity.node.directory import sign_directory
from comity.node.evidence import make_bundle, proof_of, read_bundle, verify_bundle
from comity.protocol.members import MemberStatus
from comity.protocol.messages import Letter, Payload, SealedHeader
from tests.node.networks import publish
from tests.node.test_node_keys import Secretariat

replace = msgspec.structs.replace
DAY = timedelta(days=1)


def sealed(network, to=("FR", "SEC")):
    at = network.at
    directory = network.homes["SI"].directory.current(at)
    return envelopes.seal(
        Letter(
            header=SealedHeader(thread_id="t", form=MessageForm.FREE_TEXT), payload=Payload(text="Secret")
        ),
        message_id=new_id(at),
        sender="SI",
        priority=Priority.FLASH,
        created_at=at,
        expires_at=at + DAY,
        addressees=[envelopes.Addressee(directory.bureau_node(node), 5) for node in to],
        signing=network.homes["SI"].signing,
    )


def receipt_for(network, envelope, bureau="FR"):
    digest = envelopes.digest(envelope, bureau)
    signing = network.homes[bureau].signing
    return envelopes.make_receipt(
        ReceiptKind.READ, envelope.header.message_id, digest, bureau, network.at, signing
    )


@pytest.fixture
def bundle(network):
    envelope = sealed(network)
    return make_bundle(receipt_for(network, envelope), proof_of(envelope, "FR"), network.signed)


def refusal(bundle, pinned=None):
    with pytest.raises(ComityError) as caught:
        verify_bundle(bundle, pinned)
    return caught.value.code


def test_bundle_proves_signer_sender_and_message(network, bundle):
    found = verify_bundle(read_bundle(msgspec.json.encode(bundle)))
    assert (found.signer.node, found.sender.node, found.envelope.stanza.sequence) == ("FR", "SI", 5)
    assert found.secretariat_key == network.homes["SEC"].signing.public.key_id
    assert not found.pinned
    assert verify_bundle(bundle, network.homes["SEC"].signing.public).pinned
    assert b"Secret" not in msgspec.json.encode(bundle)


def test_another_secretariat_is_not_taken_for_the_own(network, bundle):
    assert refusal(bundle, network.homes["SI"].signing.public) is ErrorCode.DIRECTORY_SIGNATURE
    forged = sign_directory(network.homes["SEC"].directory.last().directory, network.homes["SI"].signing)
    assert refusal(replace(bundle, directory=forged)) is ErrorCode.DIRECTORY_SIGNATURE


def test_without_the_envelope_the_receipt_still_holds(bundle):
    found = verify_bundle(replace(bundle, envelope=None))
    assert (found.signer.node, found.sender) == ("FR", None)


def exchanged(network, bundle):
    """Return name -> (bundle, code) of what does not prove anything."""
    receipt, proof = bundle.receipt, bundle.envelope
    other = sealed(network)
    signed = bundle.directory

    def with_receipt(**changes):
        return replace(bundle, receipt=replace(receipt, **changes))

    def with_proof(**changes):
        return replace(bundle, envelope=replace(proof, **changes))

    invalid = ErrorCode.RECEIPT_INVALID
    return {
        "other-kind": (with_receipt(kind=ReceiptKind.ANSWERED), invalid),
        "other-time": (with_receipt(at="2026-03-01T12:00:00.000001Z"), invalid),
        "other-signer": (with_receipt(recipient="SEC"), invalid),
        "other-envelope": (replace(bundle, envelope=proof_of(other, "FR")), invalid),
        "receipt-of-another-envelope": (replace(bundle, receipt=receipt_for(network, other)), invalid),
        "proof-of-another-recipient": (replace(bundle, envelope=proof_of(other, "SEC")), invalid),
        "receipt-of-another-recipient": (
            replace(bundle, receipt=receipt_for(network, other, "SEC")), invalid,
        ),
        "header-changed": (with_proof(header=replace(proof.header, priority=Priority.NORMAL)), invalid),
        "stanza-changed": (with_proof(stanza=replace(proof.stanza, sequence=6)), ErrorCode.ENVELOPE_STANZAS),
        "digests-changed": (with_proof(stanza_digests=proof.stanza_digests[:1] * 2), None),
        "content-changed": (with_proof(ciphertext_sha256="00" * 32), invalid),
        "content-no-digest": (with_proof(ciphertext_sha256="zz"), ErrorCode.ENVELOPE_MALFORMED),
        "signature-changed": (with_proof(signature={}), ErrorCode.ENVELOPE_SIGNATURE),
        "directory-changed": (
            replace(bundle, directory=replace(signed, body=signed.body.replace("Node FR", "Node XX"))),
            ErrorCode.DIRECTORY_SIGNATURE,
        ),
        "directory-unreadable": (
            replace(bundle, directory=replace(signed, body="{}")), ErrorCode.DIRECTORY_MALFORMED,
        ),
    }  # fmt: skip


NAMES = [
    "other-kind", "other-time", "other-signer", "other-envelope", "receipt-of-another-envelope",
    "proof-of-another-recipient", "receipt-of-another-recipient", "header-changed", "stanza-changed",
    "digests-changed", "content-changed", "content-no-digest", "signature-changed", "directory-changed",
    "directory-unreadable",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_exchanged_part_is_noticed(network, bundle, name):
    cases = exchanged(network, bundle)
    assert list(cases) == NAMES
    bad, code = cases[name]
    found = refusal(bad)
    assert found is code or (
        code is None and found in (ErrorCode.RECEIPT_INVALID, ErrorCode.ENVELOPE_STANZAS)
    )


def test_bundle_made_years_later_still_proves(own_network):
    """Both have changed their keys, the recipient has left since."""
    at = own_network.at
    envelope = sealed(own_network)
    receipt, proof = receipt_for(own_network, envelope), proof_of(envelope, "FR")
    secretariat = Secretariat(own_network)
    for days, node in ((1, "SI"), (2, "FR"), (3, "SI")):
        secretariat.at = at + days * DAY
        secretariat.tell("SI", "FR")
        key_changes.rotate(own_network.homes[node], secretariat.send, secretariat.at)
    home = own_network.homes["SEC"]
    members = [
        replace(m, status=MemberStatus.REMOVED) if m.node == "FR" else m
        for m in home.directory.last().directory.members
    ]
    signed = publish(home, members, at + 3 * DAY, 9)
    found = verify_bundle(make_bundle(receipt, proof, signed))
    assert (found.signer.node, found.sender.node) == ("FR", "SI")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ErrorCode.INPUT_NOT_JSON),
        (b"{}", ErrorCode.INPUT_NOT_JSON),
        (b"\xff", ErrorCode.INPUT_NOT_JSON),
        (b" " * 9_000_000, ErrorCode.LIMIT_BODY),
    ],
)
def test_what_is_no_bundle(data, code):
    with pytest.raises(ComityError) as caught:
        read_bundle(data)
    assert caught.value.code is code


def test_another_format_is_refused(bundle):
    with pytest.raises(ComityError) as caught:
        read_bundle(msgspec.json.encode(replace(bundle, format="comity-receipt-2")))
    assert caught.value.field == "format"
