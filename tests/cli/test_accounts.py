"""`comity account`, `comity grant`: people, passwords, rights; no server runs."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from comity.kernel.codes import Role
from tests.harness.offices import Offices


@pytest.fixture
def si(offices: Offices) -> Path:
    return offices.path("SI")


def add(comity: Callable, home: Path, username: str, *roles: str, **more: str):
    options = [part for role in roles for part in ("--role", role)]
    options += [part for name, value in more.items() for part in (f"--{name}", value)]
    return comity("account", "add", username, "--home", home, *options, "--json")


def test_a_drawn_password_is_printed_once(comity, si: Path) -> None:
    made = add(comity, si, "night", "operator", "officer")
    assert made.code == 0
    assert len(made.json["password"]) >= 20
    listed = comity("account", "list", "--home", si, "--json")
    assert [(a["username"], a["roles"]) for a in listed.json] == [("night", ["officer", "operator"])]
    assert made.json["password"] not in listed.out


def test_a_password_from_a_file_is_not_printed(comity, si: Path, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("a long and quiet pass phrase\n")
    made = add(comity, si, "night", "operator", **{"password-file": str(tmp_path / "password")})
    assert made.code == 0
    assert "password" not in made.json
    assert "quiet" not in made.out + made.err


def test_a_weak_password_is_refused_and_nothing_is_made(comity, si: Path, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("short\n")
    made = add(comity, si, "night", "operator", **{"password-file": str(tmp_path / "password")})
    assert (made.code, made.error_code) == (1, "account.password_weak")
    assert comity("account", "list", "--home", si, "--json").json == []


def test_a_username_is_given_once(comity, si: Path) -> None:
    add(comity, si, "night", "operator")
    again = add(comity, si, "NIGHT", "supervisor")
    assert (again.code, again.error_code) == (1, "account.exists")


def test_only_an_administrator_adds_accounts_in_his_name(comity, offices: Offices, si: Path) -> None:
    offices.account("SI", "desk", Role.OPERATOR)
    offices.account("SI", "admin", Role.ADMINISTRATOR)
    assert add(comity, si, "new", "officer", **{"as": "desk"}).code == 4
    assert add(comity, si, "new", "officer", **{"as": "nobody"}).code == 4
    assert add(comity, si, "new", "officer", **{"as": "admin"}).code == 0


def test_an_unknown_role_is_wrong_usage(comity, si: Path) -> None:
    assert add(comity, si, "x", "king").code == 2


def test_a_grant_names_account_purposes_and_end(comity, si: Path) -> None:
    officer = add(comity, si, "patrol", "officer").json["officer"]
    made = comity(
        "grant", "--home", si, "--as", "patrol", "--purpose", "border_control", "--lifetime", "120", "--json"
    )
    assert made.code == 0
    body = made.json["grant"].split(".")[0]
    grant = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert (grant["officer"], grant["purposes"], grant["bureau"]) == (officer, ["border_control"], "SI")
    assert grant["expires_at"] - grant["issued_at"] == 120


@pytest.mark.parametrize("role", ["supervisor", "administrator"])
def test_roles_that_do_not_search_get_no_grant(comity, offices: Offices, si: Path, role: str) -> None:
    offices.account("SI", "somebody", Role(role))
    refused = comity("grant", "--home", si, "--as", "somebody", "--purpose", "border_control", "--json")
    assert (refused.code, refused.error_code) == (4, "access.not_found")


def test_a_grant_longer_than_a_shift_is_wrong_usage(comity, si: Path) -> None:
    assert (
        comity("grant", "--home", si, "--as", "patrol", "--purpose", "alert", "--lifetime", "43201").code == 2
    )


def test_searching_without_a_running_search_says_so(comity, offices: Offices, si: Path) -> None:
    offices.account("SI", "patrol", Role.OFFICER)
    refused = comity(
        "search",
        "document",
        "XQ1234567",
        "--home",
        si,
        "--as",
        "patrol",
        "--purpose",
        "border_control",
        "--json",
    )
    assert (refused.code, refused.error_code) == (1, "search.unavailable")
