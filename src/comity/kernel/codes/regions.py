"""Regions of the world as the organisation's statutes and regional conferences group its countries.

The table is data (`regions.csv`): every state of ICAO Doc 9303-3 stands in one region at most. A network
of its own kind may do without: a region in which it has no bureau is not offered.
"""

import csv
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from comity.kernel.codes.states import STATES


class Region(StrEnum):
    """The five regions."""

    AFRICA = "africa"
    AMERICAS = "americas"
    ASIA_PACIFIC = "asia_pacific"
    EUROPE = "europe"
    MIDDLE_EAST_NORTH_AFRICA = "middle_east_north_africa"


@cache
def _table() -> MappingProxyType[str, Region]:
    text = files(__package__).joinpath("regions.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return MappingProxyType({code: Region(row["region"]) for row in rows for code in row["codes"].split()})


def region_of(country: str) -> Region | None:
    """Return the region of a country by its three letters; None for organisations and special codes."""
    return _table().get(country)


@cache
def _names() -> dict[str, dict[str, str]]:
    text = files(__package__).joinpath("country_names.csv").read_text("utf-8")
    return {row["code"]: row for row in csv.DictReader(text.splitlines())}


def country_in(code: str, language: str) -> str:
    """Return a country's name in `language` (fr, es, ar, sl; else English), the code itself if unknown."""
    name = STATES.get(code, code) if language == "en" else _names().get(code, {}).get(language, "")
    return name or STATES.get(code, code)
