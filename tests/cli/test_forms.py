"""`comity forms` and `comity unit` as people and scripts call them."""

from pathlib import Path

import pytest

from comity.kernel.codes import Role
from tests.harness.offices import Offices

FORM = """
id = "SI:fishing_boat"
clock = "8h"
name = { en = "Fishing boat", sl = "Ribiški čoln" }
[[fields]]
name = "sign"
kind = "text"
required = true
label = { en = "Call sign" }
"""


@pytest.fixture
def si(offices: Offices) -> Path:
    offices.account("SI", "approver", Role.APPROVER)
    offices.account("SI", "operator", Role.OPERATOR)
    return offices.path("SI")


def test_an_own_form_is_checked_added_shown_and_removed(comity, si: Path, tmp_path: Path) -> None:
    file = tmp_path / "boat.toml"
    file.write_text(FORM, encoding="utf-8")
    checked = comity("forms", "check", file, "--json")
    assert checked.json["id"] == "SI:fishing_boat"
    assert checked.json["untranslated"] == {"fr": 2, "es": 2, "ar": 2, "sl": 1}
    denied = comity("forms", "add", file, "--home", si, "--as", "operator", "--json")
    assert (denied.code, denied.error_code) == (4, "access.not_found")
    assert comity("forms", "add", file, "--home", si, "--as", "approver", "--json").code == 0
    listed = comity("forms", "list", "--home", si, "--language", "sl", "--json").json
    assert [(f["id"], f["name"]) for f in listed if f["own"]] == [("SI:fishing_boat", "Ribiški čoln")]
    assert "Call sign" in comity("forms", "show", "SI:fishing_boat", "--home", si).out
    assert comity("forms", "remove", "SI:fishing_boat", "--home", si, "--as", "approver").code == 0
    gone = comity("forms", "show", "SI:fishing_boat", "--home", si, "--json")
    assert (gone.code, gone.error_code) == (1, "form.unknown")


def test_a_file_that_may_not_be_added_says_where_it_is_wrong(comity, si: Path, tmp_path: Path) -> None:
    file = tmp_path / "boat.toml"
    file.write_text(FORM.replace("Call sign", "<b>Call</b>"), encoding="utf-8")
    refused = comity("forms", "add", file, "--home", si, "--json")
    assert (refused.code, refused.error_code) == (1, "form.text")
    assert refused.json["error"]["field"] == "fields[0].label.en"


def test_a_unit_is_opened_given_an_account_and_closed(comity, si: Path) -> None:
    opened = comity(
        "unit", "add", "customs", "--home", si, "--name", "Customs", "--kind", "authority", "--json"
    )
    assert opened.code == 0, opened.err
    again = comity(
        "unit", "add", "customs", "--home", si, "--name", "Customs", "--kind", "authority", "--json"
    )
    assert (again.code, again.error_code) == (1, "unit.exists")
    assert (
        comity("account", "add", "carina", "--home", si, "--role", "operator", "--unit", "customs").code == 0
    )
    listed = comity("account", "list", "--home", si, "--json").json
    assert {a["username"]: a["unit"] for a in listed} == {"approver": "", "operator": "", "carina": "customs"}
    assert comity("unit", "close", "customs", "--home", si).code == 0
    assert [u["active"] for u in comity("unit", "list", "--home", si, "--json").json] == [False]
