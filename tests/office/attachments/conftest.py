"""Offices for tests of attachments, and a machine client at one of them."""

from collections.abc import Iterator

import pytest

from tests.harness.offices import Offices, OfficeTemplates


@pytest.fixture(scope="module")
def house(office_templates: OfficeTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    """As `offices`, one for all tests of a module."""
    offices = Offices(office_templates, tmp_path_factory.mktemp("offices"))
    yield offices
    offices.close()
