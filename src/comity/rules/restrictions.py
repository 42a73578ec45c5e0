"""Which countries may see a record (articles 57 to 60). The index asks this inside (I6).

Where a record may not be seen it does not exist: no hit, no count, no different timing.
"""

from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from comity.kernel.codes import is_country
from comity.kernel.errors import ErrorCode, InputError

SECRETARIAT_COUNTRY: Final = "XPO"
"""Code of the organisation itself in ICAO Doc 9303-3: the secretariat keeps the records, so it sees them."""
MAX_COUNTRIES: Final = 300
"""There are 279 codes; a longer list repeats itself."""

_SAME_COUNTRY: Final = MappingProxyType({"D": "DEU", "RKS": "XXK"})
"""Two codes of one state in Doc 9303-3: a list that names one must hold for the other."""


class Restricted(Protocol):
    """Lists of three-letter codes; at most one is filled, both empty means every member."""

    @property
    def allow(self) -> Sequence[str]:
        """Only these countries, beside owner and secretariat."""

    @property
    def deny(self) -> Sequence[str]:
        """All but these countries."""


def may_see(restrictions: Restricted, owner_country: str, viewer_country: str) -> bool:
    """Tell whether the record exists for `viewer_country`. Owner and secretariat always see it.

    Lists that contradict each other (`check` refuses them) hide rather than show.
    """
    viewer = _one_code(viewer_country)
    if viewer in {_one_code(owner_country), SECRETARIAT_COUNTRY}:
        return True
    if restrictions.deny and viewer in _codes(restrictions.deny):
        return False
    return not restrictions.allow or viewer in _codes(restrictions.allow)


def check(restrictions: Restricted, owner_country: str) -> None:
    """Refuse lists that contradict themselves.

    Raises `InputError`: record.restriction_odd (both lists; owner or secretariat denied; a country
    twice), input.unknown_country, input.too_long. `field` is `restrictions.allow` or `restrictions.deny`.
    """
    if restrictions.allow and restrictions.deny:
        raise InputError(ErrorCode.RECORD_RESTRICTION_ODD, field="restrictions.deny")
    _check_list(restrictions.allow, "restrictions.allow")
    _check_list(restrictions.deny, "restrictions.deny")
    if _codes(restrictions.deny) & {_one_code(owner_country), SECRETARIAT_COUNTRY}:
        raise InputError(ErrorCode.RECORD_RESTRICTION_ODD, field="restrictions.deny")


def _check_list(codes: Sequence[str], field: str) -> None:
    if len(codes) > MAX_COUNTRIES:
        raise InputError(ErrorCode.INPUT_TOO_LONG, field=field)
    if not all(is_country(code) for code in codes):
        raise InputError(ErrorCode.INPUT_UNKNOWN_COUNTRY, field=field)
    if len(_codes(codes)) != len(codes):
        raise InputError(ErrorCode.RECORD_RESTRICTION_ODD, field=field)


def _codes(codes: Iterable[str]) -> frozenset[str]:
    return frozenset(_one_code(code) for code in codes)


def _one_code(code: str) -> str:
    return _SAME_COUNTRY.get(code, code)
