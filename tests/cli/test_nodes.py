"""`comity init`, `status`, `member list`: making nodes and refusing odd ones."""

import stat
from pathlib import Path

import pytest

SECRETARIAT = ("--role", "secretariat", "--name", "Secretariat", "--network", "trial")


def test_init_makes_a_private_home(comity, tmp_path: Path) -> None:
    made = comity("init", "--home", tmp_path / "sec", *SECRETARIAT, "--json")
    assert made.code == 0
    assert made.json["node"] == "SEC"
    assert stat.S_IMODE((tmp_path / "sec").stat().st_mode) == 0o700
    for path in (tmp_path / "sec").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_init_twice_is_refused_and_changes_nothing(comity, tmp_path: Path) -> None:
    comity("init", "--home", tmp_path / "sec", *SECRETARIAT)
    before = {path: path.read_bytes() for path in (tmp_path / "sec").rglob("*") if path.is_file()}
    again = comity("init", "--home", tmp_path / "sec", *SECRETARIAT, "--json")
    assert (again.code, again.error_code) == (1, "config.exists")
    assert before == {path: path.read_bytes() for path in (tmp_path / "sec").rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        (("--role", "bureau", "--name", "B", "--network", "n"), "config.missing", "--id"),
        (("--role", "bureau", "--id", "SI", "--name", "B", "--network", "n"), "config.missing", "--country"),
        (
            ("--role", "bureau", "--id", "SI", "--country", "SVN", "--name", "B", "--network", "n"),
            "config.missing",
            "secretariat.url",
        ),
        (
            ("--role", "bureau", "--id", "SI", "--country", "QQQ", "--name", "B", "--network", "n",
             "--secretariat-url", "https://sec.example:8443"),
            "config.odd_value",
            "node.country",
        ),
        (
            ("--role", "bureau", "--id", "SI", "--country", "SVN", "--name", "B", "--network", "n",
             "--secretariat-url", "http://sec.example:8443"),
            "config.odd_value",
            "secretariat.url",
        ),
        ((*SECRETARIAT, "--database", "mysql://x/y"), "config.odd_value", "database.url"),
        ((*SECRETARIAT, "--office-port", "99999"), "config.odd_value", "office.port"),
    ],
)  # fmt: skip
def test_init_names_what_is_missing_or_odd(comity, tmp_path: Path, arguments, code: str, field: str) -> None:
    made = comity("init", "--home", tmp_path / "node", *arguments, "--json")
    assert made.code == 1
    assert (made.error_code, made.json["error"]["field"]) == (code, field)
    assert made.json["error"]["remedy"]
    assert not (tmp_path / "node").exists()


def test_wrong_usage_ends_with_2(comity, tmp_path: Path) -> None:
    assert comity("init", "--home", tmp_path / "x", "--role", "king").code == 2
    assert comity("init").code == 2


def test_status_of_a_node_that_does_not_run(comity, tmp_path: Path) -> None:
    comity(
        "init", "--home", tmp_path / "sec", *SECRETARIAT, "--office-port", "20001", "--search-port", "20002"
    )
    found = comity("status", "--home", tmp_path / "sec", "--json")
    assert found.code == 3
    assert found.json["processes"] == {"office": False, "search": False}
    assert found.json["member"] is True
    assert found.json["problems"] == ["index.unavailable"]


def test_a_home_that_others_can_read_does_not_open(comity, tmp_path: Path) -> None:
    comity("init", "--home", tmp_path / "sec", *SECRETARIAT)
    (tmp_path / "sec" / "keys" / "ed25519.key").chmod(0o644)
    refused = comity("member", "list", "--home", tmp_path / "sec", "--json")
    assert (refused.code, refused.error_code) == (1, "config.permissions")


def test_an_unknown_key_in_the_settings_is_named(comity, tmp_path: Path) -> None:
    comity("init", "--home", tmp_path / "sec", *SECRETARIAT)
    settings = tmp_path / "sec" / "comity.toml"
    settings.write_text(settings.read_text() + "\n[search_]\nsafe = false\n")
    refused = comity("member", "list", "--home", tmp_path / "sec", "--json")
    assert (refused.code, refused.error_code, refused.json["error"]["field"]) == (
        1,
        "config.unknown_key",
        "search_",
    )


def test_a_post_belongs_to_a_bureau(comity, tmp_path: Path) -> None:
    made = comity(
        "init", "--home", tmp_path / "p", "--role", "post", "--id", "SI-post1", "--country", "SVN", "--name", "P",
        "--network", "n", "--secretariat-url", "https://sec.example:8443", "--json",
    )  # fmt: skip
    assert (made.code, made.json["error"]["field"]) == (1, "--bureau-url")


def test_an_invitation_that_is_none(comity, tmp_path: Path) -> None:
    comity("init", "--home", tmp_path / "sec", *SECRETARIAT)
    refused = comity("join", "--home", tmp_path / "sec", "-", "--json", stdin="comity-invitation-1.rubbish")
    assert (refused.code, refused.error_code) == (1, "invitation.invalid")


def test_members_of_a_new_network(comity, tmp_path: Path) -> None:
    comity("init", "--home", tmp_path / "sec", *SECRETARIAT)
    listed = comity("member", "list", "--home", tmp_path / "sec", "--json")
    assert [(m["node"], m["status"]) for m in listed.json["members"]] == [("SEC", "active")]
    assert "Secretariat" in comity("member", "list", "--home", tmp_path / "sec").out
