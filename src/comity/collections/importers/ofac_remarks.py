"""The remarks of the OFAC list: parts divided by `; `, each one statement about the person.

Every part ends in exactly one place: a field, or the text that is kept as the record's remarks. A part that
looks like a field and cannot be read is a problem, and is kept as text as well.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from comity.collections.importers.country_names import code_of_country
from comity.collections.importers.ofac_documents import read_document
from comity.collections.importers.results import ImportResult
from comity.kernel.errors import InputError
from comity.matching.dates import parse_birth

EMPTY: Final = "-0-"
"""How the list writes "nothing"."""


@dataclass(slots=True)
class Remarks:
    """What the remarks of one person say, in the form of the collection `persons`."""

    line: int
    reference: str
    result: ImportResult
    births: list[dict[str, str]] = field(default_factory=list)
    birth_places: list[str] = field(default_factory=list)
    nationalities: list[str] = field(default_factory=list)
    sexes: list[str] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)
    weak_names: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def read(self, text: str) -> None:
        """Read all parts of `text`."""
        for part in text.strip().removesuffix(".").split("; "):
            if part.strip() not in ("", EMPTY):
                self._read_part(part.strip())

    def _read_part(self, part: str) -> None:
        statement = _ALTERNATIVE.sub("", part)
        for pattern, handler in _HANDLERS:
            if found := pattern.search(statement):
                handler(self, found[1].strip(), part)
                return
        if not self._document(statement, part):
            self.kept.append(part)
            self.result.understood["text_kept"] += 1

    def _birth(self, text: str, part: str) -> None:
        try:
            self.births.append(parse_birth(text.rstrip(")")).to_wire())
        except InputError as error:
            self._fail("birth_date", str(error.code), part)
        else:
            self.result.understood["birth_date"] += 1

    def _birth_place(self, text: str, _part: str) -> None:
        self.birth_places.append(text)
        self.result.understood["birth_place"] += 1

    def _nationality(self, text: str, part: str) -> None:
        code = code_of_country(text)
        if code is None:
            self._fail("nationality", "country not known", part)
            return
        self.nationalities.append(code)
        self.result.understood["nationality"] += 1

    def _sex(self, text: str, part: str) -> None:
        code = _SEXES.get(text.lower())
        if code is None:
            self._fail("sex", "not known", part)
            return
        self.sexes.append(code)
        self.result.understood["sex"] += 1

    def _weak_name(self, text: str, _part: str) -> None:
        self.weak_names.append(text.strip("'"))
        self.result.understood["weak_alias"] += 1

    def _document(self, statement: str, part: str) -> bool:
        """Read a numbered document; False when the part is none."""
        reading = read_document(statement)
        if reading is None:
            return False
        if reading.number is None:
            self._fail(reading.counted_as, "no number found", part)
            return True
        if reading.unknown_country:
            self._fail("document_country", "country not known", part)
        self.documents.append(reading.content())
        self.result.understood[reading.counted_as] += 1
        return True

    def _fail(self, name: str, why: str, part: str) -> None:
        self.result.fail(self.line, self.reference, name, why, part)
        self.kept.append(part)


_ALTERNATIVE: Final = re.compile(r"^alt\. ")
_SEXES: Final = MappingProxyType({"male": "M", "female": "F"})
_Handler = Callable[[Remarks, str, str], None]
_HANDLERS: Final[tuple[tuple[re.Pattern[str], _Handler], ...]] = (
    (re.compile(r"\bDOB\b:?(.*)$"), Remarks._birth),  # noqa: SLF001 - the table belongs to the class
    (re.compile(r"^POB\b:?(.*)$"), Remarks._birth_place),  # noqa: SLF001 - a table of its own methods
    (re.compile(r"^(?:nationality|citizen)\b(.*)$"), Remarks._nationality),  # noqa: SLF001 - a table of its own methods
    (re.compile(r"^Gender\b(.*)$"), Remarks._sex),  # noqa: SLF001 - a table of its own methods
    (re.compile(r"^[afn]\.k\.a\.(.*)$"), Remarks._weak_name),  # noqa: SLF001 - a table of its own methods
)
"""First match wins; what no pattern finds may still be a document."""
