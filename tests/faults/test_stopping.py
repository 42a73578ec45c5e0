"""A long run of `comity test faults` that loses a world or is interrupted: nothing of the rest is lost."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from comity.cli.options import HOME_VARIABLE

STANDS_WITHIN_S = 120
MOUNT = """#!/bin/sh
echo "$@" >> {told}
[ "$(wc -l < {told})" -eq 2 ] && exit 1
exec /usr/bin/env PATH={path} mount "$@"
"""
"""Cannot make the first disk of the first world: the line before it gives the run its own mounts."""


def started(folder: Path, path: str) -> "subprocess.Popen[bytes]":
    names = {name: value for name, value in os.environ.items() if name != HOME_VARIABLE}
    return subprocess.Popen(
        [sys.executable, "-m", "comity", "test", "faults", "--schedules", "500", "--database", "sqlite",
         "--folder", str(folder), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=names | {"PATH": path},
        start_new_session=True,
    )  # fmt: skip


def wait_until_schedules_run(folder: Path) -> None:
    deadline = time.monotonic() + STANDS_WITHIN_S
    while not list(folder.glob("*/*/backups")):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(4)


def left_of(folder: Path) -> list[str]:
    """Commands that still run with this folder in their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(folder) in words:
                found.append(words)
    return found


@pytest.mark.timeout(300)
def test_an_interrupted_run_says_what_it_has_and_leaves_nothing(tmp_path):
    """I4: and a world that falls to pieces is said and followed by another."""
    folder, bin_folder = tmp_path / "worlds", tmp_path / "bin"
    folder.mkdir()
    bin_folder.mkdir()
    mount = bin_folder / "mount"
    mount.write_text(MOUNT.format(told=tmp_path / "told", path=os.environ["PATH"]))
    mount.chmod(0o755)
    run = started(folder, f"{bin_folder}:{os.environ['PATH']}")
    try:
        wait_until_schedules_run(folder)
        assert len(left_of(folder)) > 6, "this would not see what is left behind"
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does: everything that belongs to the command
        output, error = run.communicate(timeout=120)
    finally:
        run.kill()
    assert run.returncode == 1
    report: dict[str, Any] = msgspec.json.decode(output)
    assert report["interrupted"] is True, error
    assert 0 < report["judged"] < report["schedules"] == 500
    assert report["messages"] > 0
    assert report["failures"] == []
    assert left_of(folder) == []
    assert list(folder.iterdir()) == []
    if os.geteuid() == 0:
        (broken,) = report["broken"]
        assert (broken["database"], broken["seeds"]) == ("sqlite", [])
        assert "OSError" in broken["why"]
