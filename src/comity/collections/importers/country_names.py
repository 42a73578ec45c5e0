"""Names of countries as lists write them, and their codes of ICAO Doc 9303-3."""

import unicodedata
from types import MappingProxyType
from typing import Final

from comity.kernel.codes.states import SPECIMEN, STATES

VARIANTS: Final = MappingProxyType(
    {
        "Bolivia": "BOL",
        "Bosnia": "BIH",
        "Bosnia-Herzegovina": "BIH",
        "Britain": "GBR",
        "British Virgin Islands": "VGB",
        "Brunei": "BRN",
        "Burma": "MMR",
        "Cape Verde": "CPV",
        "Cabo Verde. Previously Cape Verde.": "CPV",
        "Congo, Democratic Republic of the": "COD",
        "Congo, Republic of the": "COG",
        "Cote d Ivoire": "CIV",
        "Czech Republic": "CZE",
        "Democratic Republic of the Congo": "COD",
        "East Timor": "TLS",
        "England": "GBR",
        "Falkland Islands": "FLK",
        "Great Britain": "GBR",
        "Holland": "NLD",
        "Hong Kong SAR": "HKG",
        "Iran": "IRN",
        "Iran, Islamic Republic of": "IRN",
        "Ivory Coast": "CIV",
        "Korea, North": "PRK",
        "Korea, South": "KOR",
        "Kosovo": "XXK",
        "Laos": "LAO",
        "Libyan Arab Jamahiriya": "LBY",
        "Macau": "MAC",
        "Macedonia": "MKD",
        "Macedonia, The Former Yugoslav Republic of": "MKD",
        "Micronesia": "FSM",
        "Moldova": "MDA",
        "Netherlands Antilles": "ANT",
        "North Korea": "PRK",
        "North Macedonia, The Republic of": "MKD",
        "Northern Mariana Islands": "MNP",
        "Palestine": "PSE",
        "Palestinian": "PSE",
        "Palestinian Territories": "PSE",
        "People's Republic of China": "CHN",
        "Reunion": "REU",
        "Russia": "RUS",
        "Saint Helena": "SHN",
        "Saint Martin": "MAF",
        "Sint Maarten": "SXM",
        "South Korea": "KOR",
        "St. Kitts and Nevis": "KNA",
        "St. Lucia": "LCA",
        "St. Vincent and the Grenadines": "VCT",
        "Stateless": "XXA",
        "Swaziland": "SWZ",
        "Syria": "SYR",
        "Taiwan": "TWN",
        "Tanzania": "TZA",
        "The Bahamas": "BHS",
        "The Gambia": "GMB",
        "The Netherlands": "NLD",
        "Timor Leste": "TLS",
        "Turkiye": "TUR",
        "U.S.A.": "USA",
        "UAE": "ARE",
        "UK": "GBR",
        "US": "USA",
        "USA": "USA",
        "United Kingdom": "GBR",
        "United States": "USA",
        "Vatican City": "VAT",
        "Venezuela": "VEN",
        "Vietnam": "VNM",
        "Virgin Islands, British": "VGB",
        "Virgin Islands, U.S.": "VIR",
        "West Bank": "PSE",
        "Zaire": "COD",
    }
)
"""Names that differ from those of the code list: short forms, older names, the order `Korea, North`."""


def code_of_country(name: str) -> str | None:
    """Return the three-letter code for the name or code of a country, None when it is not known."""
    return _CODES.get(_plain(name))


def _plain(name: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


_CODES: Final = (
    {_plain(code): code for code in STATES if code not in SPECIMEN and code != "D"}
    | {_plain(name): code for code, name in STATES.items() if code not in SPECIMEN and code != "D"}
    | {_plain(name): code for name, code in VARIANTS.items()}
)
