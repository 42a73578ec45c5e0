"""`comity index`: how it is, whether it is sound, building it anew."""

from pathlib import Path

import pytest

from comity.index import generations
from comity.index.writer import IndexWriter
from tests.index.feeding import AS_OF, Feed, document, person

SECRETARIAT = ("--role", "secretariat", "--name", "Secretariat", "--network", "trial")


@pytest.fixture(scope="module")
def node(comity, tmp_path_factory) -> Path:
    """A node whose index holds three records."""
    home = tmp_path_factory.mktemp("nodes") / "sec"
    assert comity("init", "--home", home, *SECRETARIAT).code == 0
    feed = Feed()
    with IndexWriter(home / "index", "XPO") as writer:
        writer.apply(
            [feed.put(body) for body in (document("AA1"), document("AA2"), person("Ana Testova"))], AS_OF
        )
    return home


def test_without_an_index_status_says_so(comity, tmp_path: Path) -> None:
    comity("init", "--home", tmp_path / "sec", *SECRETARIAT)
    found = comity("index", "status", "--home", tmp_path / "sec", "--json")
    assert (found.code, found.error_code) == (1, "index.unavailable")


def test_status_rebuild_verify(comity, node: Path) -> None:
    before = comity("index", "status", "--home", node, "--json").json
    assert (before["generation"], before["sequence"], before["records"], before["names"]) == (1, 3, 3, 1)
    assert before["as_of"] == AS_OF
    assert before["age_s"] > 0
    assert before["bytes"] > 0
    assert (before["rebuilding"], before["unfinished"], before["calibration"]) == (False, [], None)
    rebuilt = comity("index", "rebuild", "--home", node)
    assert (rebuilt.code, rebuilt.out.strip()) == (0, "Generation 2 is in use: 3 records.")
    after = comity("index", "status", "--home", node, "--json").json
    assert (after["generation"], after["sequence"], after["records"]) == (2, 3, 3)
    for scope in ("--all", "--sample=2"):
        verified = comity("index", "verify", "--home", node, scope, "--json")
        assert (verified.code, verified.json["faults"]) == (0, [])
        assert verified.json["whole"] == (scope == "--all")


def test_status_for_people(comity, node: Path) -> None:
    printed = comity("index", "status", "--home", node).out
    assert "shipped thresholds" in printed
    assert AS_OF in printed


def test_what_is_wrong_is_listed_without_personal_data(comity, node: Path) -> None:
    """I11, and exit code 1."""
    with IndexWriter(node / "index", "XPO") as writer:
        writer._write(lambda t: t.drop(writer._databases.exact, delete=False))
    for scope in ("--all", "--sample=100"):
        found = comity("index", "verify", "--home", node, scope)
        assert found.code == 1
        assert "exact: an entry that a record demands is missing (2)" in found.out
        assert not any(word in found.out + found.err for word in ("AA1", "Testova"))
    assert comity("index", "rebuild", "--home", node).code == 0
    assert comity("index", "verify", "--home", node, "--all").code == 0


def test_a_second_rebuild_is_refused(comity, node: Path) -> None:
    with generations.rebuilding(node / "index"):
        refused = comity("index", "rebuild", "--home", node, "--json")
        assert (refused.code, refused.error_code) == (1, "index.rebuilding")
        assert comity("index", "status", "--home", node, "--json").json["rebuilding"] is True


def test_without_a_line_a_rebuild_from_the_feed_changes_nothing(comity, node: Path) -> None:
    before = comity("index", "status", "--home", node, "--json").json["generation"]
    refused = comity("index", "rebuild", "--home", node, "--from-feed", "--json")
    assert (refused.code, refused.error_code) == (1, "peer.unreachable")
    after = comity("index", "status", "--home", node, "--json").json
    assert (after["generation"], after["unfinished"]) == (before, ["feed"])
