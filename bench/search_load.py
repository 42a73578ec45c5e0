"""A client that keeps many TLS connections busy and counts answers; `search_http.py` runs it."""

import argparse
import asyncio
import json
import ssl
import time

import uvloop


class Caller(asyncio.Protocol):
    """Sends one request after the other on one connection; times each."""

    def __init__(self, requests, until, times):
        self.requests, self.until, self.times = requests, until, times
        self.place = id(self) // 64 % len(requests)
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport
        self.send()

    def send(self):
        self.place = (self.place + 1) % len(self.requests)
        self.started = time.perf_counter()
        self.transport.write(self.requests[self.place])

    def data_received(self, data):
        data = self.buffer + data
        head = data.find(b"\r\n\r\n")
        if head < 0 or len(data) < head + 4 + length_of(data[:head]):
            self.buffer = data
            return
        self.buffer = b""
        if not data.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(data[:300]))
            return
        now = time.perf_counter()
        self.times.append(now - self.started)
        if now < self.until:
            self.send()
        elif not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, error):
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("closed"))


def length_of(head):
    """Return the content length that a head states."""
    start = head.lower().index(b"content-length:") + 15
    return int(head[start:].split(b"\r\n")[0])


async def run(options, token):
    """Load the server and return the figures."""
    context = ssl.create_default_context(cafile=options.ca)
    context.load_cert_chain(options.certificate, options.key)
    requests = [request(place, token) for place in range(5_000)]
    times, callers, loop = [], [], asyncio.get_running_loop()
    until = time.perf_counter() + options.seconds
    for _ in range(options.connections):
        _, caller = await loop.create_connection(
            lambda: Caller(requests, until, times), "localhost", options.port, ssl=context
        )
        callers.append(caller)
    await asyncio.gather(*(caller.done for caller in callers))
    times.sort()
    return {
        "per_s": round(len(times) / options.seconds),
        "median_ms": round(times[len(times) // 2] * 1000, 2),
        "p99_ms": round(times[len(times) * 99 // 100] * 1000, 2),
    }


def request(place, token):
    """Return one question for a document that is not listed."""
    body = json.dumps(
        {
            "purpose": "border_control",
            "query": {"kind": "document", "number": f"ZZ{place:07d}", "country": "UTO"},
        }
    ).encode()
    head = (
        "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("ca", "certificate", "key"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    token = input()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(options, token))))


if __name__ == "__main__":
    main()
