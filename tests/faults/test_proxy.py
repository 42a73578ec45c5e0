"""Lines that are cut hold, lose or refuse; whole ones carry everything.

With OWN_NETWORK set, in a network of the test's own where the kernel drops packets: see `test_packets`.
"""

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from comity.cli.faults.packets import Packets
from comity.cli.faults.proxy import Line, Switchboard
from comity.cli.world.ports import LOOPBACK, free_ports

SOON_S = 5.0
NEVER_S = 0.2


class Echo:
    """A server that answers every block with the same block."""

    def __init__(self) -> None:
        self.socket = socket.create_server((LOOPBACK, 0))
        self.port = self.socket.getsockname()[1]
        self.heard: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                while block := connection.recv(1024):
                    self.heard.append(block)
                    connection.sendall(block)
            except OSError:
                return


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.socket.close()


@pytest.fixture(scope="session")
def packets() -> Packets | None:
    if "OWN_NETWORK" not in os.environ:
        return None
    made = Packets.of_own_network()
    assert made is not None
    return made


@pytest.fixture
def board(packets: Packets | None) -> Iterator[Switchboard]:
    with Switchboard(packets) as made:
        yield made


@pytest.fixture
def line(board: Switchboard, echo: Echo) -> Line:
    return board.line(free_ports(1)[0], echo.port)


@pytest.fixture
def client(line: Line) -> Iterator[socket.socket]:
    with socket.create_connection((LOOPBACK, line.port), SOON_S) as made:
        yield made


def ask(client: socket.socket, said: bytes) -> bytes:
    client.settimeout(SOON_S)
    client.sendall(said)
    return client.recv(1024)


def connect_and_listen(line: Line, within_s: float = SOON_S) -> bytes:
    with socket.create_connection((LOOPBACK, line.port), within_s) as client:
        return client.recv(1024)


def test_a_whole_line_carries_both_ways(client):
    assert ask(client, b"one") == b"one"
    assert ask(client, b"two") == b"two"


@pytest.mark.parametrize(("there", "back", "heard"), [(True, True, 0), (True, False, 0), (False, True, 1)])
def test_a_cut_line_holds_what_is_said_until_it_is_mended(board, line, echo, client, there, back, heard):
    assert ask(client, b"before") == b"before"
    board.cut(line, there=there, back=back)
    client.settimeout(NEVER_S)
    client.sendall(b"held")
    with pytest.raises(TimeoutError):
        client.recv(1024)
    assert echo.heard.count(b"held") == heard
    board.mend(line)
    client.settimeout(SOON_S)
    assert client.recv(1024) == b"held"


def test_a_lossy_cut_breaks_the_connection_and_the_answer_never_comes(board, line, echo, client):
    assert ask(client, b"before") == b"before"
    board.cut(line, there=False, back=True)
    client.settimeout(NEVER_S)
    client.sendall(b"lost")
    with pytest.raises(TimeoutError):
        client.recv(1024)
    board.mend(line, lossy=True)
    client.settimeout(SOON_S)
    with pytest.raises(ConnectionResetError):
        client.recv(1024)
    assert b"lost" in echo.heard


def test_a_reset_line_refuses_until_it_is_mended(board, line, client):
    assert ask(client, b"before") == b"before"
    board.reset(line)
    with pytest.raises(ConnectionResetError):
        ask(client, b"after")
    with pytest.raises(ConnectionResetError):
        connect_and_listen(line)
    board.mend(line)
    with socket.create_connection((LOOPBACK, line.port), SOON_S) as other:
        assert ask(other, b"again") == b"again"


def test_who_connects_over_a_cut_line_hears_nothing_until_it_is_mended(board, line):
    """Where the kernel cuts it, not even that he is connected."""
    board.cut(line, there=True, back=False)
    with pytest.raises(TimeoutError):
        connect_and_listen(line, NEVER_S)
    board.mend(line)
    with socket.create_connection((LOOPBACK, line.port), SOON_S) as client:
        assert ask(client, b"late") == b"late"
