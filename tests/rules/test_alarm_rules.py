"""Between which scores a bureau may set a threshold itself."""

import pytest

from comity.kernel.codes import QueryShape
from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.rules.alarms import BOUNDS, check_threshold


@pytest.mark.parametrize("shape", QueryShape)
def test_the_bounds_are_allowed_and_nothing_beyond_them(shape):
    lowest, highest = BOUNDS[shape]
    for value in (lowest, highest):
        check_threshold(shape, value, "k")
    for value in (lowest - 1, highest + 1, -1, 0, 1001):
        with pytest.raises(ConfigurationError) as caught:
            check_threshold(shape, value, "search.thresholds.name")
        assert (caught.value.code, caught.value.field) == (
            ErrorCode.CONFIG_ODD_VALUE,
            "search.thresholds.name",
        )


def test_the_more_is_asked_the_less_a_name_must_reach():
    lows, highs = zip(*(BOUNDS[shape] for shape in QueryShape), strict=True)
    assert list(lows) == sorted(lows, reverse=True)
    assert list(highs) == sorted(highs, reverse=True)
