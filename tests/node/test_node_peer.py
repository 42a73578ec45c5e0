"""Nodes talking over loopback: mutual TLS 1.3, the server known by its certificate, refusals passed on."""

import asyncio
import gc
import hashlib
import json
import ssl
import sys
from types import SimpleNamespace

import httpx
import msgspec
import pytest

from comity.kernel.clock import FixedClock
from comity.kernel.codes import NodeRole
from comity.kernel.errors import ErrorCode, TrustError, UnavailableError
from comity.node.home import NodeHome
from comity.node.invitations import (
    admit,
    complete_join,
    issued,
    make_invitation,
    make_join_request,
    verify_join_request,
)
from comity.node.peer import PeerClient, PeerRefusedError, send_join_request
from comity.node.settings import SecretariatSection
from comity.node.tls import pin_to_fingerprint
from comity.protocol.members import JoinAnswer, MemberStatus
from comity.protocol.messages import Accepted, RelayAck
from tests.node.doors import Door


@pytest.fixture
def doors():
    opened = []

    def open_door(home, clients="required", context=None):
        opened.append(Door(context or home.server_tls(clients)))
        return opened[-1]

    yield open_door
    for door in opened:
        door.shutdown()
        door.server_close()


def at_url(home, url):
    """The same home with a secretariat at `url`."""
    home.settings = msgspec.structs.replace(home.settings, secretariat=SecretariatSection(url=url))
    return home


@pytest.fixture
def line(own_network, doors):
    """A secretariat's door and a client of SI."""
    door = doors(own_network.homes["SEC"])
    home = at_url(own_network.homes["SI"], door.url)
    client = PeerClient(home, FixedClock(own_network.at))
    yield SimpleNamespace(door=door, client=client, home=home, network=own_network)
    client.close()


ACCEPTED = (200, b'{"accepted": true}')


def test_both_sides_know_each_other(line):
    line.door.answers["/node/v1/relay/ack"] = ACCEPTED
    answer = line.client.post(line.door.url + "/node/v1/relay/ack", RelayAck(envelopes=[]), Accepted)
    asked = line.door.seen[0]
    assert answer == Accepted(accepted=True)
    assert json.loads(asked.body) == {"envelopes": []}
    assert asked.version == "TLSv1.3"
    directory = line.network.homes["SEC"].directory.current(line.network.at)
    digest = hashlib.sha256(asked.certificate).hexdigest()
    assert directory.by_certificate(digest).node == "SI"


def test_parameters_and_long_polls_go_through(line):
    line.door.answers["/node/v1/feed"] = ACCEPTED
    line.client.get(
        line.door.url + "/node/v1/feed", Accepted, params={"after": 3, "wait_ms": 0}, timeout_s=40
    )
    assert line.door.seen[0].path == "/node/v1/feed?after=3&wait_ms=0"


def test_refusal_keeps_the_peers_code(line):
    body = json.dumps({"error": {"code": "feed.gap", "message": "m", "field": "after", "retry": True}})
    line.door.answers["/x"] = (409, body.encode())
    with pytest.raises(PeerRefusedError) as caught:
        line.client.get(line.door.url + "/x", Accepted)
    refusal = caught.value
    assert (refusal.code, refusal.peer_code) == (ErrorCode.PEER_REFUSED, "feed.gap")
    assert (refusal.peer_status, refusal.field, refusal.peer_retry) == (409, "after", True)


def test_refusal_without_a_code_is_a_refusal_too(line):
    line.door.answers["/x"] = (502, b"<html>bad gateway</html>")
    with pytest.raises(PeerRefusedError) as caught:
        line.client.get(line.door.url + "/x", Accepted)
    assert (caught.value.peer_code, caught.value.peer_retry) == ("", True)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"accepted": "Kanarcek"}', b'{"accepted":1,"x":2}']
)
def test_answer_that_cannot_be_read(line, body):
    line.door.answers["/x"] = (200, body)
    with pytest.raises(UnavailableError) as caught:
        line.client.get(line.door.url + "/x", Accepted)
    assert caught.value.code is ErrorCode.PEER_ANSWER
    assert caught.value.__cause__ is None


def test_redirect_is_not_followed(line):
    line.door.answers["/x"] = (302, b"")
    with pytest.raises(PeerRefusedError):
        line.client.get(line.door.url + "/x", Accepted)


def test_connection_that_was_cut_is_asked_once_more(line):
    answers = iter([("cut", b""), ACCEPTED, ("cut", b""), ("cut", b"")])
    line.door.answers["/x"] = lambda _: next(answers)
    assert line.client.get(line.door.url + "/x", Accepted).accepted
    with pytest.raises(UnavailableError) as caught:
        line.client.get(line.door.url + "/x", Accepted)
    assert caught.value.code is ErrorCode.PEER_UNREACHABLE


def test_a_body_is_sent_whole_again_on_the_second_line(line):
    answers = iter([("cut", b""), ACCEPTED])
    line.door.answers["/x"] = lambda _: next(answers)
    data = bytes(range(256)) * 4096
    assert line.client.put_octets(line.door.url + "/x", data, Accepted).accepted
    assert [asked.body == data for asked in line.door.seen] == [True, True]


def test_nothing_keeps_a_body_that_was_answered(line):
    """Else a file of 2 GiB on its way to the relay would be in memory until the collector comes round."""
    line.door.answers |= {"/x": ACCEPTED, "/refused": (502, b"")}
    data = bytes(range(256)) * 4096
    before = sys.getrefcount(data)
    gc.disable()
    try:
        line.client.put_octets(line.door.url + "/x", data, Accepted)
        with pytest.raises(PeerRefusedError):
            line.client.put_octets(line.door.url + "/refused", data, Accepted)
        assert sys.getrefcount(data) == before
    finally:
        gc.enable()


def test_nobody_there(line):
    line.door.shutdown()
    line.door.server_close()
    with pytest.raises(UnavailableError) as caught:
        line.client.get(line.door.url + "/x", Accepted)
    assert (caught.value.code, caught.value.retry) == (ErrorCode.PEER_UNREACHABLE, True)


def test_another_member_cannot_answer_for_the_secretariat(own_network, doors):
    """Certificate of the right authority, but not the secretariat's: refused before a byte is sent."""
    door = doors(own_network.homes["FR"])
    door.answers["/node/v1/directory"] = ACCEPTED
    home = at_url(own_network.homes["SI"], door.url)
    with PeerClient(home, FixedClock(own_network.at)) as client:
        for ask in (lambda: client.get(door.url + "/node/v1/feed", Accepted), client.fetch_directory):
            with pytest.raises(TrustError) as caught:
                ask()
            assert caught.value.code is ErrorCode.MEMBER_CERTIFICATE
    assert door.seen == []


def test_certificate_of_another_authority_is_refused(own_network, doors, tmp_path, make):
    stranger = make.build(tmp_path / "stranger").homes["SEC"]
    door = doors(stranger)
    home = at_url(own_network.homes["SI"], door.url)
    with PeerClient(home, FixedClock(own_network.at)) as client, pytest.raises(UnavailableError):
        client.get(door.url + "/x", Accepted)
    assert door.seen == []


def test_old_tls_is_refused(own_network, doors):
    home = own_network.homes["SEC"]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home.tls_certificate, home.tls_key)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    door = doors(home, context=context)
    client = PeerClient(at_url(own_network.homes["SI"], door.url), FixedClock(own_network.at))
    with client, pytest.raises(UnavailableError):
        client.get(door.url + "/x", Accepted)
    assert door.seen == []


def test_door_refuses_who_has_no_certificate_of_the_network(line, tmp_path, make):
    line.door.answers["/x"] = ACCEPTED
    secretariat = line.network.homes["SEC"]
    bare = ssl.create_default_context(cafile=str(secretariat.network_ca))
    stranger = make.build(tmp_path / "stranger").homes["SI"]
    foreign = ssl.create_default_context(cafile=str(secretariat.network_ca))
    foreign.load_cert_chain(stranger.tls_certificate, stranger.tls_key)
    for context in (bare, foreign):
        with pytest.raises(httpx.TransportError):
            httpx.get(line.door.url + "/x", verify=context)
    assert line.door.seen == []


def test_nobody_is_asked_who_is_no_member(line):
    with pytest.raises(TrustError) as caught:
        line.client.get("https://localhost:1/x", Accepted)
    assert caught.value.code is ErrorCode.MEMBER_UNKNOWN


def test_removed_member_is_not_asked_even_on_an_open_line(line, make):
    line.door.answers["/x"] = ACCEPTED
    network = line.network
    fr = next(m for m in network.members if m.node == "FR")
    listed = [m for m in network.members if m.node != "FR"]
    door_of_fr = Door(network.homes["FR"].server_tls("required"))
    door_of_fr.answers["/x"] = ACCEPTED
    there = msgspec.structs.replace(fr, office_url=door_of_fr.url)
    signed = make.publish(network.homes["SEC"], [*listed, there], network.at, version=3)
    line.home.directory.accept(signed, network.at)
    assert line.client.get(door_of_fr.url + "/x", Accepted).accepted
    removed = msgspec.structs.replace(there, status=MemberStatus.REMOVED)
    signed = make.publish(network.homes["SEC"], [*listed, removed], network.at, version=4)
    line.home.directory.accept(signed, network.at)
    with pytest.raises(TrustError) as caught:
        line.client.get(door_of_fr.url + "/x", Accepted)
    assert caught.value.code is ErrorCode.MEMBER_NOT_ACTIVE
    assert len(door_of_fr.seen) == 1
    door_of_fr.shutdown()
    door_of_fr.server_close()


def test_directory_is_fetched_even_when_the_known_one_has_expired(line, make):
    later = FixedClock(line.network.at.replace(month=6))
    line.door.answers["/node/v1/directory"] = (200, msgspec.json.encode(line.network.signed))
    with PeerClient(line.home, later) as client:
        with pytest.raises(TrustError) as caught:
            client.get(line.door.url + "/x", Accepted)
        assert caught.value.code is ErrorCode.DIRECTORY_EXPIRED
        assert client.fetch_directory() == line.network.signed


def test_event_loops_check_the_pin_too(line):
    line.door.answers["/x"] = ACCEPTED
    directory = line.home.directory.current(line.network.at)

    async def ask(fingerprint):
        context = line.home.client_tls(pin_to_fingerprint(fingerprint))
        async with httpx.AsyncClient(verify=context) as client:
            return (await client.get(line.door.url + "/x")).status_code

    assert asyncio.run(ask(directory.active("SEC").certificate_sha256)) == 200
    with pytest.raises(TrustError) as caught:
        asyncio.run(ask(directory.active("FR").certificate_sha256))
    assert caught.value.code is ErrorCode.MEMBER_CERTIFICATE
    assert len(line.door.seen) == 1


@pytest.mark.parametrize("impostor", [False, True])
def test_joining_over_the_wire(own_network, doors, tmp_path, make, impostor):
    """The one-time secret reaches the secretariat only, although any member has a certificate."""
    secretariat, at = own_network.homes["SEC"], own_network.at
    door = doors(own_network.homes["FR"] if impostor else secretariat, "optional")
    at_url(secretariat, door.url)
    invitation = make_invitation(
        secretariat, node="SI-post9", role=NodeRole.POST, country="SVN", name="Post 9", at=at
    )
    settings = make.settings("SI-post1")
    node = msgspec.structs.replace(settings.node, id="SI-post9")
    home = NodeHome.create(tmp_path / "p9", msgspec.structs.replace(settings, node=node), FixedClock(at))

    def join(asked):
        request = msgspec.json.decode(asked.body, type=type(make_join_request(home, invitation)))
        verify_join_request(request, issued(invitation), at)
        member, certificate = admit(secretariat, request, issued(invitation), at)
        signed = make.publish(secretariat, [*own_network.members, member], at, version=3)
        return 200, msgspec.json.encode(JoinAnswer(certificate=certificate.decode(), directory=signed))

    door.answers["/join/v1"] = join
    request = make_join_request(home, invitation)
    if impostor:
        with pytest.raises(TrustError):
            send_join_request(invitation, request)
        assert door.seen == []
    else:
        answer = send_join_request(invitation, request)
        assert complete_join(home, invitation, answer, at).active("SI-post9").role is NodeRole.POST
