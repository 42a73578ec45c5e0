"""Write the table of country names from Unicode's CLDR: `pip install babel`, then run this.

Names of states come from CLDR (Unicode License v3, https://www.unicode.org/license.txt); those of
organisations and of special codes of ICAO Doc 9303-3, which CLDR does not list, stand in the table
already and stay as they are.
"""

import csv
import sys
from pathlib import Path

from babel import Locale  # type: ignore[import-not-found]  # needed here only
from babel.core import get_global  # type: ignore[import-not-found]

from comity.kernel.codes.states import STATES

TABLE = Path("src/comity/kernel/codes/country_names.csv")
LANGUAGES = ("fr", "es", "ar", "sl")


def main() -> int:
    """Write the table anew; 1 when a code has no name."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        known = {row["code"]: row for row in csv.DictReader(file)}
    letters = get_global("territory_aliases")
    names = {language: Locale(language).territories for language in LANGUAGES}
    rows = []
    for code in sorted(STATES):
        two = letters.get(code, [""])
        if len(two) == 1 and two[0] in names["fr"]:
            rows.append([code, *(names[language][two[0]] for language in LANGUAGES)])
        elif code in known:
            rows.append([code, *(known[code][language] for language in LANGUAGES)])
        else:
            sys.stderr.write(f"{code} has no names\n")
            return 1
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([["code", *LANGUAGES], *rows])
    return 0


if __name__ == "__main__":
    sys.exit(main())
