"""`comity demo --once --json`: the whole story as one command, every promise held, nothing left behind."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

TRUE = (
    "document_hit",
    "listed_person_found_by_alias",
    "arabic_spelling_found",
    "restricted_record_invisible_to_denied_country",
    "no_record_complete",
    "dead_source_marked_incomplete",
    "receipt_verified",
    "relay_holds_no_plaintext",
    "post_answers_offline",
    "search_without_purpose_refused",
)
MEASURED = ("alarm_searcher_ms", "alarm_owner_ms", "message_delivered_ms", "withdrawn_gone_ms", "world_up_s")
NODES = {"SEC", "SI", "FR", "MA", "SI-post1"}
TIMEOUT_S = 280
"""A minute on a free machine of two cores."""


@pytest.mark.requires_shared
def test_the_demo_holds_every_promise(shared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "world"
    command = [sys.executable, "-m", "comity", "demo", "--once", "--json", "--dir", str(folder)]
    done = subprocess.run(
        [*command, "--list", str(shared / "data" / "ofac")],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    report = json.loads(done.stdout)
    assert {name: report[name] for name in TRUE} == dict.fromkeys(TRUE, True), report["details"]
    assert all((report[name] or 0) > 0 for name in MEASURED), report
    assert {receipt["copy"] for receipt in report["deletion_receipts"]} == NODES
    assert all(receipt["signature_verified"] for receipt in report["deletion_receipts"])
    assert report["details"]["listed"] == 4620
    assert (done.returncode, done.stderr) == (0, "")
    left = subprocess.run(["pgrep", "-f", f"--home {folder}"], capture_output=True, text=True, check=False)
    assert left.stdout == "", "processes were left behind"
