"""Issuing states and nationalities by their three-letter code."""

from comity.kernel.codes.states import STATES


def is_country(code: str) -> bool:
    """Tell whether `code` stands in ICAO Doc 9303-3 (special and specimen codes included)."""
    return code in STATES


def country_name(code: str) -> str:
    """Return the English name of `code`, or the code itself when it is unknown."""
    return STATES.get(code, code)
