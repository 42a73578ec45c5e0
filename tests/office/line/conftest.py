"""The line between offices in this process, and between real processes."""

from collections.abc import Iterator

import pytest

from tests.harness.engines import Engine
from tests.harness.offices import Offices, OfficeTemplates
from tests.office.line.carrier import Carrier
from tests.office.line.worlds import TWO_BUREAUS, LineWorld


@pytest.fixture
def carrier(offices: Offices) -> Carrier:
    """Four offices and the line between them."""
    return Carrier(offices)


@pytest.fixture(scope="module")
def one_carrier(
    office_templates: OfficeTemplates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Carrier]:
    """As `carrier`, one for all tests of a module: for tables of things that must change nothing."""
    offices = Offices(office_templates, tmp_path_factory.mktemp("offices"))
    yield Carrier(offices)
    offices.close()


@pytest.fixture(scope="session")
def line_world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LineWorld]:
    """A secretariat and two bureaus, each with office and worker; tests leave it running."""
    folder = tmp_path_factory.mktemp(f"line-{engine.name}")
    with LineWorld.create(folder, TWO_BUREAUS, database=engine.database) as world:
        world.open_desks()
        yield world
