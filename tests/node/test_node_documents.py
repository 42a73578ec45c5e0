"""The protocol documents name every field, context and refusal that the code knows."""

from pathlib import Path

import pytest

from comity.crypto.signing import SigningContext
from comity.kernel.error_codes import ErrorCode
from comity.protocol.feed import FeedOperation
from comity.protocol.messages import SUITE, EnvelopeHeader, MessageReceipt, Payload

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
        {*EnvelopeHeader.__struct_fields__, *MessageReceipt.__struct_fields__, *Payload.__struct_fields__}
    ),
)
def test_every_field_is_documented(field):
    assert f"`{field}`" in TEXT


def test_suite_is_documented_as_it_is():
    assert SUITE in TEXT


@pytest.mark.parametrize("path", sorted(DOCUMENTS.glob("*.md")), ids=lambda path: path.name)
def test_document_says_what_it_is(path):
    head = path.read_text(encoding="utf-8")[:600]
    for row in ("| document |", "| version |", "| history |"):
        assert row in head
