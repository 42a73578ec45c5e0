"""Every command explains itself, and the overview does not wait for what it does not need."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from comity.cli.commands.accounts import LONGEST_LIFE_S
from comity.cli.main import COMMANDS, cli
from comity.node.grants import MAX_GRANT_SECONDS


def commands() -> list[tuple[str, ...]]:
    """Every command of the tree as the words that call it."""
    found: list[tuple[str, ...]] = []

    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        found.append(path)
        if isinstance(command, click.Group) and path:
            for name, inner in command.commands.items():
                walk(inner, (*path, name))

    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)  # type: ignore[attr-defined]
        assert command is not None, name
        walk(command, (name,))
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_command_has_help(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, [*words, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_leaf_commands_show_examples(words: tuple[str, ...]) -> None:
    output = CliRunner().invoke(cli, [*words, "--help"]).output
    assert "Commands:" in output or "Examples:" in output


def test_overview_imports_no_office() -> None:
    code = (
        "import sys; from comity.cli.main import cli\n"
        "try: cli(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'django', 'httpx', 'cryptography', 'rich', 'comity.office'} & set(sys.modules)\n"
        "sys.exit(','.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_module_is_the_same_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "comity", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("comity, version")


def test_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(cli, ["frobnicate"]).exit_code == 2


def test_longest_grant_in_help_is_the_longest_grant() -> None:
    assert LONGEST_LIFE_S == MAX_GRANT_SECONDS
