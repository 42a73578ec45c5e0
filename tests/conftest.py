"""Fixtures for everybody: engines, worlds of real processes, offices in this process, the shared data.

* `world`: a secretariat, three bureaus and a post as real processes over real TLS; one per engine and run.
* `offices`: the same members in this process, without processes: `with offices.at("SI"): ...`; fresh for
  each test.
* `shared`: the folder ../shared; tests that take it skip without it.

Where something is missing, tests that need it skip and say why. In CI (`CI=true`) that is a failure.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from comity.kernel.errors import ComityError
from tests.harness.engines import Engine, wanted_engines
from tests.harness.offices import Offices, OfficeTemplates
from tests.harness.postgres import DURABLE, PASSING, NoPostgresError, PostgresCluster
from tests.harness.sharing import group_of, order_of
from tests.harness.worlds import TestWorld

SHARED = Path(__file__).resolve().parents[2] / "shared"


def miss(reason: str) -> None:
    """Skip for want of something outside the repository; in CI fail, so that nothing is lost unseen."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("requires_shared") and not SHARED.is_dir():
        miss("the data folder ../shared is missing")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Tell pytest-xdist what stays together and in which order; one process keeps pytest's own order."""
    divided = config.getoption("loadgroup", default=False)
    if divided:
        for item in items:
            item.add_marker(pytest.mark.xdist_group(group_of(item)))
    yield
    if divided:
        items.sort(key=order_of)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real and made-up data beside the repository."""
    if not SHARED.is_dir():
        miss("the data folder ../shared is missing")
    return SHARED


@contextmanager
def cluster_with(settings: Mapping[str, str]) -> Iterator[PostgresCluster]:
    """A private PostgreSQL cluster."""
    try:
        cluster = PostgresCluster.start(settings=settings)
    except NoPostgresError as error:
        miss(f"no PostgreSQL for tests: {error}")
        raise
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A cluster with fsync on, for processes that are killed."""
    with cluster_with(DURABLE) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def passing_postgres() -> Iterator[PostgresCluster]:
    """A cluster that waits for no disk, for offices in this process: nobody kills it and reads on."""
    with cluster_with(PASSING) as cluster:
        yield cluster


@pytest.fixture(scope="session", params=wanted_engines())
def engine(request: pytest.FixtureRequest) -> Engine:
    """SQLite, then PostgreSQL: whoever takes this runs on both."""
    if request.param == "sqlite":
        return Engine("sqlite", None)
    return Engine("postgresql", partial(request.getfixturevalue, "postgres"))


@pytest.fixture(scope="session")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestWorld]:
    """Real nodes with accounts of every role; shared by all tests of an engine, so leave it running."""
    try:
        made = TestWorld.create(tmp_path_factory.mktemp(f"world-{engine.name}"), database=engine.database)
    except ComityError as error:
        pytest.fail(f"no world: {error}\n{error.detail}")
    with made:
        made.open_accounts()
        yield made


@pytest.fixture(scope="session")
def office_templates(
    engine: Engine, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> OfficeTemplates:
    """Homes and databases of joined members, from which `offices` takes copies."""
    if engine.start is not None:
        engine = Engine(engine.name, partial(request.getfixturevalue, "passing_postgres"))
    return OfficeTemplates.create(tmp_path_factory.mktemp(f"offices-{engine.name}"), engine)


@pytest.fixture
def offices(office_templates: OfficeTemplates, tmp_path: Path) -> Iterator[Offices]:
    """Offices of all members in this process, as new for this test."""
    made = Offices(office_templates, tmp_path / "offices")
    yield made
    made.close()
