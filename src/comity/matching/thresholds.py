"""The thresholds that come with the matcher, for nodes that have not measured their own yet.

Measured on a public list of `LISTED_NAMES` names, for 40,000 published made-up people who are on no list:
28,498 with Latin names, 4,180 Chinese, 2,359 Arabic, 1,459 Korean. Rates for which too few were asked are set
by the others. Cyrillic, Greek, Hebrew and Devanagari names raise no more alarms than Latin ones, as far as
they were asked, and go by theirs.
"""

from math import log10
from types import MappingProxyType
from typing import Final

from comity.kernel.codes import AlarmRate, QueryShape
from comity.matching.names import Script

LISTED_NAMES: Final = 12_645
"""Names on the list that was measured."""
POINTS_PER_TENFOLD: Final = 60
"""With ten times the names on the list, as many more people are like one of them; so much higher must the
threshold be for the same rate."""

_Thresholds = tuple[int, int, int]
"""For 1 %, 0.1 % and 0.01 %."""

_SHIPPED: Final[MappingProxyType[Script, tuple[_Thresholds, _Thresholds, _Thresholds]]] = MappingProxyType(
    {
        Script.LATIN: ((538, 647, 678), (414, 532, 602), (320, 417, 491)),
        Script.ARABIC: ((529, 604, 678), (395, 574, 602), (320, 454, 491)),
        Script.HAN: ((555, 678, 678), (472, 600, 602), (340, 452, 491)),
        Script.HANGUL: ((538, 647, 678), (426, 547, 602), (341, 447, 491)),
    }
)
"""By script: of a name alone, of name and year, of name and date."""
_PLACES: Final = {shape: place for place, shape in enumerate(QueryShape)}
_RATES: Final = {rate: place for place, rate in enumerate(AlarmRate)}


def shipped(script: Script, shape: QueryShape, rate: AlarmRate, names: int) -> int:
    """Return the shipped threshold against a list of `names` names; scripts without one take Latin's."""
    by_shape = _SHIPPED.get(script, _SHIPPED[Script.LATIN])
    base = by_shape[_PLACES[shape]][_RATES[rate]]
    return base + max(0, round(POINTS_PER_TENFOLD * log10(max(names, 1) / LISTED_NAMES)))
