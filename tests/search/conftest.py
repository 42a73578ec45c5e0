from types import SimpleNamespace

import pytest

from tests.index.feeding import document, person, vehicle
from tests.search.nodes import Network


@pytest.fixture(scope="package")
def desk(tmp_path_factory):
    """A bureau's search with a few made-up records, for tests that only read."""
    network = Network(tmp_path_factory.mktemp("desk"))
    records = SimpleNamespace(
        paper=document("L898902C3", country="UTO"),
        other_paper=document("AB12345", country="FRA"),
        car=vehicle(plate="LJ AB-123", vin="WVWZZZ1KZAW000123", country="SVN"),
        bearer=person("Anna Maria Eriksson", births=["1974-08-12"], sex="F"),
        hidden=document("SECRET1", owner="FR", deny=["SVN"]),
    )
    network.fill("SI", *vars(records).values())
    with network.serving("SI"), network.client("SI", token=network.grant()) as client:
        yield SimpleNamespace(network=network, client=client, records=records)
