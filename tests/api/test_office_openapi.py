"""The office's machine API answers and refuses as its OpenAPI page says, on both databases."""

import re
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import schemathesis

from comity.kernel.codes import Role
from tests.api.conformance import NOTHING, start
from tests.api.hostile import BODIES, assert_refused

PAGE = "/api/v1/openapi.json"
AT = "SI"
WITHIN_S = 60
JSON = {"Content-Type": "application/json"}
OCTETS = {"Content-Type": "application/octet-stream"}
PART = b"the only part"
INSTEAD = {
    "withdraw": ("record", "withdrawn"),
    "recall": ("message", "recalled"),
    "correct": ("message", "corrected"),
    "refuse": ("approval", "refused"),
}
"""What is used up by an operation is another thing than the one that all others are tried on."""


@pytest.fixture(scope="module")
def desk(world):
    """A bureau's machines, one for each role that matters, with what they read and change."""
    roles = (Role.OFFICER, Role.OPERATOR, Role.APPROVER, Role.DATA_OWNER)
    machines = {role: world.machine(AT, role) for role in roles}
    page = machines[Role.OFFICER].get(PAGE).json()
    yield SimpleNamespace(world=world, page=page, **{str(role): m for role, m in machines.items()})
    for machine in machines.values():
        machine.close()


@pytest.fixture(scope="module")
def things(desk):
    """Ids of a record with a hit on it, of one to withdraw, of sent messages and what hangs on them."""
    open_unit(desk)
    example = bodies(desk.page, "/api/v1/records", "post")["travel_document"]
    record, withdrawn = (created(desk.data_owner, "/api/v1/records", example)["record_id"] for _ in range(2))
    draft = bodies(desk.page, "/api/v1/messages", "post")["message"]
    sent, *others = (created(desk.operator, "/api/v1/messages", draft)["header"] for _ in range(5))
    searcher = desk.world.searcher(AT)
    query = {"kind": "document", "number": example["content"]["number"]}
    until = time.monotonic() + WITHIN_S
    while (answer := searcher.answer(query))["finding"] != "HIT":
        assert time.monotonic() < until, answer
        time.sleep(0.2)
    searcher.close()
    while not (hits := hits_of(desk, answer)):
        assert time.monotonic() < until
        time.sleep(0.2)
    file = {"name": "part.txt", "size": len(PART)}
    return SimpleNamespace(
        record=record,
        withdrawn=withdrawn,
        message=sent["message_id"],
        thread=sent["thread_id"],
        recalled=others[0]["message_id"],
        corrected=others[1]["message_id"],
        approval=disclosure(desk, others[2]),
        refused=disclosure(desk, others[3]),
        hit=hits[0]["hit_id"],
        case=created(desk.operator, "/api/v1/cases", {"title": "A case"})["header"]["case_id"],
        attachment=created(desk.operator, "/api/v1/attachments", file)["attachment"]["attachment_id"],
    )


def open_unit(desk):
    """The unit that the example passes a message on to."""
    home = str(desk.world.homes[AT].path)
    command = ["unit", "add", "customs", "--home", home, "--name", "Customs", "--kind", "authority"]
    shown = subprocess.run(
        [sys.executable, "-m", "comity", *command], check=False, capture_output=True, text=True
    )
    assert shown.returncode == 0 or "unit.exists" in shown.stderr, shown.stderr


def disclosure(desk, header):
    asked = {"reason": "The other bureau disputes what it wrote."}
    path = f"/api/v1/messages/{header['message_id']}/disclose"
    return created(desk.operator, path, asked)["header"]["approval_id"]


def hits_of(desk, answer):
    return desk.operator.get("/api/v1/hits", params={"search_id": answer["search_id"]}).json()["hits"]


def created(machine, path, example):
    response = machine.post(path, example)
    assert response.status_code == 201, response.text
    return response.json()


def bodies(page, path, method):
    content = page["paths"][path][method]["requestBody"]["content"]["application/json"]
    return {name: example["value"] for name, example in content["examples"].items()}


def requests(page, path, method):
    """Return what to send with an operation, by what it shows; one that takes no body gets none."""
    described = page["paths"][path][method].get("requestBody")
    if described is None:
        return {"nothing": {}}
    if "application/octet-stream" in described["content"]:
        return {"octets": {"content": PART, "headers": OCTETS}}
    return {name: {"json": body} for name, body in bodies(page, path, method).items()}


def address_of(path, name="", *, things=None):
    """Return an address with `name`, or with the ids of things, in its places."""
    known = {} if things is None else vars(things)

    def fill(place):
        if place[1] in {"number", "alarm_id"}:
            return name or "0"
        return name or known.get(place[1].removesuffix("_id"), NOTHING)

    return re.sub(r"{(\w+)}", fill, path)


def machine_for(desk, path):
    if path.endswith(("/approve", "/refuse")):
        return desk.approver
    return desk.data_owner if "/records" in path else desk.operator


def operations(page):
    return [(path, method, one) for path, item in page["paths"].items() for method, one in item.items()]


def test_the_page_is_openapi_3_1(desk):
    assert desk.page["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(desk.page).validate()
    assert len(operations(desk.page)) == 43


def test_every_example_is_accepted(desk, things):
    tried = 0
    for path, method, one in operations(desk.page):
        if "requestBody" not in one:
            continue
        machine = machine_for(desk, path)
        name, other = INSTEAD.get(path.rpartition("/")[2], ("record", "record"))
        chosen = SimpleNamespace(**{**vars(things), name: getattr(things, other)})
        address = address_of(path, things=chosen)
        for name, sent in requests(desk.page, path, method).items():
            if path.endswith("/approve"):
                asked = desk.approver.get(address.removesuffix("/approve")).json()
                sent["json"]["content_hash"] = asked["header"]["content_hash"]
            response = machine.http.request(method.upper(), address, **sent)
            assert response.status_code in {200, 201}, (path, name, response.text)
            tried += 1
    assert tried >= 9


def test_it_conforms_for_every_role(desk, things, tmp_path):
    world, address = desk.world, f"{desk.world.homes[AT].settings.office_url}{PAGE}"
    common = {"address": address, "ca": world.ca(AT), "config": "office.toml", **vars(things)}
    owner, operator = (
        start(tmp_path, str(role), grant=world.grant(AT, role), only=only, **common)
        for role, only in (
            (Role.DATA_OWNER, "records"),
            (Role.OPERATOR, "hits|messages|alarms|attachments|cases"),
        )
    )
    assert owner.finish() > 200
    assert operator.finish() > 200
    officer = start(
        tmp_path, "officer", grant=world.grant(AT), phases="examples,fuzzing", **{**common, "examples": 2}
    )
    assert officer.finish() >= 16


def test_another_role_is_told_that_nothing_is_there(desk, things):
    for path, method, _ in operations(desk.page):
        more = next(iter(requests(desk.page, path, method).values()))
        response = desk.officer.http.request(method.upper(), address_of(path, things=things), **more)
        assert (response.status_code, response.json()["error"]["code"]) == (404, "access.not_found"), path


def test_ids_that_name_nothing_are_refused_as_declared(desk):
    for path, method, one in operations(desk.page):
        if "{" not in path:
            continue
        machine = machine_for(desk, path)
        more = next(iter(requests(desk.page, path, method).values()))
        for name in (NOTHING, "x", "%00", "%ed%a0%80", "%ff", "1" * 500, "%E2%80%AE"):
            address = address_of(path, name)
            response = machine.http.request(method.upper(), address, **more)
            assert response.status_code == 404, (address, response.text)
            assert_refused(response, one)


@pytest.mark.parametrize("name", BODIES)
def test_hostile_bodies_are_refused_by_a_code(desk, things, name):
    for path, method, one in operations(desk.page):
        if "requestBody" in one:
            machine = machine_for(desk, path)
            address = address_of(path, things=things)
            response = machine.http.request(method.upper(), address, content=BODIES[name], headers=JSON)
            assert_refused(response, one)


@pytest.mark.parametrize("sign", ["\x00", "\u202e", "\U0010ffff", "\ufeff", "🂡" * 20], ids=ascii)
def test_odd_signs_are_stored_or_refused(desk, sign):
    record = bodies(desk.page, "/api/v1/records", "post")["travel_document"]
    message = bodies(desk.page, "/api/v1/messages", "post")["message"]
    tries = [
        (desk.data_owner, "/api/v1/records", {**record, name: f"a{sign}b"})
        for name in ("owner_reference", "legal_basis", "expires")
    ]
    tries += [
        (desk.operator, "/api/v1/messages", {**message, name: f"a{sign}b"}) for name in ("subject", "text")
    ]
    content = {**record["content"], "place": f"a{sign}b"}
    tries.append((desk.data_owner, "/api/v1/records", {**record, "content": content}))
    for machine, path, sent in tries:
        response = machine.post(path, sent)
        if response.status_code != 201:
            assert_refused(response, desk.page["paths"][path]["post"])


@pytest.mark.parametrize("value", ["\x00", "%00", "\u202e", str(2**63), str(2**64), "-1", "1e3", "9" * 30])
def test_odd_parameters_are_answered_or_refused(desk, value):
    for path, machine in (
        ("records", desk.data_owner),
        ("messages", desk.operator),
        ("hits", desk.operator),
        ("cases", desk.operator),
        ("alarms", desk.operator),
    ):
        one = desk.page["paths"][f"/api/v1/{path}"]["get"]
        for parameter in one["parameters"]:
            response = machine.get(f"/api/v1/{path}", params={parameter["name"]: value})
            if response.status_code != 200:
                assert_refused(response, one)
