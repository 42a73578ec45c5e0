"""What a connection puts up with before a request is whole (I13)."""

import json
import socket
import ssl
import subprocess
import sys
import time

import pytest

from comity.search.connections import MAX_HEAD_BYTES, RECEIVE_S
from tests.search.nodes import ask, body


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


def read_answers(line, count):
    """Return status line and body of `count` answers from one connection."""
    data, answers = b"", []
    while len(answers) < count:
        head, separator, rest = data.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]) if separator else 0
        if not separator or len(rest) < length:
            more = line.recv(65_536)
            assert more, data
            data += more
            continue
        answers.append((head.split(b"\r\n")[0], rest[:length]))
        data = rest[length:]
    return answers, head


def request(desk, query, *headers):
    sent = json.dumps(body(query)).encode()
    token = desk.client.headers["authorization"].encode()
    lines = [
        b"POST /v1/search HTTP/1.1",
        b"Host: localhost",
        b"Authorization: " + token,
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(sent),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n", sent


def test_what_is_sent_ahead_is_answered_in_order(desk):
    queries = [
        {"kind": "document", "number": "AB12345"},
        {"kind": "person", "name": "Anna Maria Eriksson"},
        {"kind": "document", "number": "AB99999"},
        {"kind": "vin", "vin": "1"},
    ]
    with connect(desk) as line:
        line.sendall(b"".join(head + sent for head, sent in [request(desk, query) for query in queries * 20]))
        answers, _ = read_answers(line, 80)
    states = [json.loads(answer).get("state", status[9:12].decode()) for status, answer in answers]
    assert states == ["HIT", "POSSIBLE", "NO_RECORD", "422"] * 20


def test_a_client_may_ask_before_it_sends_its_body(desk):
    head, sent = request(desk, {"kind": "document", "number": "AB12345"}, b"Expect: 100-continue")
    with connect(desk) as line:
        line.sendall(head)
        assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(sent)
        ((status, answer),), _ = read_answers(line, 1)
    assert (status, json.loads(answer)["state"]) == (b"HTTP/1.1 200 OK", "HIT")
    large = head.replace(b"Content-Length: ", b"Content-Length: 9999")
    with connect(desk) as line:
        line.sendall(large)
        ((status, _),), last = read_answers(line, 1)
        assert status.startswith(b"HTTP/1.1 413")
        assert b"connection: close" in last
        assert line.recv(1) == b""


def test_a_client_that_wants_to_close_is_closed(desk):
    head, sent = request(desk, {"kind": "document", "number": "AB12345"}, b"Connection: close")
    with connect(desk) as line:
        line.sendall(head + sent)
        ((status, _),), last = read_answers(line, 1)
        assert status == b"HTTP/1.1 200 OK"
        assert b"connection: close" in last
        assert line.recv(1) == b""


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01 nothing\r\n\r\n",
        b"POST /v1/search HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        b"POST /v1/search HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/search HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /livez HTTP/1.1\r\nX-Long: " + b"x" * (MAX_HEAD_BYTES + 1) + b"\r\n\r\n",
    ],
    ids=["no http", "two lengths", "negative length", "bad chunk", "long head at once"],
)
def test_what_is_no_request_is_refused_and_closed(desk, sent):
    with connect(desk) as line:
        line.sendall(sent)
        ((status, answer),), _ = read_answers(line, 1)
        assert status == b"HTTP/1.1 400 Bad Request"
        assert json.loads(answer)["error"]["code"] == "http.malformed"
        assert line.recv(1) == b""


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


def test_the_description_holds_against_a_fuzzer(desk, tmp_path):
    """Schemathesis; texts that fit the schema and still name nothing are refused, so that check is off.

    A batch answers 200 and tells of each wrong question at its place, so there the reverse is off too.
    """
    config = tmp_path / "schemathesis.toml"
    config.write_text(
        "[[operations]]\ninclude-path = '/v1/search/batch'\nchecks.negative_data_rejection.enabled = false\n"
    )
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
    command += [f"{desk.network.url('SI')}/v1/openapi.json"]
    command += ["--tls-verify", str(desk.network.homes["SI"].network_ca), "--max-examples", "15"]
    command += ["-H", f"Authorization: {desk.client.headers['authorization']}", "--generation-database=none"]
    command += ["--exclude-checks", "positive_data_acceptance", "--phases", "examples,coverage,fuzzing"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert '"event":"fault"' not in desk.network.log("SI")
