"""Machine-readable zones of ICAO Doc 9303 parts 3 to 7: TD1, TD2, TD3, MRV-A, MRV-B."""

from comity.matching.mrz.checks import check_digit
from comity.matching.mrz.layouts import MrzFormat
from comity.matching.mrz.nearing import near_numbers
from comity.matching.mrz.reading import Mrz, MrzFields, read
from comity.matching.mrz.recognising import looks_like_mrz
from comity.matching.mrz.repairing import repair

__all__ = ["Mrz", "MrzFields", "MrzFormat", "check_digit", "looks_like_mrz", "near_numbers", "read", "repair"]
