"""Running `comity test ...` as a process of its own: it mounts file systems where nobody else sees them."""

import os
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from comity.cli.options import HOME_VARIABLE


@pytest.fixture(scope="session")
def proof():
    """Return a function that runs `comity test ARGUMENTS --json` and gives exit code and report."""

    def run(*arguments: str) -> tuple[int, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "comity", "test", *arguments, "--json"],
            capture_output=True,
            check=False,
            env={name: value for name, value in os.environ.items() if name != HOME_VARIABLE},
        )
        assert done.stdout, done.stderr.decode()
        return done.returncode, msgspec.json.decode(done.stdout)

    return run
