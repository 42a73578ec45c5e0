"""`comity case`: the list, one case by its number, and templates from a file."""

from comity.kernel.codes import Role

TEMPLATE = """
id = "SI:boat"
name = { en = "Fishing boat", sl = "Ribiški čoln" }
[[tasks]]
words = { en = "Call the port" }
"""


def open_one(offices):
    with offices.at("SI"):
        from comity.office.access import caller_for_account
        from comity.office.cases.opening import open_case
        from comity.office.people.models import Account
        from comity.office.scoping import acting_for
        from tests.office.core.making import now

        with acting_for("SI"):
            operator = caller_for_account(Account.objects.get(username="operator"))
            return open_case(operator, "White van", now(), template="missing_person").number


def test_a_case_is_listed_and_shown_by_its_number(offices, comity):
    offices.account("SI", "operator", Role.OPERATOR)
    who = ("--home", offices.path("SI"), "--as", "operator")
    number = open_one(offices)
    (line,) = comity("case", "list", *who, "--json").json
    assert (line["number"], line["state"], line["label"]) == (number, "open", "restricted")
    assert number in comity("case", "list", *who, "--state", "open").out
    shown = comity("case", "show", *who, number.lower()).out
    assert "White van" in shown
    assert "Ask the bureaus where the person may be" in shown
    assert len(comity("case", "show", *who, number, "--json").json["items"]) == 5
    refused = comity("case", "show", *who, "SI-1999-000001", "--json")
    assert (refused.code, refused.error_code) == (1, "case.not_found")


def test_a_template_is_added_listed_and_removed(offices, comity, tmp_path):
    offices.account("SI", "approver", Role.APPROVER)
    home, file = ("--home", offices.path("SI")), tmp_path / "boat.toml"
    file.write_text(TEMPLATE, encoding="utf-8")
    added = comity("case", "add-template", file, *home, "--as", "approver", "--json")
    assert added.json == {"added": "SI:boat"}
    listed = {
        line["id"]: line for line in comity("case", "templates", *home, "--language", "sl", "--json").json
    }
    assert listed["SI:boat"]["name"] == "Ribiški čoln"
    assert listed["document_hit"]["tasks"] == 4
    assert comity("case", "remove-template", "SI:boat", *home, "--as", "approver").code == 0
    file.write_text(TEMPLATE.replace("SI:", "FR:"), encoding="utf-8")
    refused = comity("case", "add-template", file, *home, "--as", "approver", "--json")
    assert (refused.code, refused.error_code) == (1, "case.template")
