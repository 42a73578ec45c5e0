"""A small real network for the tests of nodes."""

from types import SimpleNamespace

import pytest

from tests.node.networks import NOW, build, copied, invite, publish, settings_of


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    """Read only: shared by all tests."""
    return build(tmp_path_factory.mktemp("network"))


@pytest.fixture
def own_network(network, tmp_path):
    """For tests that change it."""
    return copied(network, tmp_path)


@pytest.fixture
def directory(network):
    return network.homes["SEC"].directory.current(NOW)


@pytest.fixture
def make(network):
    """Functions of `networks`, for tests."""
    return SimpleNamespace(settings=settings_of, invite=invite, publish=publish, build=build, now=NOW)
