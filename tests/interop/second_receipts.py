"""A second implementation of checking receipts, written from docs/protocol/envelope.md alone.

It imports nothing of Comity. A receipt is signed by itself, or together with others in a hash tree (RFC 9162).
"""

import base64
import hashlib
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey


def holds(receipt, keys):
    """Tell whether a complete receipt was signed with `keys` ({"ed25519": ..., "ml_dsa_65": ...})."""
    stated = canonical({name: receipt[name] for name in receipt if name not in {"signature", "place"}})
    if receipt["place"] is None:
        return signed(b"receipt", stated, receipt["signature"], keys)
    size, index = receipt["place"]["size"], receipt["place"]["index"]
    path = [octets(text) for text in receipt["place"]["path"]]
    if not 0 <= index < size <= 1024:
        return False
    root = climb(node(b"\0", stated), index, size, path)
    return not path and signed(b"receipt-sheet", size.to_bytes(8, "big") + root, receipt["signature"], keys)


def sheet_holds(sheet, keys):
    """Tell whether every receipt of a sheet, as it travels, was signed with `keys`."""
    if not sheet["signature"]:
        return all(holds(receipt, keys) for receipt in sheet["receipts"])
    stated = [
        canonical({name: receipt[name] for name in receipt if name not in {"signature", "place"}})
        for receipt in sheet["receipts"]
    ]
    root = tree([node(b"\0", text) for text in stated])
    return signed(b"receipt-sheet", len(stated).to_bytes(8, "big") + root, sheet["signature"], keys)


def climb(leaf, index, size, path):
    """Return the root of RFC 9162 section 2.1.3.2, taking what it uses out of `path`."""
    last = size - 1
    while last:
        if not path:
            return b""
        if index % 2 or index == last:
            leaf = node(b"\1", path.pop(0), leaf)
            while not index % 2 and index:
                index, last = index // 2, last // 2
        else:
            leaf = node(b"\1", leaf, path.pop(0))
        index, last = index // 2, last // 2
    return leaf


def tree(leaves):
    """Return the root, layer by layer: a node without neighbour moves up as it is."""
    while len(leaves) > 1:
        pairs = [node(b"\1", *leaves[at : at + 2]) for at in range(0, len(leaves) - 1, 2)]
        leaves = pairs + leaves[len(leaves) - len(leaves) % 2 :]
    return leaves[0]


def node(kind, *parts):
    return hashlib.sha256(kind + b"".join(parts)).digest()


def signed(context, data, signature, keys):
    message = b"comity/sign/1\0" + context + b"\0" + data
    try:
        Ed25519PublicKey.from_public_bytes(octets(keys["ed25519"])).verify(
            octets(signature["ed25519"]), message
        )
        MLDSA65PublicKey.from_public_bytes(octets(keys["ml_dsa_65"])).verify(
            octets(signature["ml_dsa_65"]), message
        )
    except (InvalidSignature, KeyError):
        return False
    return True


def canonical(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def octets(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
