"""Where root allows it the kernel cuts lines, in a network that nobody else sees."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROXY = Path(__file__).with_name("test_proxy.py")


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("nft") is None,
    reason="needs root and nft: a network of its own is made",
)
def test_lines_are_cut_alike_by_the_kernel():
    """In a process of its own: it cannot come back into the network that it has left."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(PROXY)],
        env={**os.environ, "OWN_NETWORK": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "skipped" not in done.stdout
