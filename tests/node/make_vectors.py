"""Writes the test vectors of docs/protocol/: `python -m tests.node.make_vectors` from the repository's root.

Keys, header and payload are fixed. Sealing and ML-DSA signing are random by design, so each run gives
other envelopes and signatures; the committed ones must be accepted for ever, whoever made them.
"""

import hashlib
import json
from pathlib import Path

import msgspec

from comity.crypto import sealing
from comity.crypto.encoding import to_text
from comity.crypto.signing import SigningContext, SigningKeys, signed_bytes
from comity.crypto.trees import leaf_of, tree_of
from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import HandlingLabel, MessageForm, NodeRole, Priority, Purpose, ReceiptKind, Role
from comity.node import envelope_bytes, envelopes
from comity.node.directory import instant, make_directory, sign_directory
from comity.node.grants import issue_grant
from comity.node.receipt_sheets import receipts_in, sign_sheet
from comity.protocol.grants import Grant
from comity.protocol.members import Member, MemberStatus, PublicKeys
from comity.protocol.messages import Letter, Payload, SealedHeader

FOLDER = Path(__file__).parent / "vectors"
AT = "2026-03-01T12:00:00.000000Z"
SEEDS = {
    "SEC": (bytes([1]) * 32, bytes([2]) * 32, bytes(range(96))),
    "SI": (bytes([3]) * 32, bytes([4]) * 32, bytes(range(1, 97))),
    "FR": (bytes([5]) * 32, bytes([6]) * 32, bytes(range(2, 98))),
}
MESSAGE_ID = "019ca937-9600-7000-8000-000000000001"
EXPIRES_AT = "2026-03-31T12:00:00.000000Z"
LETTER = Letter(
    header=SealedHeader(
        thread_id="019ca937-9600-7000-8000-000000000002",
        form=MessageForm.FREE_TEXT,
        label=HandlingLabel.RESTRICTED,
        order=3,
        unit="border",
    ),
    payload=Payload(
        subject="Vozilo / véhicule",
        text="Test text, čšž, Ünïcode, 測試.",
        fields={"count": 2, "flag": True, "nothing": None},
    ),
)


def signing_of(node):
    return SigningKeys.from_seeds(*SEEDS[node][:2])


def sealing_of(node):
    return sealing.SealingKey.from_seed(SEEDS[node][2])


def member_of(node):
    keys, role = signing_of(node).public, NodeRole.SECRETARIAT if node == "SEC" else NodeRole.BUREAU
    return Member(
        node=node,
        bureau=node,
        role=role,
        country={"SEC": "XPO", "SI": "SVN", "FR": "FRA"}[node],
        name=f"Node {node}",
        status=MemberStatus.ACTIVE,
        office_url=f"https://{node.lower()}.example:8443",
        search_url=f"https://{node.lower()}.example:8444",
        certificate_sha256=hashlib.sha256(node.encode()).hexdigest(),
        keys=PublicKeys(
            ed25519=to_text(keys.ed25519),
            ml_dsa_65=to_text(keys.ml_dsa_65),
            sealing=to_text(sealing_of(node).public),
        ),
        since=AT,
    )


def key_vectors():
    """Seeds and the public keys that they give; nothing random."""
    return {
        node: {
            "ed25519_seed_hex": seeds[0].hex(),
            "ml_dsa_65_seed_hex": seeds[1].hex(),
            "mlkem768_seed_hex": seeds[2][:64].hex(),
            "x25519_private_hex": seeds[2][64:].hex(),
            "public": msgspec.to_builtins(member_of(node).keys),
        }
        for node, seeds in SEEDS.items()
    }


def signing_vectors():
    return [
        {
            "signer": "SI",
            "context": context,
            "data_hex": data.hex(),
            "signed_hex": signed_bytes(context, data).hex(),
            "signature": signing_of("SI").sign(context, data),
        }
        for context, data in zip(SigningContext, [b"", *([b"data"] * (len(SigningContext) - 1))], strict=True)
    ]


def sealing_vectors():
    key, info, plaintext, aad = bytes(range(32)), b"info", b"content", b"aad"
    return {
        "recipient": "FR",
        "info_hex": info.hex(),
        "content_key_hex": key.hex(),
        "wrapped_hex": sealing.wrap(sealing_of("FR").public, key, info).hex(),
        "aad_hex": aad.hex(),
        "plaintext_hex": plaintext.hex(),
        "blob_hex": sealing.encrypt(key, plaintext, aad).hex(),
    }


def envelope_vectors():
    envelope = envelopes.seal(
        LETTER,
        message_id=MESSAGE_ID,
        sender="SI",
        priority=Priority.URGENT,
        created_at=instant(AT),
        expires_at=instant(EXPIRES_AT),
        addressees=[envelopes.Addressee(member_of("FR"), 1)],
        signing=signing_of("SI"),
    )
    digest = envelopes.digest(envelope, "FR")
    receipt = envelopes.make_receipt(
        ReceiptKind.DELIVERED, MESSAGE_ID, digest, "FR", instant(AT), signing_of("FR")
    )
    return {
        "header_canonical": canonical_bytes(envelope.header).decode(),
        "header_digest_hex": envelope_bytes.header_digest(envelope.header).hex(),
        "letter_canonical": canonical_bytes(LETTER).decode(),
        "stanza_canonical": canonical_bytes(envelope.stanzas[0]).decode(),
        "stanza_digest_hex": envelope_bytes.stanza_digest(envelope.stanzas[0]).hex(),
        "signed_hex": envelope_bytes.parts_of(envelope).signed.hex(),
        "envelope": msgspec.to_builtins(envelope),
        "envelope_digest_hex": digest,
        "receipt_signed": envelopes.receipt_bytes(receipt).decode(),
        "receipt": msgspec.to_builtins(receipt),
    }


def receipt_vectors():
    """Five receipts that were signed together: how they travel, the tree, and each as it is kept."""
    stated = [
        envelopes.unsigned_receipt(
            ReceiptKind.DELIVERED,
            MESSAGE_ID[:-1] + str(number),
            hashlib.sha256(bytes([number])).hexdigest(),
            "FR",
            instant(AT),
        )
        for number in range(5)
    ]
    sheet = sign_sheet(stated, signing_of("FR"))
    leaves = [leaf_of(envelopes.receipt_bytes(receipt)) for receipt in stated]
    return {
        "stated": [envelopes.receipt_bytes(receipt).decode() for receipt in stated],
        "leaves_hex": [leaf.hex() for leaf in leaves],
        "root_hex": tree_of(leaves)[0].hex(),
        "signed_hex": envelopes.sheet_bytes(len(leaves), tree_of(leaves)[0]).hex(),
        "sheet": msgspec.to_builtins(sheet),
        "receipts": msgspec.to_builtins(receipts_in(sheet)),
    }


def directory_vectors():
    directory = make_directory("Test", 1, [member_of(node) for node in SEEDS], instant(AT))
    return {"signed": msgspec.to_builtins(sign_directory(directory, signing_of("SEC")))}


def grant_vectors():
    grant = Grant(
        grant_id="g-1",
        issuer="SI",
        bureau="SI",
        officer="o-1",
        roles=frozenset([Role.OFFICER, Role.OPERATOR]),
        purposes=frozenset([Purpose.BORDER_CONTROL]),
        issued_at=1772366400,
        expires_at=1772370000,
    )
    return {"canonical": canonical_bytes(grant).decode(), "token": issue_grant(signing_of("SI"), grant)}


VECTORS = {
    "keys": key_vectors,
    "signing": signing_vectors,
    "sealing": sealing_vectors,
    "envelope": envelope_vectors,
    "receipts": receipt_vectors,
    "directory": directory_vectors,
    "grant": grant_vectors,
}


def main():
    FOLDER.mkdir(exist_ok=True)
    for name, make in VECTORS.items():
        text = json.dumps(make(), indent=2, ensure_ascii=False, sort_keys=True)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
