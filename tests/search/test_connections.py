"""What a connection puts up with before a request is whole (I13)."""

import socket
import ssl
import subprocess
import sys
import time

from comity.search.connections import MAX_HEAD_BYTES, RECEIVE_S
from tests.search.nodes import ask


def connect(desk, version=None):
    context = ssl.create_default_context(cafile=str(desk.network.homes["SI"].network_ca))
    if version is not None:
        context.maximum_version = version
    plain = socket.create_connection(("127.0.0.1", desk.network.ports["SI"]), timeout=30)
    return context.wrap_socket(plain, server_hostname="localhost")


def test_a_head_without_end_is_refused(desk):
    with connect(desk) as line:
        line.sendall(b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
        try:
            for _ in range(MAX_HEAD_BYTES // 1000 + 10):
                line.sendall(b"x" * 1000)
        except OSError:
            pass
        assert line.recv(100).startswith(b"HTTP/1.1 400")
    assert ask(desk.client, {"kind": "document", "number": "AB12345"})["state"] == "HIT"


def test_a_client_that_never_ends_its_request_is_cut_off(desk):
    started = time.monotonic()
    with connect(desk) as head, connect(desk) as body:
        head.sendall(b"POST /v1/search HTTP/1.1\r\nHost: ")
        token = desk.client.headers["authorization"].encode()
        body.sendall(
            b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Authorization: " + token + b"\r\nContent-Length: 100\r\n\r\n{"
        )
        assert head.recv(1) == b""
        assert body.recv(1) in {b"", b"H"}
    assert time.monotonic() - started < RECEIVE_S * 2


def test_older_tls_is_refused(desk):
    try:
        connect(desk, ssl.TLSVersion.TLSv1_2).close()
    except (ssl.SSLError, OSError):
        return
    raise AssertionError


def test_plain_http_is_refused(desk):
    with socket.create_connection(("127.0.0.1", desk.network.ports["SI"]), timeout=10) as line:
        line.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            answer = line.recv(100)
        except ConnectionError:
            answer = b""
    assert not answer.startswith(b"HTTP")


def test_the_description_holds_against_a_fuzzer(desk):
    """Schemathesis; texts that fit the schema and still name nothing are refused, so that check is off."""
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{desk.network.url('SI')}/v1/openapi.json"]
    command += ["--tls-verify", str(desk.network.homes["SI"].network_ca), "--max-examples", "15"]
    command += ["-H", f"Authorization: {desk.client.headers['authorization']}", "--generation-database=none"]
    command += ["--exclude-checks", "positive_data_acceptance", "--phases", "examples,coverage,fuzzing"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert '"event":"fault"' not in desk.network.log("SI")
