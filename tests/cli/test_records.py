"""`comity records` and `comity import`: files, bad lines, owners; no server runs."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from comity.kernel.codes import Role
from tests.harness.offices import Offices

CARS = "owner_reference,purpose,legal_basis,plate,plate_country,make\n"
GOOD = "R-{0},identification,Register,KR XQ-{0},SVN,Renault\n"
PERSON = {
    "owner_reference": "P-1",
    "purpose": "wanted_persons",
    "legal_basis": "Warrant 1/26",
    "status": "charged",
    "content": {"names": [{"text": "Zofka Kvedralič"}], "nationalities": ["SVN"]},
}


class Desk:
    """A data owner's command line at one bureau."""

    def __init__(self, comity, home: Path, folder: Path) -> None:
        self._comity, self.home, self._folder = comity, home, folder

    def run(self, *arguments: str | Path):
        return self._comity("records", *arguments, "--home", self.home, "--as", "data", "--json")

    def file(self, name: str, content: str | bytes) -> Path:
        path = self._folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def submit(self, name: str, content: str | bytes, collection: str = "vehicles", *more: str):
        return self.run("submit", self.file(name, content), "--collection", collection, *more)

    def listed(self) -> list[dict[str, Any]]:
        return self.run("list").json


@pytest.fixture
def desk(comity, offices: Offices, tmp_path: Path) -> Desk:
    offices.account("SI", "data", Role.DATA_OWNER)
    return Desk(comity, offices.path("SI"), tmp_path)


def person(**changes: Any) -> str:
    return json.dumps({**PERSON, **changes}, ensure_ascii=False) + "\n"


def test_a_table_is_entered(desk: Desk) -> None:
    done = desk.submit("cars.csv", CARS + GOOD.format(1) + GOOD.format(2))
    assert done.code == 0
    assert (done.json["accepted"], done.json["problems"]) == (2, [])
    assert {(r["owner_reference"], r["state"]) for r in desk.listed()} == {
        ("R-1", "pending"),
        ("R-2", "pending"),
    }


def test_a_table_with_a_byte_order_mark_is_entered(desk: Desk) -> None:
    assert desk.submit("cars.csv", b"\xef\xbb\xbf" + (CARS + GOOD.format(1)).encode()).code == 0


def test_json_lines_are_entered_in_any_script(desk: Desk) -> None:
    lines = person() + person(owner_reference="P-2", content={"names": [{"text": "زهرة القنادسي"}]})
    done = desk.submit("people.jsonl", lines, "persons")
    assert (done.code, done.json["accepted"]) == (0, 2)
    assert {r["title"] for r in desk.listed()} == {"Zofka Kvedralič", "زهرة القنادسي"}


def test_what_show_prints_can_be_changed_and_given_back(desk: Desk, tmp_path: Path) -> None:
    (record_id,) = desk.submit("people.jsonl", person(), "persons").json["record_ids"]
    shown = desk.run("show", record_id).json["record"]
    shown["label"] = "confidential"
    path = desk.file("changed.jsonl", json.dumps(shown))
    changed = desk.run("change", record_id, path, "--base-version", "1")
    assert (changed.code, changed.json["version"]) == (0, 2)
    again = desk.run("change", record_id, path, "--base-version", "1")
    assert (again.code, again.error_code) == (1, "record.version_conflict")


# Bad input: each with its stable code, and nothing changed (I13).


def test_wrong_encoding(desk: Desk) -> None:
    refused = desk.submit(
        "cars.csv", (CARS + GOOD.format(1)).replace("Register", "Régistre").encode("latin-1")
    )
    assert (refused.code, refused.error_code) == (1, "input.wrong_encoding")
    assert refused.json["error"]["field"] == "cars.csv"
    assert desk.listed() == []


@pytest.mark.parametrize(
    "content",
    ["", "hairdo\nred\n", CARS.replace("make", "bearer_name") + GOOD.format(1), "plate,plate\nX1,X1\n"],
)
def test_unreadable_header(desk: Desk, content: str) -> None:
    refused = desk.submit("cars.csv", content)
    assert (refused.code, refused.error_code) == (1, "input.bad_csv")
    assert desk.listed() == []


def test_all_or_nothing_enters_nothing(desk: Desk) -> None:
    bad = GOOD.format(2).replace("SVN", "QQQ")
    refused = desk.submit("cars.csv", CARS + GOOD.format(1) + bad)
    assert refused.code == 1
    assert refused.json["accepted"] == 0
    assert [(p["line"], p["code"], p["field"]) for p in refused.json["problems"]] == [
        (3, "input.unknown_country", "plate_country")
    ]
    assert desk.listed() == []


def test_skip_bad_enters_the_rest(desk: Desk) -> None:
    bad = GOOD.format(2).replace("SVN", "QQQ")
    done = desk.submit(
        "cars.csv", CARS + GOOD.format(1) + bad + GOOD.format(3), "vehicles", "--on-error", "skip-bad"
    )
    assert done.code == 3
    assert (done.json["accepted"], [p["line"] for p in done.json["problems"]]) == (2, [3])
    assert {r["owner_reference"] for r in desk.listed()} == {"R-1", "R-3"}


FAR = (datetime.now(UTC) + timedelta(days=366 * 6)).strftime("%Y-%m-%d")


BAD_PERSONS = (
    ({"expires": FAR}, "record.expiry_beyond_ceiling", "expires"),
    ({"expires": "2020-01-01"}, "record.expiry_past", "expires"),
    ({"expires": "2027-02-30"}, "input.impossible_date", "expires"),
    ({"status": None}, "record.status_missing", "status"),
    ({"status": "king"}, "input.not_a_choice", "status"),
    ({"purpose": ""}, "purpose.missing", "purpose"),
    ({"legal_basis": ""}, "input.missing_field", "legal_basis"),
    ({"allow": ["FRA"], "deny": ["MAR"]}, "record.restriction_odd", "deny"),
    ({"deny": ["SVN"]}, "record.restriction_odd", "deny"),
    ({"bearer": "somebody"}, "input.unknown_field", "bearer"),
    ({"content": {"names": [{"text": "12 34"}]}}, "input.bad_name", "content.names[0].text"),
    ({"content": {**PERSON["content"], "nationalities": ["QQQ"]}}, "input.unknown_country",
     "content.nationalities[0]"),
    ({"content": {**PERSON["content"], "shoe_size": 43}}, "input.unknown_field", "content.shoe_size"),
    ({"content": {**PERSON["content"], "births": [
        {"earliest": "1990-02-30", "latest": "1990-02-30", "precision": "exact"}]}},
     "input.impossible_date", "content.births[0]"),
)  # fmt: skip


def test_every_bad_line_is_named_with_code_field_and_remedy(desk: Desk) -> None:
    lines = "".join(person(**changes) for changes, _, _ in BAD_PERSONS)
    refused = desk.submit("people.jsonl", person() + lines, "persons")
    assert refused.code == 1
    found = [(p["line"], p["code"], p["field"]) for p in refused.json["problems"]]
    assert found == [(line, code, field) for line, (_, code, field) in enumerate(BAD_PERSONS, start=2)]
    assert all(problem["remedy"] for problem in refused.json["problems"])
    assert desk.listed() == []


def test_a_line_that_is_no_json(desk: Desk) -> None:
    refused = desk.submit("people.jsonl", person() + "{not json\n", "persons")
    assert [(p["line"], p["code"]) for p in refused.json["problems"]] == [(2, "input.not_json")]
    assert desk.listed() == []


def test_an_overlong_line(desk: Desk) -> None:
    huge = person(content={**PERSON["content"], "remarks": "x" * 70_000})
    refused = desk.submit("people.jsonl", huge, "persons")
    assert (refused.code, refused.json["problems"][0]["code"]) == (1, "limit.body")


def test_a_report_never_repeats_what_a_line_says(desk: Desk) -> None:
    refused = desk.submit(
        "people.jsonl", person(content={"names": [{"text": "Kanarinka"}], "x": 1}), "persons"
    )
    assert refused.code == 1
    assert "Kanarinka" not in refused.out + refused.err


def test_only_who_may_enters_records(comity, desk: Desk, offices: Offices) -> None:
    offices.account("SI", "patrol", Role.OFFICER)
    file = desk.file("cars.csv", CARS + GOOD.format(1))
    refused = comity(
        "records", "submit", file, "--collection", "vehicles", "--home", desk.home, "--as", "patrol", "--json"
    )
    assert (refused.code, refused.error_code) == (4, "access.not_found")
    assert desk.listed() == []


def test_a_record_of_another_bureau_does_not_exist_here(
    comity, desk: Desk, offices: Offices, tmp_path: Path
) -> None:
    """I5: whoever is not the owner cannot even tell that there is something to withdraw."""
    (record_id,) = desk.submit("people.jsonl", person(), "persons").json["record_ids"]
    offices.account("FR", "data", Role.DATA_OWNER)
    stranger = Desk(comity, offices.path("FR"), tmp_path)
    refused = stranger.run("withdraw", record_id, "--reason", "because")
    assert (refused.code, refused.error_code) == (1, "record.not_found")
    assert [r["state"] for r in desk.listed()] == ["pending"]


def test_withdrawing_needs_a_reason(desk: Desk) -> None:
    (record_id,) = desk.submit("people.jsonl", person(), "persons").json["record_ids"]
    assert desk.run("withdraw", record_id).code == 2
    blank = desk.run("withdraw", record_id, "--reason", "  ")
    assert (blank.code, blank.error_code) == (1, "input.missing_field")
    done = desk.run("withdraw", record_id, "--reason", "found")
    assert (done.code, done.json["state"]) == (0, "withdrawing")
    assert desk.run("receipts", record_id).code == 3


# Lists of others.


def test_columns_make_a_template(comity) -> None:
    columns = comity("records", "columns", "vehicles").out.strip().split(",")
    assert columns[:3] == ["owner_reference", "purpose", "legal_basis"]
    assert "vin" in columns


def test_an_import_is_reported_and_entered_once(comity, desk: Desk, tmp_path: Path) -> None:
    table = "plate,make,year,owner\nABC123,Toyota,1999,somebody\nXYZ9,Mazda,unknown,\n"
    file = desk.file("stolen.csv", table)
    report = tmp_path / "problems.jsonl"
    dry = comity("import", "vehicles", file, "--dry-run", "--json", "--report", report)
    assert (dry.code, dry.json["records"], dry.json["entered"]) == (0, 2, 0)
    assert dry.json["not_understood"] == {"column": 1, "year": 1}
    listed = [json.loads(line) for line in report.read_text().splitlines()]
    assert sorted(problem["field"] for problem in listed) == ["column", "year"]
    first = comity(
        "import", "vehicles", file, "--home", desk.home, "--as", "data", "--country", "NZL", "--json"
    )
    assert (first.code, first.json["entered"], first.json["already_there"]) == (0, 2, 0)
    again = comity(
        "import", "vehicles", file, "--home", desk.home, "--as", "data", "--country", "NZL", "--json"
    )
    assert (again.code, again.json["entered"], again.json["already_there"]) == (0, 0, 2)
    assert len(desk.listed()) == 2


def test_an_import_needs_a_home_or_a_dry_run(comity, desk: Desk) -> None:
    file = desk.file("stolen.csv", "plate\nABC123\n")
    refused = comity("import", "vehicles", file, "--json")
    assert (refused.code, refused.error_code, refused.json["error"]["field"]) == (
        1,
        "config.missing",
        "--home",
    )


def test_the_published_list_is_understood(comity, shared: Path) -> None:
    done = comity("import", "ofac", shared / "data" / "ofac", "--dry-run", "--json")
    assert (done.code, done.json["of"], done.json["records"]) == (0, "individuals", 4620)
    assert done.json["share_understood"]["birth_date"] >= 0.9
    assert done.json["share_understood"]["passport"] >= 0.9
    assert len(done.json["details"]) == sum(done.json["not_understood"].values())


def test_a_folder_without_the_list(comity, tmp_path: Path) -> None:
    refused = comity("import", "ofac", tmp_path, "--dry-run", "--json")
    assert (refused.code, refused.json["error"]["field"]) == (1, "sdn.csv")
