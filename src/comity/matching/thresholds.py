"""The thresholds that come with the matcher, for nodes that have not measured their own yet.

Measured with `comity calibrate` on a public list of `LISTED_NAMES` names, for people of each script who are
on no list. Cross-script scores are lower by nature: what tells names apart is lost in transliteration.
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
        Script.LATIN: ((455, 560, 640), (250, 450, 530), (200, 340, 430)),
        Script.CYRILLIC: ((460, 560, 640), (250, 450, 530), (200, 340, 430)),
        Script.GREEK: ((460, 560, 640), (250, 450, 530), (200, 340, 430)),
        Script.ARABIC: ((518, 594, 648), (270, 518, 572), (216, 421, 464)),
        Script.HEBREW: ((490, 580, 640), (260, 505, 560), (208, 410, 455)),
        Script.HAN: ((539, 678, 678), (325, 597, 602), (246, 440, 491)),
        Script.HANGUL: ((508, 614, 678), (297, 540, 593), (222, 445, 491)),
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
