"""`comity key` and `comity verify receipt`: keys of a node, the drill, papers that prove by themselves."""

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from comity.cli.drills import keys as drill
from comity.kernel.clock import SystemClock
from comity.node import member_keys
from comity.node.evidence import make_bundle
from tests.node.networks import build
from tests.node.test_node_evidence import proof_of, receipt_for, sealed

SECRETARIAT = ("--role", "secretariat", "--name", "Secretariat", "--network", "trial")
replace = msgspec.structs.replace


@pytest.fixture(scope="module")
def secretariat(comity, tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("keys") / "sec"
    assert comity("init", "--home", home, *SECRETARIAT).code == 0
    return home


def test_rotating_gives_new_keys_and_keeps_the_old_ones(comity, secretariat: Path) -> None:
    before = comity("key", "list", "--home", secretariat, "--json").json
    assert [line["held"] for line in before["keys"]] == [True]
    rotated = comity("key", "rotate", "--home", secretariat, "--json")
    assert rotated.code == 0, rotated.err
    present, former = rotated.json["keys"]
    assert (former["key"], former["held"]) == (before["keys"][0]["key"], True)
    assert present["key"] != former["key"]
    assert present["since"] == former["until"]
    assert rotated.json["secretariat_key"] == before["secretariat_key"]
    shown = comity("key", "list", "--home", secretariat)
    assert present["key"] in shown.out
    assert "present" in shown.out


def test_revoking_needs_an_instant_that_has_been(comity, secretariat: Path) -> None:
    ahead = ("key", "revoke", "--home", secretariat, "--as-of", "2099-01-01", "--yes", "--json")
    refused = comity(*ahead)
    assert (refused.code, refused.error_code) == (1, "input.impossible_date")
    assert comity("key", "revoke", "--home", secretariat, "--as-of", "noon", "--yes").code == 2
    assert comity("key", "revoke", "--home", secretariat, "--yes").code == 2
    unknown = comity(
        "key", "revoke", "--home", secretariat, "--as-of", "2026-01-01", "--key", "ab" * 16, "--yes", "--json"
    )
    assert (unknown.code, unknown.error_code) == (1, "keys.unknown")


def test_revoking_changes_the_key_and_lists_what_is_exposed(comity, secretariat: Path) -> None:
    lost = comity("key", "list", "--home", secretariat, "--json").json["keys"][0]["key"]
    done = comity("key", "revoke", "--home", secretariat, "--as-of", "2026-01-01", "--yes", "--json")
    assert done.code == 0, done.err
    assert (done.json["revoked"], done.json["exposed"]) == (lost, [])
    assert done.json["present"] != lost
    lines = comity("key", "list", "--home", secretariat, "--json").json["keys"]
    assert [line["revoked_as_of"] for line in lines if line["key"] == lost] == ["2026-01-01T00:00:00.000000Z"]
    again = comity("key", "revoke", "--home", secretariat, "--as-of", "2025-06-01", "--key", lost, "--yes")
    assert again.code == 0
    assert "0 messages" in again.out


def test_unjoined_node_has_no_listed_keys(comity, tmp_path: Path) -> None:
    bureau = (
        "--role", "bureau", "--id", "SI", "--country", "SVN", "--name", "B", "--network", "n",
        "--secretariat-url", "https://localhost:1",
    )  # fmt: skip
    assert comity("init", "--home", tmp_path / "si", *bureau).code == 0
    refused = comity("key", "rotate", "--home", tmp_path / "si", "--json")
    assert (refused.code, refused.error_code) == (1, "directory.missing")


def test_drill_keeps_every_promise(comity) -> None:
    done = comity("key", "drill", "--json")
    assert done.code == 0
    assert done.json["kept"] is True
    assert len(done.json["tried"]) >= 16
    assert {each["kept"] for each in done.json["tried"]} == {True}
    shown = comity("key", "drill")
    assert shown.out.count("kept") == len(done.json["tried"])
    assert "BROKEN" not in shown.out


def test_drill_says_which_promise_is_broken(monkeypatch) -> None:
    """A drill that cannot fail proves nothing."""
    monkeypatch.setattr(member_keys, "counts_at", lambda former, dated: True)
    done = drill.run_key_drill(SystemClock().now())
    assert not done.kept
    broken = [each for each in done.tried if not each.kept]
    assert [(each.promise, each.detail) for each in broken] == [
        ("What the lost key signs after its loss is refused", "allowed")
    ]


@pytest.fixture(scope="module")
def paper(tmp_path_factory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("paper")
    network = build(folder)
    envelope = sealed(network)
    receipt = receipt_for(network, envelope)
    bundle = make_bundle(receipt, proof_of(envelope, "FR"), network.signed)
    file = folder / "paper.json"
    file.write_bytes(msgspec.json.encode(bundle))
    return SimpleNamespace(network=network, bundle=bundle, file=file, folder=folder)


def test_paper_is_checked_without_a_node(comity, paper) -> None:
    found = comity("verify", "receipt", paper.file, "--json")
    assert found.code == 0
    told = found.json
    assert (told["kind"], told["signed_by"], told["sender"], told["sequence"]) == ("read", "FR", "SI", 5)
    assert told["secretariat_key_known"] is False
    shown = comity("verify", "receipt", paper.file)
    assert "FR confirms that it has opened message" in shown.out
    assert "signed by SI" in shown.out
    assert "Compare the secretariat key" in shown.out


def test_paper_is_compared_with_the_secretariat_that_one_knows(comity, paper) -> None:
    key = paper.network.homes["SEC"].signing.public.key_id
    for known in (("--secretariat-key", key), ("--home", paper.network.homes["SI"].path)):
        found = comity("verify", "receipt", paper.file, *known, "--json")
        assert (found.code, found.json["secretariat_key_known"]) == (0, True)
    refused = comity("verify", "receipt", paper.file, "--secretariat-key", "ab" * 16, "--json")
    assert (refused.code, refused.error_code) == (1, "directory.signature")


def test_paper_that_was_touched_does_not_hold(comity, paper) -> None:
    file = paper.folder / "touched.json"
    bad = replace(paper.bundle, receipt=replace(paper.bundle.receipt, at="2026-03-01T12:00:01.000000Z"))
    file.write_bytes(msgspec.json.encode(bad))
    refused = comity("verify", "receipt", file, "--json")
    assert (refused.code, refused.error_code) == (1, "receipt.invalid")


def test_receipt_alone_needs_a_node(comity, paper) -> None:
    file = paper.folder / "alone.json"
    file.write_bytes(msgspec.json.encode(paper.bundle.receipt))
    refused = comity("verify", "receipt", file, "--json")
    assert (refused.code, refused.error_code) == (1, "config.missing")
    found = comity("verify", "receipt", file, "--home", paper.network.homes["SI"].path, "--json")
    assert (found.code, found.json["signed_by"]) == (0, "FR")


def test_what_is_no_receipt(comity, paper) -> None:
    file = paper.folder / "none.json"
    file.write_text("{}")
    refused = comity("verify", "receipt", file, "--home", paper.network.homes["SI"].path, "--json")
    assert (refused.code, refused.error_code) == (1, "input.not_json")
    assert comity("verify", "receipt", paper.folder / "absent.json").code == 2
