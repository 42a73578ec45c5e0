"""A network of today with a secretariat's door, and the process under test as a thread or as a process."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import msgspec
import pytest

from comity.copies.process import CopiesProcess
from comity.crypto.files import write_private
from comity.kernel.clock import SystemClock
from comity.node.home import NodeHome
from comity.node.settings import PostSection, SecretariatSection, to_toml
from tests.copies.partners import Bureau, Secretariat
from tests.node.networks import build, copied


@pytest.fixture(scope="session")
def founded(tmp_path_factory):
    return build(tmp_path_factory.mktemp("network"), SystemClock().now())


@pytest.fixture
def network(founded, tmp_path):
    return copied(founded, tmp_path)


@pytest.fixture
def secretariat(network):
    there = Secretariat(network)
    yield there
    there.close()


@pytest.fixture
def bureau(network):
    there = Bureau(network.homes["SI"])
    yield there
    there.close()


@pytest.fixture
def settled(network, secretariat):
    """Give a node its addresses and open it anew: `settled("SI")`."""

    def settle(node, bureau_url=None):
        home = network.homes[node]
        changes = {"secretariat": SecretariatSection(url=secretariat.url)}
        if bureau_url:
            changes["post"] = PostSection(bureau_url=bureau_url)
        worker = msgspec.structs.replace(home.settings.worker, poll_ms=20, directory_refresh_s=1)
        settings = msgspec.structs.replace(home.settings, worker=worker, **changes)
        write_private(home.path / "comity.toml", to_toml(settings).encode())
        return NodeHome.open(home.path)

    return settle


@contextmanager
def threads(home):
    """The errands of a node in this process."""
    stop = threading.Event()
    process = CopiesProcess(home, SystemClock())
    thread = threading.Thread(target=process.run, args=(stop,))
    thread.start()
    try:
        yield process
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@pytest.fixture
def running():
    return threads


@pytest.fixture
def spawn(tmp_path):
    """Start the real process: `spawn(home)`; its log goes to a file."""
    started = []

    def start(home):
        log = (tmp_path / f"{home.node}.log").open("a")
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "comity.copies", "--home", str(home.path)],
                stderr=log,
                stdout=log,
                env=os.environ | {"PYTHONPATH": "src"},
            )
        )
        return started[-1]

    start.log_of = lambda home: (tmp_path / f"{home.node}.log").read_text()
    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
