"""Real offices over real TLS: the machine API, the node door, health and the OpenAPI page."""

import json
import time
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from comity.cli.nodes import invite, join, make_node
from comity.cli.world.ports import free_ports
from comity.kernel.clock import SystemClock, to_wire
from comity.kernel.codes import NodeRole, Purpose, Role
from comity.kernel.errors import ComityError
from comity.kernel.ids import NodeId, new_id
from comity.node.grants import issue_grant
from comity.node.invitations import make_join_request
from comity.node.peer import PeerClient, PeerRefusedError, send_join_request
from comity.node.settings import NodeSection, OfficeSection, SearchSection, SecretariatSection, Settings
from comity.protocol.feed import FeedOperation, FeedPage
from comity.protocol.grants import Grant
from comity.protocol.members import MemberStatus
from tests.harness.clients import Machine, trusting

DRAFT = {
    "collection": "travel_documents",
    "owner_reference": "FD/1",
    "purpose": "border_control",
    "legal_basis": "Border act, article 28",
    "content": {"number": "PZ0000001", "country": "SVN", "type": "passport", "loss": "stolen"},
}
SOON_S = 30


def now():
    return SystemClock().now()


def until(question, within_s=SOON_S):
    deadline = time.monotonic() + within_s
    while True:
        answer = question()
        if answer or time.monotonic() > deadline:
            return answer
        time.sleep(0.1)


def draft(number, **fields):
    return {**DRAFT, "content": {**DRAFT["content"], "number": number}, **fields}


def error_of(response):
    return response.status_code, response.json()["error"]["code"]


@pytest.fixture(scope="module")
def owner(world):
    client = world.machine("SI", Role.DATA_OWNER)
    yield client
    client.close()


@pytest.fixture(scope="module")
def feed_of(world):
    """Ask the feed as a member does."""
    clients = {}

    def ask(node, after=0, wait_ms=0):
        client = clients.setdefault(node, PeerClient(world.homes[node]))
        url = world.homes[node].settings.secretariat_url + "/node/v1/feed"
        return client.get(url, FeedPage, params={"after": after, "wait_ms": wait_ms})

    yield ask
    for client in clients.values():
        client.close()


def node_client(world, node, certificate_of=None):
    """Return a raw client to the secretariat that presents the certificate of `certificate_of`."""
    context = trusting(world.homes[node].network_ca)
    if certificate_of is not None:
        context.load_cert_chain(certificate_of.tls_certificate, certificate_of.tls_key)
    return httpx.Client(
        base_url=world.homes[NodeId("SEC")].settings.office_url, verify=context, timeout=30, trust_env=False
    )


def submit(owner, number, **fields):
    answer = owner.post("/api/v1/records", draft(number, **fields))
    assert answer.status_code == 201, answer.text
    return answer.json()["record_id"]


def in_state(owner, record_id, state):
    return until(lambda: (r := owner.get(f"/api/v1/records/{record_id}").json())["state"] == state and r)


# The whole way of a record (walk 3).


def test_a_record_reaches_every_feed_and_its_withdrawal_is_confirmed_by_every_copy(world, owner, feed_of):
    """I7: real copies, real receipts, each verified by the owner before it counts."""
    record_id = submit(owner, "PZ1000001")
    assert in_state(owner, record_id, "in_force")
    seen = [entry.record_id for entry in feed_of("FR").entries]
    assert record_id in seen
    asked = owner.post(f"/api/v1/records/{record_id}/withdraw", {"reason": "recovered at the border"})
    assert asked.status_code == 200, asked.text
    gone = in_state(owner, record_id, "withdrawn")
    assert gone["body"] is None
    receipts = until(
        lambda: (r := owner.get(f"/api/v1/records/{record_id}/receipts").json())["complete"] and r
    )
    assert receipts, owner.get(f"/api/v1/records/{record_id}/receipts").text
    assert [c["copy"] for c in receipts["copies"]] == ["FR", "MA", "SEC", "SI", "SI-post1"]
    for copy in receipts["copies"]:
        assert record_id in json.loads(copy["receipt"]["body"])["withdrawn"]
    assert "PZ1000001" not in msgspec.json.encode(feed_of("FR")).decode()


def test_a_denied_country_gets_the_position_only(world, owner, feed_of):
    """I6."""
    record_id = submit(owner, "PZ1000002", deny=["MAR"])
    assert in_state(owner, record_id, "in_force")
    (entry,) = [e for e in feed_of("FR").entries if e.record_id == record_id]
    hidden = feed_of("MA", after=entry.sequence - 1).entries[0]
    assert hidden.operation is FeedOperation.HIDDEN
    assert (hidden.record_id, hidden.body, hidden.salt) == (None, None, None)
    assert (hidden.commitment, hidden.chain) == (entry.commitment, entry.chain)


def test_a_long_poll_answers_as_soon_as_there_is_news(owner, feed_of):
    head = feed_of("FR").head_sequence
    begun = time.monotonic()
    assert feed_of("FR", after=head, wait_ms=300).entries == []
    assert time.monotonic() - begun >= 0.25
    submit(owner, "PZ1000003")
    assert feed_of("FR", after=head, wait_ms=10_000).entries[0].sequence == head + 1


def test_silence_at_expiry_means_deletion(owner):
    """I12: nobody does anything, and the record is gone everywhere, confirmed by every copy."""
    record_id = submit(owner, "PZ1000006", expires=to_wire(now() + timedelta(seconds=6)))
    assert in_state(owner, record_id, "withdrawn")["body"] is None
    assert until(lambda: owner.get(f"/api/v1/records/{record_id}/receipts").json()["complete"])


def test_change_list_and_batch(owner):
    record_id = submit(owner, "PZ1000004")
    in_state(owner, record_id, "in_force")
    changed = {k: v for k, v in draft("PZ1000005").items() if k != "collection"}
    first = owner.put(f"/api/v1/records/{record_id}", {**changed, "base_version": 1})
    assert (first.status_code, first.json()["version"]) == (200, 2)
    again = owner.put(f"/api/v1/records/{record_id}", {**changed, "base_version": 1})
    assert error_of(again) == (409, "record.version_conflict")
    assert in_state(owner, record_id, "in_force")["accepted_version"] == 2
    batch = {"collection": "travel_documents", "records": [changed, changed]}
    answer = owner.post("/api/v1/records/batch", batch)
    assert (answer.status_code, answer.json()["accepted"]) == (200, 2)
    listed = owner.get("/api/v1/records", params={"limit": 2, "collection": "travel_documents"}).json()
    assert len(listed["records"]) == 2
    after = owner.get("/api/v1/records", params={"after": listed["next_after"]}).json()["records"]
    assert listed["records"][-1]["record_id"] < after[0]["record_id"]


# Bad input: a stable code, and nothing changed (I13).


def count(owner):
    records, after = [], ""
    while True:
        page = owner.get("/api/v1/records", params={"after": after, "limit": 200}).json()
        records += page["records"]
        if page["next_after"] is None:
            return len(records)
        after = page["next_after"]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (draft("PZ2", shoe_size=44), 422, "input.unknown_field", "shoe_size"),
        ({k: v for k, v in DRAFT.items() if k != "purpose"}, 422, "input.missing_field", "purpose"),
        (draft("PZ2", purpose="curiosity"), 422, "input.not_a_choice", "purpose"),
        (draft("PZ2", legal_basis=7), 422, "input.wrong_type", "legal_basis"),
        (draft("PZ2", owner_reference="x" * 101), 422, "input.too_long", "owner_reference"),
        (draft("PZ2", expires="2999-01-01"), 422, "record.expiry_beyond_ceiling", "expires"),
        (draft("PZ2", expires="2001-01-01"), 422, "record.expiry_past", "expires"),
        (draft("PZ2", expires="2027-02-30"), 422, "input.impossible_date", "expires"),
        (draft("PZ2", deny=["QQQ"]), 422, "input.unknown_country", "deny"),
        (draft("PZ2", status="suspect"), 422, "record.status_not_allowed", "status"),
        (
            {**DRAFT, "content": {**DRAFT["content"], "country": "QQQ"}},
            422,
            "input.unknown_country",
            "content.country",
        ),
        (
            {**DRAFT, "content": {**DRAFT["content"], "eyes": "green"}},
            422,
            "input.unknown_field",
            "content.eyes",
        ),
    ],
)
def test_a_bad_record_is_refused_with_its_code(owner, body, status, code, field):
    before = count(owner)
    answer = owner.post("/api/v1/records", body)
    assert error_of(answer) == (status, code), answer.text
    assert answer.json()["error"]["field"] == field
    assert count(owner) == before


def test_odd_bodies_are_refused(owner):
    before = count(owner)
    path, headers = "/api/v1/records", {"Content-Type": "application/json"}
    assert error_of(owner.http.post(path, content=b"{", headers=headers)) == (422, "input.not_json")
    assert error_of(owner.http.post(path, content=b"\xff\xfe", headers=headers)) == (422, "input.not_json")
    assert error_of(owner.http.post(path, content=b"[" * 100_000, headers=headers)) == (
        422,
        "input.wrong_type",
    )
    assert error_of(owner.http.post(path, data={"a": "b"})) == (415, "input.bad_content_type")
    assert error_of(owner.http.post(path, content=b" " * 200_000, headers=headers)) == (413, "limit.body")
    chunks = (b" " * 50_000 for _ in range(4))
    assert error_of(owner.http.post(path, content=chunks, headers=headers)) == (413, "limit.body")
    assert count(owner) == before


def test_a_batch_with_a_bad_line_is_refused_as_a_whole_or_line_by_line(owner):
    before = count(owner)
    good = {k: v for k, v in DRAFT.items() if k != "collection"}
    bad = {**good, "content": {**good["content"], "country": "QQQ"}}
    body = {"collection": "travel_documents", "records": [good, bad]}
    refused = owner.post("/api/v1/records/batch", body)
    assert error_of(refused) == (422, "input.unknown_country")
    assert refused.json()["error"]["field"] == "records[1].content.country"
    assert [problem["line"] for problem in refused.json()["problems"]] == [2]
    assert count(owner) == before
    partly = owner.post("/api/v1/records/batch", {**body, "on_error": "skip_bad"}).json()
    assert (partly["accepted"], [p["line"] for p in partly["problems"]]) == (1, [2])


def test_methods_routes_and_parameters(owner):
    deleted = owner.http.delete("/api/v1/records")
    assert error_of(deleted) == (405, "http.method_not_allowed")
    assert deleted.headers["Allow"] == "GET, POST"
    assert error_of(owner.get("/api/v1/nothing")) == (404, "http.not_found")
    assert error_of(owner.get("/api/v1/records", params={"limit": "many"})) == (422, "input.wrong_type")
    assert error_of(owner.get("/api/v1/records", params={"x": "1"})) == (422, "input.unknown_field")
    twice = owner.http.get("/api/v1/records?limit=1&limit=2")
    assert error_of(twice) == (422, "input.wrong_type")


# Grants.


def grant(home, bureau=None, lifetime_s=600, issued_s_ago=0, officer="nobody"):
    issued_at = int(now().timestamp()) - issued_s_ago
    return issue_grant(
        home.signing,
        Grant(
            grant_id=new_id(now()),
            issuer=home.node,
            bureau=bureau or home.bureau,
            officer=officer,
            roles=frozenset(Role),
            purposes=frozenset(Purpose),
            issued_at=issued_at,
            expires_at=issued_at + lifetime_s,
        ),
    )


def test_grants_that_do_not_hold(world, owner):
    si, fr = world.homes["SI"], world.homes["FR"]
    good = world.grant("SI", Role.DATA_OWNER)
    body, signature = good.split(".")
    cases = {
        None: "grant.missing",
        "rubbish": "grant.malformed",
        f"{body}.{signature[:-4]}AAAA": "grant.signature",
        grant(si, lifetime_s=60, issued_s_ago=120): "grant.expired",
        grant(si, issued_s_ago=-3600): "grant.not_yet",
        world.grant("FR", Role.DATA_OWNER): "grant.foreign",
        grant(fr, bureau="SI"): "grant.foreign",
        grant(si): "grant.foreign",  # signed by this node, for an account that it does not have
    }
    for token, code in cases.items():
        machine = Machine(si.settings.office_url, si.network_ca, token)
        answer = machine.get("/api/v1/records")
        assert error_of(answer) == (401, code), (code, answer.text)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        machine.close()


def test_a_role_without_the_right_finds_nothing(world):
    officer, operator = world.machine("SI", Role.OFFICER), world.machine("SI", Role.OPERATOR)
    assert error_of(officer.get("/api/v1/records")) == (404, "access.not_found")
    assert error_of(officer.post("/api/v1/records", DRAFT)) == (404, "access.not_found")
    assert operator.get("/api/v1/records").status_code == 200
    assert error_of(operator.post("/api/v1/records", DRAFT)) == (404, "access.not_found")
    officer.close()
    operator.close()


def test_another_bureau_finds_no_trace_of_a_record(world, owner):
    record_id = submit(owner, "PZ3000001")
    stranger = world.machine("FR", Role.DATA_OWNER)
    for answer in (
        stranger.get(f"/api/v1/records/{record_id}"),
        stranger.get(f"/api/v1/records/{record_id}/receipts"),
        stranger.post(f"/api/v1/records/{record_id}/withdraw", {"reason": "mine"}),
    ):
        assert error_of(answer) == (404, "record.not_found")
    assert record_id not in stranger.get("/api/v1/records").text
    stranger.close()


# The door.


def test_the_door_knows_nobody_without_a_certificate(world):
    with node_client(world, "SI") as stranger:
        for path in ("feed?after=0", "directory", "withdrawals?after=0"):
            assert error_of(stranger.get(f"/node/v1/{path}")) == (403, "member.certificate")
        answer = stranger.post("/node/v1/submissions", json={"body": "", "signature": {}})
        assert error_of(answer) == (403, "member.certificate")


def test_a_provisional_certificate_is_nobodys(world, tmp_path):
    stranger = make_node(tmp_path / "HR", settings_for(world, "HR", "HRV"), SystemClock())
    with node_client(world, "SI", stranger) as client, pytest.raises(httpx.HTTPError):
        client.get("/node/v1/directory")


def test_odd_requests_at_the_door(world):
    home = world.homes["FR"]
    with node_client(world, "FR", home) as peer:
        assert peer.get("/node/v1/directory").status_code == 200
        posted = peer.post("/node/v1/feed", json={})
        assert (error_of(posted), posted.headers["Allow"]) == ((405, "http.method_not_allowed"), "GET")
        assert error_of(peer.get("/node/v1/feed")) == (422, "input.missing_field")
        assert error_of(peer.get("/node/v1/feed?after=-1")) == (422, "input.wrong_type")
        assert error_of(peer.get("/node/v1/feed?after=0&limit=5000")) == (422, "input.wrong_type")
        assert error_of(peer.get("/node/v1/feed?after=999999")) == (409, "feed.gap")
        odd = peer.post("/node/v1/copy-receipts", json={"body": "{}", "signature": {}, "extra": 1})
        assert error_of(odd) == (422, "input.unknown_field")
        assert error_of(peer.post("/node/v1/copy-receipts", content=b"{}")) == (415, "input.bad_content_type")
        big = peer.post("/node/v1/copy-receipts", json={"body": "x" * 300_000, "signature": {}})
        assert error_of(big) == (413, "limit.body")
        forged = peer.post("/node/v1/submissions", json={"body": "{}", "signature": {"ed25519": "AA"}})
        assert error_of(forged) == (403, "envelope.signature")


def test_a_post_cannot_submit(world):
    with node_client(world, "SI", world.homes["SI-post1"]) as post:
        answer = post.post("/node/v1/submissions", json={"body": "{}", "signature": {}})
        assert error_of(answer) == (404, "access.not_found")


def test_a_bureau_takes_no_submissions(world):
    home = world.homes["FR"]
    context = trusting(home.network_ca)
    context.load_cert_chain(home.tls_certificate, home.tls_key)
    url = world.homes["SI"].settings.office_url
    with httpx.Client(base_url=url, verify=context, timeout=30, trust_env=False) as peer:
        answer = peer.post("/node/v1/submissions", json={"body": "{}", "signature": {}})
        assert error_of(answer) == (404, "http.not_found")


# Membership.


def settings_for(world, node, country):
    office, search = free_ports(2)
    secretariat = world.homes["SEC"].settings
    return Settings(
        node=NodeSection(
            id=NodeId(node),
            role=NodeRole.BUREAU,
            country=country,
            name=node,
            network=secretariat.node.network,
        ),
        office=OfficeSection(port=office),
        search=SearchSection(port=search),
        secretariat=SecretariatSection(url=secretariat.office_url),
    )


def invited(world, node, country, **options):
    office = world.office("SEC")
    return office.run(invite, NodeId(node), NodeRole.BUREAU, country, node, now(), **options)


def standing(node, status, at):
    from comity.office.members.services import set_standing

    set_standing(None, node, status, at)


def code_of(attempt):
    with pytest.raises(ComityError) as refused:
        attempt()
    return refused.value.peer_code if isinstance(refused.value, PeerRefusedError) else str(refused.value.code)


def test_join_once_and_lose_everything_with_removal(world, tmp_path):
    """The stolen certificate of a removed member opens nothing."""
    home = make_node(tmp_path / "AT", settings_for(world, "AT", "AUT"), SystemClock())
    invitation = invited(world, "AT", "AUT")
    request = make_join_request(home, invitation)
    first = send_join_request(invitation, request)
    assert send_join_request(invitation, request).certificate == first.certificate
    thief = make_node(tmp_path / "thief", settings_for(world, "AT", "AUT"), SystemClock())
    assert (
        code_of(lambda: send_join_request(invitation, make_join_request(thief, invitation)))
        == "invitation.used"
    )
    altered = msgspec.structs.replace(request, office_url="https://evil.example")
    assert code_of(lambda: send_join_request(invitation, altered)) == "invitation.invalid"
    guessed = msgspec.structs.replace(invitation, secret="A" * 43)
    assert (
        code_of(lambda: send_join_request(invitation, make_join_request(home, guessed)))
        == "invitation.invalid"
    )

    member = join(home, invitation, now())
    with node_client(world, "SI", member) as client:
        assert client.get("/node/v1/feed?after=0&limit=1").status_code == 200
        world.office("SEC").run(standing, NodeId("AT"), MemberStatus.SUSPENDED, now())
        assert error_of(client.get("/node/v1/feed?after=0")) == (403, "member.not_active")
        world.office("SEC").run(standing, NodeId("AT"), MemberStatus.ACTIVE, now())
        assert client.get("/node/v1/feed?after=0&limit=1").status_code == 200
        world.office("SEC").run(standing, NodeId("AT"), MemberStatus.REMOVED, now())
        assert error_of(client.get("/node/v1/feed?after=0")) == (403, "member.not_active")
        assert error_of(client.get("/node/v1/directory")) == (403, "member.not_active")
    assert code_of(lambda: world.office("SEC").run(standing, NodeId("AT"), MemberStatus.ACTIVE, now())) == (
        "member.not_active"
    )


def test_invitations_that_do_not_hold(world, tmp_path):
    assert code_of(lambda: invited(world, "SI", "SVN")) == "member.exists"
    home = make_node(tmp_path / "DE", settings_for(world, "DE", "DEU"), SystemClock())
    office = world.office("SEC")
    old = office.run(invite, NodeId("DE"), NodeRole.BUREAU, "DEU", "DE", now() - timedelta(hours=73))
    assert code_of(lambda: send_join_request(old, make_join_request(home, old))) == "invitation.expired"
    unknown = msgspec.structs.replace(old, invitation_id=new_id(now()), expires_at=to_wire(now()))
    assert (
        code_of(lambda: send_join_request(unknown, make_join_request(home, unknown))) == "invitation.invalid"
    )


# What everybody may see.


def test_health_and_openapi(world):
    for node in ("SEC", "SI", "FR"):
        home = world.homes[node]
        with httpx.Client(base_url=home.settings.office_url, verify=trusting(home.network_ca)) as anyone:
            assert anyone.get("/livez").json() == {"live": True}
            assert anyone.get("/readyz").json()["ready"] is True
            page = anyone.get("/api/v1/openapi.json").json()
            assert page["openapi"] == "3.1.0"
            assert set(page["paths"]["/api/v1/records"]) == {"get", "post"}


def test_the_log_names_templates_only(world, owner):
    """I11: neither ids nor content nor parameters reach the log."""
    record_id = submit(owner, "PZCANARY77")
    owner.get(f"/api/v1/records/{record_id}")
    owner.get("/api/v1/records", params={"after": "CANARYPARAM"})
    owner.get("/CANARYPATH")
    in_state(owner, record_id, "in_force")
    logs = [path for node in world.homes.values() for path in Path(node.log_dir).rglob("*") if path.is_file()]
    text = "\n".join(path.read_text(errors="replace") for path in logs)
    assert "/api/v1/records/<uuid:record_id>" in text
    for canary in (record_id, "PZCANARY77", "CANARYPARAM", "CANARYPATH"):
        assert canary not in text
