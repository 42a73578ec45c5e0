"""The second implementation agrees with Comity on receipts that were signed together, and on changed ones."""

import ast
import copy
import json
from pathlib import Path

import pytest

from tests.interop import second_receipts

VECTORS = Path(__file__).parent.parent / "node" / "vectors"
CASE = json.loads((VECTORS / "receipts.json").read_text(encoding="utf-8"))
KEYS = json.loads((VECTORS / "keys.json").read_text(encoding="utf-8"))


def keys_of(node):
    return KEYS[node]["public"]


def test_it_agrees_on_tree_sheet_and_every_receipt():
    leaves = [second_receipts.node(b"\0", text.encode()) for text in CASE["stated"]]
    assert second_receipts.tree(leaves).hex() == CASE["root_hex"]
    assert second_receipts.sheet_holds(CASE["sheet"], keys_of("FR"))
    assert all(second_receipts.holds(receipt, keys_of("FR")) for receipt in CASE["receipts"])
    single = json.loads((VECTORS / "envelope.json").read_text(encoding="utf-8"))["receipt"]
    assert second_receipts.holds({"place": None, **single}, keys_of("FR"))


@pytest.mark.parametrize("index", range(len(CASE["receipts"])))
def test_what_is_changed_holds_nowhere(index):
    receipt = CASE["receipts"][index]
    for name, value in {"kind": "read", "envelope_digest": "0" * 64, "note": "x", "signature": {}}.items():
        assert not second_receipts.holds({**receipt, name: value}, keys_of("FR"))
    moved = copy.deepcopy(receipt)
    moved["place"]["index"] = (index + 1) % len(CASE["receipts"])
    assert not second_receipts.holds(moved, keys_of("FR"))
    assert not second_receipts.holds(receipt, keys_of("SI"))
    sheet = copy.deepcopy(CASE["sheet"])
    sheet["receipts"][index]["message_id"] = CASE["sheet"]["receipts"][index - 1]["message_id"]
    assert not second_receipts.sheet_holds(sheet, keys_of("FR"))


def test_it_stands_alone():
    source = Path(second_receipts.__file__).read_text(encoding="utf-8")
    imported = {
        name.split(".")[0]
        for found in ast.walk(ast.parse(source))
        if isinstance(found, ast.Import | ast.ImportFrom)
        for name in (
            [found.module] if isinstance(found, ast.ImportFrom) else [alias.name for alias in found.names]
        )
    }
    assert imported == {"base64", "hashlib", "json", "cryptography"}
