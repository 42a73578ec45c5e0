"""Between which scores a threshold for names may lie. A bureau that sets one itself stays within.

Below the lowest, names that have nothing in common are shown to officers and records of others are read
without need. Above the highest, somebody who is asked for exactly as listed no longer comes up where the
name is a common one: a search that misses the listed person is worse than an alarm too many.
"""

from types import MappingProxyType
from typing import Final

from comity.kernel.codes import QueryShape
from comity.kernel.errors import ConfigurationError, ErrorCode

BOUNDS: Final = MappingProxyType(
    {
        QueryShape.NAME: (400, 678),
        QueryShape.NAME_YEAR: (250, 602),
        QueryShape.NAME_DATE: (200, 491),
    }
)
"""Lowest and highest threshold in thousandths, both allowed. The highest is what a name scores whose every
word agrees but is common, where nothing else can be compared; with a date less is left for the name."""


def check_threshold(shape: QueryShape, value: int, field: str) -> None:
    """Refuse a threshold outside `BOUNDS`. Raises `ConfigurationError` (config.odd_value) naming `field`."""
    lowest, highest = BOUNDS[shape]
    if not lowest <= value <= highest:
        remedy = f"Set a whole number from {lowest} to {highest}, or leave it out."
        raise ConfigurationError(ErrorCode.CONFIG_ODD_VALUE, field=field, remedy=remedy)
