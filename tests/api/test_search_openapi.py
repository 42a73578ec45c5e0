"""The search answers and refuses as its OpenAPI page says."""

from types import SimpleNamespace

import pytest
import schemathesis

from comity.kernel.codes import Role
from tests.api.conformance import start
from tests.api.hostile import BODIES, assert_refused
from tests.index.feeding import document, person, vehicle
from tests.search.nodes import Network, body

PAGE = "/v1/openapi.json"


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    network = Network(tmp_path_factory.mktemp("conforming"))
    network.fill(
        "SI",
        document("L898902C3", country="UTO"),
        vehicle(plate="LJ AB-123", vin="1M8GDM9AXKP042788", country="SVN"),
        person("Jana Izmišljena", births=["1980-02-03"], sex="F"),
    )
    with network.serving("SI"), network.client("SI", token=network.grant()) as client:
        yield SimpleNamespace(network=network, client=client, page=client.get(PAGE).json())


def test_the_page_is_openapi_3_1(node):
    assert node.page["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(node.page).validate()


def test_it_conforms_for_an_officer_and_for_who_may_not_search(node, tmp_path):
    address, ca = node.network.url("SI") + PAGE, node.network.homes["SI"].network_ca
    officer = start(tmp_path, "officer", address, ca, node.network.grant(), config="search.toml", examples=10)
    stranger = start(
        tmp_path, "data_owner", address, ca, node.network.grant(roles=(Role.DATA_OWNER,)),
        config="search.toml", phases="examples,fuzzing", examples=3,
    )  # fmt: skip
    assert officer.finish() > 100
    assert stranger.finish() > 5


def test_every_example_is_accepted(node):
    operation = node.page["paths"]["/v1/search"]["post"]
    examples = operation["requestBody"]["content"]["application/json"]["examples"]
    kinds = {example["value"]["query"]["kind"] for example in examples.values()}
    assert kinds == {"document", "mrz", "plate", "vin", "engine", "vehicle", "person", "text"}
    for name, example in examples.items():
        response = node.client.post("/v1/search", json=example["value"])
        assert response.status_code == 200, (name, response.text)


@pytest.mark.parametrize("name", BODIES)
def test_hostile_bodies_are_refused_by_a_code(node, name):
    response = node.client.post(
        "/v1/search", content=BODIES[name], headers={"Content-Type": "application/json"}
    )
    assert_refused(response, node.page["paths"]["/v1/search"]["post"])


@pytest.mark.parametrize("sign", ["\x00", "\u202e", "\U0010ffff", "\ufeff", "🂡" * 20, "ﷺ" * 100], ids=ascii)
@pytest.mark.parametrize("kind", ["number", "plate", "vin", "name", "text"])
def test_odd_signs_are_answered_or_refused_by_field(node, kind, sign):
    kinds = {"number": "document", "name": "person"}
    query = {"kind": kinds.get(kind, kind), kind: f"A1{sign}B2"}
    response = node.client.post("/v1/search", json=body(query))
    if response.status_code != 200:
        assert_refused(response, node.page["paths"]["/v1/search"]["post"])
        assert response.json()["error"]["field"] == f"query.{kind}"
