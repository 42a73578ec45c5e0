"""The command line on nodes that run: search, messages, withdrawals, and papers checked without any line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from comity.cli.options import HOME_VARIABLE
from comity.kernel.ids import NodeId
from tests.harness.worlds import TestWorld
from tests.world.conftest import Owner, eventually, new_number


class Cli:
    """`comity ... --json` at the nodes of a world."""

    def __init__(self, world: TestWorld) -> None:
        self._world = world

    def run(self, node: str, *arguments: str | Path, stdin: str = "") -> tuple[int, dict]:
        command = [sys.executable, "-m", "comity", *map(str, arguments)]
        home = self._world.homes[NodeId(node)].path
        done = subprocess.run(
            [*command, "--home", str(home), "--json"],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env={name: value for name, value in os.environ.items() if name != HOME_VARIABLE},
        )
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)


@pytest.fixture
def cli(world: TestWorld) -> Cli:
    return Cli(world)


def test_status_of_a_node_that_runs(cli: Cli) -> None:
    code, found = cli.run("SI", "status")
    assert (code, found["processes"], found["members"]) == (0, {"office": True, "search": True}, 5)
    assert found["copy_age_s"] < 60


def test_a_search_from_the_command_line(cli: Cli, fr: Owner) -> None:
    number = new_number()
    record = fr.passport(number)
    asked = (
        "search",
        "document",
        number,
        "--as",
        "officer",
        "--purpose",
        "border_control",
        "--notify",
        "never",
    )
    code, answer = eventually(
        lambda: found if (found := cli.run("SI", *asked))[1].get("state") == "HIT" else None, "a hit"
    )
    assert code == 0
    assert [each["record_id"] for each in answer["candidates"]] == [record]


def test_a_bad_question_keeps_its_code(cli: Cli) -> None:
    code, error = cli.run(
        "SI", "search", "person", "Kos Ana", "--nationality", "QQQ", "--as", "officer", "--purpose", "alert"
    )
    assert (code, error["error"]["code"], error["error"]["field"]) == (
        1,
        "input.unknown_country",
        "query.nationality",
    )


def test_a_message_and_its_receipt(cli: Cli, tmp_path: Path) -> None:
    to_fr = ("message", "send", "--as", "operator", "--to", "FR", "--subject", "Car", "-")
    code, sent = cli.run("SI", *to_fr, stdin="Prosim za potrditev.")
    assert (code, sent["state"]) == (0, "queued")
    show = ("message", "show", sent["message_id"], "--as", "operator")
    eventually(lambda: cli.run("FR", *show)[0] == 0, "FR has it")
    papers = tmp_path / "papers"
    shown = eventually(
        lambda: m if len((m := cli.run("SI", *show, "--receipts", papers)[1])["receipts"]) == 2 else None,
        "receipts",
    )
    assert shown["state"] == "read"
    assert sent["message_id"] in {
        m["message_id"] for m in cli.run("SI", "message", "list", "--as", "operator")[1]
    }
    code, verified = cli.run("MA", "verify", "receipt", papers / "delivered.json")
    assert (code, verified["signed_by"], verified["message_id"]) == (0, "FR", sent["message_id"])
    assert verified["envelope_digest"] == shown["envelope_digest"]
    paper = papers / "paper.json"
    asked = ("message", "receipt", sent["message_id"], "--as", "operator", "--kind", "read", "--out", paper)
    assert cli.run("SI", *asked)[0] == 0
    code, told = cli.run("MA", "verify", "receipt", paper)
    assert (code, told["kind"], told["sender"], told["secretariat_key_known"]) == (0, "read", "SI", True)
    forged = papers / "forged.json"
    forged.write_text((papers / "delivered.json").read_text().replace('"delivered"', '"read"'))
    code, error = cli.run("MA", "verify", "receipt", forged)
    assert (code, error["error"]["code"]) == (1, "receipt.invalid")


def test_a_withdrawal_and_the_receipts_of_all_copies(
    cli: Cli, world: TestWorld, fr: Owner, tmp_path: Path
) -> None:
    record = fr.passport(new_number())
    arguments = (record, "--as", "data_owner")
    eventually(lambda: cli.run("FR", "records", "show", *arguments)[1]["state"] == "in_force", "in force")
    code, withdrawn = cli.run("FR", "records", "withdraw", *arguments, "--reason", "found")
    assert (code, withdrawn["state"]) == (0, "withdrawing")
    code, copies = eventually(
        lambda: found if (found := cli.run("FR", "records", "receipts", *arguments))[0] == 0 else None,
        "all copies",
    )
    assert {copy["copy"] for copy in copies} == set(world.homes)
    paper = tmp_path / "receipt.json"
    paper.write_text(json.dumps(copies[0]["receipt"]))
    code, verified = cli.run("SI", "verify", "receipt", paper)
    assert (code, verified["kind"], verified["signed_by"]) == (0, "copy", copies[0]["copy"])
    assert record in verified["withdrawn"]
