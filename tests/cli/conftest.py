"""Running the command line as a process of its own, as people and scripts do."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from comity.cli.options import HOME_VARIABLE
from tests.harness.engines import Engine


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error_code(self) -> str:
        """The stable code of the error that `--json` printed."""
        return self.json["error"]["code"]


@pytest.fixture(scope="session")
def engine() -> Engine:
    """One engine is enough here: commands call services, which are tested on both."""
    return Engine("sqlite", None)


@pytest.fixture(scope="session")
def comity():
    """Return a function that runs `comity ARGUMENTS`."""

    def run(*arguments: str | Path, stdin: str = "") -> Ran:
        done = subprocess.run(
            [sys.executable, "-m", "comity", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={name: value for name, value in os.environ.items() if name != HOME_VARIABLE},
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    return run
