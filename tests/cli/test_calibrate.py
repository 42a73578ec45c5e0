"""`comity calibrate`: people on no list against the node's own index."""

import csv
from pathlib import Path

import pytest

from comity.index.writer import IndexWriter
from tests.index.feeding import AS_OF, Feed, person

SECRETARIAT = ("--role", "secretariat", "--name", "Secretariat", "--network", "trial")
LISTED = ("Mila Zoric", "Bojan Izmisljen", "Ana Testova", "Piotr Wymyslony", "Jean Personne")


@pytest.fixture
def node(comity, tmp_path: Path) -> Path:
    """A node whose index holds a few persons."""
    home = tmp_path / "sec"
    assert comity("init", "--home", home, *SECRETARIAT).code == 0
    feed = Feed()
    with IndexWriter(home / "index", "XPO") as writer:
        writer.apply([feed.put(person(name, births=["1970-05-03"])) for name in LISTED], AS_OF)
    return home


def clean_file(folder: Path, rows: list[tuple[str, str]]) -> Path:
    file = folder / "clean.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(("full_name", "date_of_birth"))
        writer.writerows(rows)
    return file


def test_made_up_people_give_thresholds_and_status_says_so(comity, node: Path) -> None:
    found = comity("calibrate", "--home", node, "--made-up", "700", "--json")
    assert found.code == 0, found.err
    calibration = found.json["calibration"]
    assert (calibration["people"], calibration["made_up"], calibration["names"]) == (700, 700, 5)
    by_cell = {(one["script"], one["shape"], one["rate"]): one for one in calibration["measured"]}
    assert by_cell["L", "name_date", "1%"]["threshold"] is not None
    assert by_cell["L", "name_date", "0.1%"]["threshold"] is None
    assert by_cell["G", "name", "1%"]["threshold"] is None
    status = comity("index", "status", "--home", node, "--json").json["calibration"]
    assert (status["people"], status["in_force"]) == (700, True)
    printed = comity("calibrate", "--home", node, "--made-up", "300").out
    assert "too few" in printed


def test_own_people_are_read_and_nothing_of_them_is_kept(comity, node: Path, tmp_path: Path) -> None:
    rows = [(f"Quirin Beispiel{number}", "1980-01-31") for number in range(300)]
    file = clean_file(
        tmp_path, [*rows, ("...", "1980"), ("Ana Beispiel", "31/31/1980"), ("Mila Zoric", "1970-05-03")]
    )
    found = comity("calibrate", "--home", node, "--clean", file, "--check", file, "--json")
    assert found.code == 0, found.err
    report = found.json
    assert report["calibration"]["people"] == 301
    assert report["not_read"] == {"rows": 4, "first": "clean.csv, line 302"}
    checked = {(one["script"], one["shape"], one["rate"]): one for one in report["checked"]}
    cell = {"script": "L", "shape": "name", "rate": "1%"}
    assert checked["L", "name", "1%"] == cell | {"people": 301, "alarms": 1, "holds": True}
    assert ("L", "name", "0.1%") not in checked
    assert b"Beispiel" not in (node / "index" / "calibration.json").read_bytes()


def test_thresholds_that_do_not_hold_for_others_are_told(comity, node: Path, tmp_path: Path) -> None:
    (others := tmp_path / "others").mkdir()
    alarmed = clean_file(others, [("Mila Zoric", "1970-05-03"), *[("Bojan Izmisljen", "1980-01-31")] * 40])
    nobody = clean_file(tmp_path, [(f"Quirin Beispiel{number}", "1980-01-31") for number in range(300)])
    found = comity("calibrate", "--home", node, "--clean", nobody, "--check", alarmed)
    assert found.code == 0, found.err
    assert "100.000% (too many)" in found.out
    held = comity("calibrate", "--home", node, "--clean", nobody, "--check-made-up", "30", "--json")
    assert {one["people"] > 0 and one["holds"] for one in held.json["checked"]} == {True}


def test_a_file_without_names_is_refused_and_changes_nothing(comity, node: Path, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("name;born\nA B;1980\n", encoding="utf-8")
    refused = comity("calibrate", "--home", node, "--clean", file, "--json")
    assert (refused.code, refused.error_code) == (1, "input.missing_field")
    assert not (node / "index" / "calibration.json").exists()
