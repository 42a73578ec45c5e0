"""The commands that README and docs show are run as they stand.

Convention: in a fenced block of the kind `console`, each line that begins with `$ ` is a command for
bash. Lines without `$ ` show what a reader may see and are not compared. All pages share one folder
and run in the order of `PAGES`; a line that ends in `&` starts a node, and the next one waits until
it is ready. A command may end with code 0, or 3 where the product says "in part" (a source or receipt
that is awaited). Commands of `ELSEWHERE` need a whole machine: other tests or CI run them. What a reader
would have at hand, files to enter and accounts named in the text, `STAGE` provides.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "docs/administrators.md",
    "docs/records.md",
    "docs/integrators.md",
    "docs/forms.md",
    "docs/operators.md",
)
ELSEWHERE = re.compile(
    r"make |sudo |git |python -m (pytest|bench)|\.venv/bin/comity demo|comity demo|comity bench|comity test|"
    r"comity calibrate .*--check|python \.\./shared/bench/"
)
STAGE = {
    "docs/administrators.md": (
        r"printf 'full_name,date_of_birth\nMade Up,1980-01-31\n' | tee travellers.csv > others.csv",
    ),
    "docs/records.md": (
        "comity account add data --home si --role data_owner",
        r"printf 'owner_reference,purpose,legal_basis,plate,plate_country\n' > vehicles.csv",
        r"printf 'R-1,identification,Register,KR XQ-1,SVN\n' >> vehicles.csv",
        r"printf 'plate,make,year\nXQZ123,Mazda,1999\n' > stolen.csv",
    ),
    "docs/integrators.md": ("comity account add officer --home si --role officer",),
    "docs/forms.md": (
        "comity account add approver --home si --role approver",
        "comity account add operator --home si --role operator",
    ),
}
FINE = (0, 3)
READY_WITHIN_S = 90
WRITTEN = re.compile(r"Write `(\S+)`:\n\n```\w+\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def shown(page: str) -> list[str]:
    """Return the commands of a page in order."""
    blocks = BLOCK.findall((ROOT / page).read_text("utf-8"))
    return [
        line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")
    ]


def files_of(page: str) -> dict[str, str]:
    """Return the files that a page tells its reader to write ("Write `NAME`:" before a block)."""
    return dict(WRITTEN.findall((ROOT / page).read_text("utf-8")))


class Shell:
    """One bash that keeps its variables from line to line, in a folder with `comity` on the path."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        environment.pop("COMITY_HOME", None)
        self.folder = folder
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=folder, env=environment, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, command: str) -> tuple[int, str]:
        """Run one line and return its exit code and what it printed."""
        assert self._bash.stdin
        assert self._bash.stdout
        quiet = f"{command[:-1].rstrip()} >node.log 2>&1 &" if command.endswith("&") else command
        self._bash.stdin.write(f'{quiet}\necho "--- ended $?"\n')
        self._bash.stdin.flush()
        printed: list[str] = []
        for line in self._bash.stdout:
            end = re.fullmatch(r"(.*)--- ended (\d+)\n", line, re.DOTALL)
            if end:
                return int(end[2]), "".join([*printed, end[1]])
            printed.append(line)
        pytest.fail(f"bash ended at: {command}")

    def wait_ready(self, home: str) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while self.run(f"comity status --home {home}")[0] != 0:
            assert time.monotonic() < deadline, f"{home} is not ready: {self.run('cat node.log')[1]}"
            time.sleep(0.2)

    def close(self) -> None:
        self.run("kill $(jobs -p) 2>/dev/null; wait")
        self._bash.kill()
        self._bash.wait()


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    made = Shell(tmp_path_factory.mktemp("docs"))
    yield made
    made.close()


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_work(shell: Shell, page: str) -> None:
    for name, text in files_of(page).items():
        (shell.folder / name).write_text(text, encoding="utf-8")
    for command in STAGE.get(page, ()):
        code, printed = shell.run(command)
        assert code == 0, f"{command}\n{printed}"
    for command in shown(page):
        if ELSEWHERE.match(command):
            continue
        code, printed = shell.run(command)
        assert code in FINE, f"{page}: $ {command}\nended with {code}:\n{printed}"
        assert "Traceback" not in printed
        started = re.match(r"comity run --home (\S+)", command)
        if started:
            shell.wait_ready(started[1])


def test_every_page_with_commands_is_run() -> None:
    """A page that shows commands stands in `PAGES`, or all its commands run elsewhere."""
    pages = [path.relative_to(ROOT).as_posix() for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]]
    unknown = [page for page in pages if page not in PAGES and not all(map(ELSEWHERE.match, shown(page)))]
    assert unknown == []


def test_every_command_that_is_named_exists() -> None:
    """Words after `comity` in running text are commands."""
    from comity.cli.main import COMMANDS

    pages = [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
    named = {word for page in pages for word in re.findall(r"`comity ([a-z]+)", page.read_text("utf-8"))}
    assert named - set(COMMANDS) == set()
