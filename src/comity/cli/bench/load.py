"""`python -m comity.cli.bench.load`: a client that keeps TLS lines busy and counts answers.

Reads a grant, then one JSON body per line from standard input, and prints its figures as JSON. A process
of its own, so that the server measured has its processor to itself. Sockets and epoll by hand: a third
of what an HTTP library takes per answer, or the client would be what is measured.

Without `--rate` every line asks again as soon as it has its answer. With it questions fall due at that
pace whether or not earlier ones are answered, and each is timed from when it fell due: a server that
stops for a moment is charged with everything that had to wait.
"""

import argparse
import json
import resource
import select
import socket
import ssl
import sys
import time
from collections import Counter, deque
from itertools import cycle
from typing import Final

LOOPBACK: Final = "127.0.0.1"
HOST: Final = "localhost"
RECEIVE_BYTES: Final = 1 << 16
LINE_TIMEOUT_S: Final = 20.0
"""For the handshake of one line, and for the last answers after the time is up."""
OK: Final = 200


class Line:
    """One TLS connection and what it waits for. Its handshake is part of its first question."""

    def __init__(self, port: int, context: ssl.SSLContext) -> None:
        plain = socket.create_connection((LOOPBACK, port), LINE_TIMEOUT_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls = context.wrap_socket(plain, server_hostname=HOST, do_handshake_on_connect=False)
        self.tls.settimeout(0)
        self.since = 0.0
        self._received = b""
        self._missing = 0
        self._status = 0
        self._rest = b""

    def send(self, request: bytes, since: float) -> None:
        """Ask; the answer is timed from `since`."""
        self.since = since
        while request:
            try:
                request = request[self.tls.send(request) :]
            except ssl.SSLWantReadError:
                break
            except ssl.SSLWantWriteError:
                select.select([], [self.tls], [], LINE_TIMEOUT_S)
        self._rest = request

    def go_on(self) -> int:
        """Take what has come; return the status of an answer that is complete, else 0."""
        if self._rest:
            self.send(self._rest, self.since)
            if self._rest:
                return 0
        try:
            data = self.tls.recv(RECEIVE_BYTES)
        except ssl.SSLWantReadError:
            return 0
        if not data:
            raise ConnectionError("the server closed a line")
        if self._missing:
            self._missing -= len(data)
            return 0 if self._missing else self._status
        data = self._received + data if self._received else data
        head = data.find(b"\r\n\r\n")
        if head < 0:
            self._received = data
            return 0
        self._received = b""
        self._status = int(data[9:12])
        self._missing = head + 4 + _length(data[:head]) - len(data)
        return 0 if self._missing else self._status


class Load:
    """All lines, and what they have seen."""

    def __init__(self, lines: list[Line], requests: list[bytes]) -> None:
        self._lines = {line.tls.fileno(): line for line in lines}
        self._requests = cycle(requests)
        self._epoll = select.epoll()
        for number in self._lines:
            self._epoll.register(number, select.EPOLLIN)
        self.times: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.asked = 0

    def steady(self, until: float) -> None:
        """Ask on every line without a pause; answers after `until` are awaited and not counted."""
        for line in self._lines.values():
            self._ask(line, time.perf_counter())
        waiting = len(self._lines)
        while waiting:
            for line, status in self._answers(LINE_TIMEOUT_S):
                now = time.perf_counter()
                if now < until:
                    self._count(status, now - line.since)
                    self._ask(line, now)
                else:
                    waiting -= 1

    def paced(self, until: float, rate: float) -> None:
        """Ask `rate` times a second on whichever line is free."""
        free, step, due = deque(self._lines.values()), 1 / rate, time.perf_counter()
        while due < until or len(free) < len(self._lines):
            now = time.perf_counter()
            while free and due <= now and due < until:
                self._ask(free.popleft(), due)
                due += step
            pause = max(due - now, 0.0) if free and due < until else LINE_TIMEOUT_S
            for line, status in self._answers(pause):
                self._count(status, time.perf_counter() - line.since)
                free.append(line)

    def _ask(self, line: Line, since: float) -> None:
        self.asked += 1
        line.send(next(self._requests), since)

    def _count(self, status: int, seconds: float) -> None:
        """Time answers; what was refused is counted, or a server that refuses would be the fastest."""
        self.statuses[status] += 1
        if status == OK:
            self.times.append(seconds)

    def _answers(self, timeout: float) -> list[tuple[Line, int]]:
        """Return the lines whose answers have come. Raises `TimeoutError` after `LINE_TIMEOUT_S`."""
        if timeout < LINE_TIMEOUT_S:
            # epoll itself waits in whole milliseconds.
            select.select([self._epoll], [], [], timeout)
            ready = self._epoll.poll(0)
        else:
            ready = self._epoll.poll(timeout)
            if not ready:
                raise TimeoutError("no answer")
        found = []
        for number, _ in ready:
            line = self._lines[number]
            status = line.go_on()
            while not status and line.tls.pending():
                status = line.go_on()
            if status:
                found.append((line, status))
        return found


def _length(head: bytes) -> int:
    """Return the content length that a head states."""
    start = head.lower().index(b"content-length:") + 15
    return int(head[start : start + 12].split(b"\r", 1)[0])


def request_of(path: str, token: str, body: bytes) -> bytes:
    """Return the bytes of one request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def measure(options: argparse.Namespace, requests: list[bytes]) -> dict[str, float | int | dict[str, int]]:
    """Load the server and return the figures; what is asked before the measured time is not counted."""
    context = ssl.create_default_context(cafile=options.ca)
    context.load_cert_chain(options.certificate, options.key)
    load = Load([Line(options.port, context) for _ in range(options.connections)], requests)
    if options.warm:
        load.steady(time.perf_counter() + options.warm)
        load.times.clear()
        load.statuses.clear()
    before, began = _cpu_s(), time.perf_counter()
    if options.rate:
        load.paced(began + options.seconds, options.rate)
    else:
        load.steady(began + options.seconds)
    spent, count, times = _cpu_s() - before, len(load.times), sorted(load.times)
    if not count:
        message = f"nothing was answered in time: {dict(load.statuses)}"
        raise TimeoutError(message)
    return {
        "answers": count,
        "asked": load.asked,
        "per_s": round(count / options.seconds, 1),
        "median_ms": round(times[count // 2] * 1000, 3),
        "p99_ms": round(times[count * 99 // 100] * 1000, 3),
        "worst_ms": round(times[-1] * 1000, 3),
        "client_cpu_us": round(spent / count * 1e6, 1),
        "refused": {str(status): seen for status, seen in load.statuses.items() if status != OK},
    }


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Read what to ask, ask it, print the figures."""
    parser = argparse.ArgumentParser(prog="comity.cli.bench.load", description="Load a search and count.")
    for name in ("ca", "certificate", "key"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", default="/v1/search")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--warm", type=float, default=0.5, help="seconds before the measured ones")
    parser.add_argument("--rate", type=float, default=0.0, help="questions a second; 0: as fast as it goes")
    options = parser.parse_args()
    token, *bodies = sys.stdin.buffer.read().splitlines()
    figures = measure(options, [request_of(options.path, token.decode(), body) for body in bodies])
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
