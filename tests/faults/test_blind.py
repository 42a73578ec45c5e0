"""I3: the relay keeps no byte of what it carries, and only the fields that the protocol lists."""

import base64
import re
from pathlib import Path

import pytest

from comity.cli.demo.canary import files_with

ENVELOPE = Path(__file__).resolve().parents[2] / "docs" / "protocol" / "envelope.md"
ROW = re.compile(r"^\| (envelope|header|stanza|kept) \| ([^|]+) \|", re.MULTILINE)
CANARY = "canary-0123456789abcdef"


def listed() -> dict[str, set[str]]:
    """The fields of the protocol's table of what the relay sees, by part."""
    fields: dict[str, set[str]] = {}
    for part, names in ROW.findall(ENVELOPE.read_text("utf-8")):
        fields.setdefault(part, set()).update(re.findall(r"`(\w+)`", names))
    return fields


@pytest.mark.timeout(600)
def test_the_relay_holds_no_canary_and_the_listed_fields_only(proof):
    """I3: files, tables, write-ahead logs, journal and logs, on both databases."""
    code, report = proof("blind", "--messages", "200")
    assert report["found_at_relay"] == []
    assert (report["found_at_sender"], report["found_at_recipient"]) == (True, True)
    assert (report["messages"], report["delivered"]) == (200, 200)
    assert (report["attachments"], report["attachments_delivered"]) == (20, 20)
    assert code == 0
    assert report["searched_files"] > 50
    fields = listed()
    assert set(report["seen"]["header"]) == fields["header"]
    assert set(report["seen"]["stanza"]) == fields["stanza"]
    assert set(report["seen"]["envelope"]) - {"header", "stanzas"} == fields["envelope"]
    known = set().union(*fields.values()) | {"header", "stanzas"}
    stored = {name for path in report["stored"] for name in path.split(".")[1:]}
    assert stored - known == set()
    assert {"wrapped_key", "ciphertext", "acknowledged_at"} <= stored, "not even what waits there was seen"


@pytest.mark.parametrize(
    "disguise",
    [
        CANARY.encode(),
        CANARY.encode("utf-16-le"),
        CANARY.encode("utf-16-be"),
        CANARY.encode().hex().encode(),
        CANARY.encode().hex().upper().encode(),
        *(base64.b64encode(b"x" * shift + CANARY.encode() + b"tail") for shift in range(3)),
        *(base64.urlsafe_b64encode(b"x" * shift + CANARY.encode() + b"tail") for shift in range(3)),
    ],
)
def test_the_search_finds_every_disguise(tmp_path, disguise):
    (tmp_path / "wal").write_bytes(b"\0" * 12_345 + disguise + b"\xff" * 99)
    assert files_with(CANARY, tmp_path) == [tmp_path / "wal"]
