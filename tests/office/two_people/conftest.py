"""A line between offices in this process."""

import pytest

from tests.harness.offices import Offices
from tests.office.line.carrier import Carrier


@pytest.fixture
def carrier(offices: Offices) -> Carrier:
    return Carrier(offices)
