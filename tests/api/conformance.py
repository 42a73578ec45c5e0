"""Runs schemathesis as its users do, against a real process over real TLS."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
NOTHING = "01890000-0000-7000-8000-000000000000"
"""An id that names nothing."""
PLACES = ("RECORD", "WITHDRAWN", "MESSAGE", "HIT", "CASE", "ATTACHMENT")
MOST_S = 240
"""Far beyond what a run takes, so that a slow machine does not fail it."""


@dataclass
class Run:
    """One run under way."""

    process: subprocess.Popen
    output: Path

    def finish(self):
        """Wait for the end and return how many cases were tried; fails with what was found."""
        code = self.process.wait(MOST_S)
        said = self.output.read_text()
        assert code == 0, said[said.find("= FAILURES") if "= FAILURES" in said else 0 :][:8000]
        generated = re.search(r"(\d+) generated", said)
        assert generated, said
        print(f"{self.output.stem}: {generated[1]} cases")
        return int(generated[1])


def start(folder, name, address, ca, grant, *, config, only="", phases="examples,coverage,fuzzing",
          examples=4, **ids):  # fmt: skip
    """Start a run of the operations whose path fits `only`. Always the same cases, in the same order."""
    output = folder / f"{name}.txt"
    known = {f"COMITY_{what}": ids.get(what.lower(), NOTHING) for what in PLACES}
    environment = {
        **os.environ,
        **known,
        "COMITY_GRANT": grant,
        "SCHEMATHESIS_HOOKS": str(HERE / "own_checks.py"),
    }
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / config), "run", address]
    command += ["--tls-verify", str(ca), "--phases", phases, "--max-examples", str(examples), "--no-color"]
    command += ["--include-path-regex", only] if only else []
    with output.open("w") as sink:
        process = subprocess.Popen(
            command, stdout=sink, stderr=subprocess.STDOUT, env=environment, cwd=folder
        )
    return Run(process, output)
