"""The committed test vectors hold: what was made once is read for ever (docs/protocol/envelope.md)."""

import json
from datetime import timedelta

import msgspec
import pytest

from comity.crypto import sealing
from comity.crypto.signing import SigningContext, signed_bytes
from comity.crypto.trees import leaf_of, tree_of
from comity.kernel.canonical import canonical_bytes
from comity.node import envelope_bytes, envelopes
from comity.node.directory import TrustedDirectory, instant, open_directory
from comity.node.grants import verify_grant
from comity.node.receipt_sheets import receipts_in, verify_sheet
from comity.protocol.members import SignedDirectory
from comity.protocol.messages import Envelope, MessageReceipt, ReceiptSheet
from tests.node import make_vectors as made


def committed(name):
    return json.loads((made.FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def trusted():
    signed = msgspec.convert(committed("directory")["signed"], SignedDirectory)
    return TrustedDirectory(open_directory(signed, made.signing_of("SEC").public))


def test_keys_come_from_their_seeds():
    assert committed("keys") == made.key_vectors()


@pytest.mark.parametrize("case", committed("signing"), ids=lambda case: case["context"])
def test_signatures(case):
    context, data = SigningContext(case["context"]), bytes.fromhex(case["data_hex"])
    assert signed_bytes(context, data).hex() == case["signed_hex"]
    keys = made.signing_of(case["signer"])
    keys.public.verify(context, data, case["signature"])
    assert keys.sign(context, data)["ed25519"] == case["signature"]["ed25519"]


def test_every_context_has_a_vector():
    assert [case["context"] for case in committed("signing")] == list(SigningContext)


def test_seal():
    case = {name.removesuffix("_hex"): text for name, text in committed("sealing").items()}
    raw = {name: bytes.fromhex(text) for name, text in case.items() if name != "recipient"}
    assert made.sealing_of(case["recipient"]).unwrap(raw["wrapped"], raw["info"]) == raw["content_key"]
    assert sealing.decrypt(raw["content_key"], raw["blob"], raw["aad"]) == raw["plaintext"]


def test_envelope_and_receipt(trusted):
    case = committed("envelope")
    envelope = msgspec.convert(case["envelope"], Envelope)
    receipt = msgspec.convert(case["receipt"], MessageReceipt)
    at = instant(made.AT) + timedelta(days=1)
    assert canonical_bytes(envelope.header).decode() == case["header_canonical"]
    assert canonical_bytes(made.LETTER).decode() == case["letter_canonical"]
    assert canonical_bytes(envelope.stanzas[0]).decode() == case["stanza_canonical"]
    assert envelope_bytes.header_digest(envelope.header).hex() == case["header_digest_hex"]
    assert envelope_bytes.stanza_digest(envelope.stanzas[0]).hex() == case["stanza_digest_hex"]
    assert envelope_bytes.parts_of(envelope).signed.hex() == case["signed_hex"]
    assert envelopes.verify(envelope, trusted, at, recipient="FR").node == "SI"
    ring = sealing.SealingRing(made.sealing_of("FR"))
    assert envelopes.open_envelope(envelope, ring) == made.LETTER
    assert envelopes.digest(envelope, "FR") == case["envelope_digest_hex"] == receipt.envelope_digest
    assert envelopes.receipt_bytes(receipt).decode() == case["receipt_signed"]
    assert envelopes.verify_receipt(receipt, trusted).node == "FR"


def test_receipts_signed_together(trusted):
    case = committed("receipts")
    sheet = msgspec.convert(case["sheet"], ReceiptSheet)
    kept = msgspec.convert(case["receipts"], list[MessageReceipt])
    assert [envelopes.receipt_bytes(receipt).decode() for receipt in kept] == case["stated"]
    leaves = [leaf_of(text.encode()) for text in case["stated"]]
    root, _ = tree_of(leaves)
    assert [leaf.hex() for leaf in leaves] == case["leaves_hex"]
    assert root.hex() == case["root_hex"]
    assert envelopes.sheet_bytes(len(leaves), root).hex() == case["signed_hex"]
    verify_sheet(sheet, "FR", trusted)
    assert receipts_in(sheet) == kept
    assert {envelopes.verify_receipt(receipt, trusted).node for receipt in kept} == {"FR"}


def test_grant(trusted):
    case = committed("grant")
    grant = verify_grant(case["token"], trusted, instant(made.AT), "SI")
    assert canonical_bytes(grant).decode() == case["canonical"]
    assert made.grant_vectors()["token"] == case["token"]


def test_directory_lists_the_fixed_keys(trusted):
    assert [msgspec.to_builtins(m) for m in trusted.directory.members] == [
        msgspec.to_builtins(made.member_of(node)) for node in ("FR", "SEC", "SI")
    ]
