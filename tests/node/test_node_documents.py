"""The protocol documents name every field, context and refusal that the code knows."""

import re
from pathlib import Path

import pytest

from comity.crypto.signing import SigningContext
from comity.kernel.error_codes import ErrorCode
from comity.protocol.feed import FeedOperation
from comity.protocol.members import FormerKeys
from comity.protocol.messages import (
    SUITE,
    AttachmentRef,
    Envelope,
    EnvelopeHeader,
    MessageReceipt,
    Payload,
    SealedHeader,
    Stanza,
)

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs" / "protocol"
TEXT = "".join(path.read_text(encoding="utf-8") for path in sorted(DOCUMENTS.glob("*.md")))
REFUSALS = ("envelope.", "directory.", "invitation.", "feed.", "grant.", "receipt.", "member.")


@pytest.mark.parametrize("code", [code for code in ErrorCode if code.startswith(REFUSALS)])
def test_every_refusal_between_nodes_is_documented(code):
    assert f"`{code}`" in TEXT


@pytest.mark.parametrize("word", [*SigningContext, *FeedOperation])
def test_every_context_and_operation_is_documented(word):
    assert f"`{word}`" in TEXT


@pytest.mark.parametrize(
    "field",
    sorted(
        {
            field
            for described in (MessageReceipt, Payload, SealedHeader, AttachmentRef, FormerKeys)
            for field in described.__struct_fields__
        }
    ),
)
def test_every_field_is_documented(field):
    assert f"`{field}`" in TEXT


def test_suite_is_documented_as_it_is():
    assert SUITE in TEXT


def test_what_the_relay_sees_is_listed_field_by_field():
    """I3: the table is what an envelope holds in the open, no more and no less."""
    text = (DOCUMENTS / "envelope.md").read_text(encoding="utf-8")
    table = text.split("### What the relay sees")[1].split("### ")[0]
    listed = {
        (part, field)
        for part, field in re.findall(r"^\| (header|stanza|envelope) \| `(\w+)` \|", table, re.MULTILINE)
    }
    inside = {"header": EnvelopeHeader, "stanza": Stanza}
    held = {(part, field) for part, struct in inside.items() for field in struct.__struct_fields__}
    assert listed == held | {
        ("envelope", f) for f in Envelope.__struct_fields__ if f not in ("header", "stanzas")
    }


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.md")), ids=lambda path: path.name)
def test_document_says_what_it_is(path):
    head = path.read_text(encoding="utf-8")[:600]
    for row in ("| document |", "| version |", "| history |"):
        assert row in head
