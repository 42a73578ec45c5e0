"""Numbered documents in the remarks of the OFAC list: `Passport A1234 (Peru) issued 01 Jan 2000`."""

import re
from dataclasses import dataclass
from typing import Any, Final

from comity.collections.importers.country_names import code_of_country
from comity.kernel.codes import DocumentKind

K = DocumentKind
PASSPORT: Final = "passport"
IDENTITY: Final = "identity_document"

_IDENTITY_CARDS: Final = (
    r"Cedula(?: de \w+)?",
    r"(?:Tazkira )?National ID(?: Card)?",
    r"(?:\w+ )?Personal ID(?: Card)?",
    r"Kenyan ID",
    r"Stateless Person ID Card",
    r"(?:\w+ )?Identification(?: Number)?",
    r"Numero de Identidad",
    r"D\.N\.I\.",
    r"Citizen's Card(?: Number)?",
    r"LE Number",
    r"CNP \(Personal Numerical Code\)",
)
_OTHER_NUMBERS: Final = (
    r"SSN|NIT|RUC|RTN",
    r"RFC|R\.F\.C\.",
    r"C\.U\.R\.P\.",
    r"C\.U\.I\.(?:[PT]\.)?",
    r"I\.F\.E\.|N\.I\.E\.",
    r"Tax ID",
    r"Italian Fiscal Code",
    r"Electoral Registry",
    r"Credencial electoral",
    r"Driver's License",
    r"Cartilla de Servicio Militar Nacional",
    r"Registration ID",
    r"Immigration",
    r"Seafarer's Identification Document",
)
_LABELS: Final = (
    (r"(?:[\w.]+ )*?[Pp]assport(?: Booklet| Card| Laissez-Passer)?", K.PASSPORT, PASSPORT),
    (r"Travel Document(?: Number)?", K.OTHER, IDENTITY),
    (r"Refugee ID Card", K.REFUGEE_DOCUMENT, IDENTITY),
    (r"Visa ?Number ?(?:ID)?", K.VISA, IDENTITY),
    (r"(?:National Foreign ID|Residency) Number(?: RNE)?", K.RESIDENCE_PERMIT, IDENTITY),
    (r"Romanian Permanent Resident", K.RESIDENCE_PERMIT, IDENTITY),
    ("|".join(_IDENTITY_CARDS), K.IDENTITY_CARD, IDENTITY),
    ("|".join(_OTHER_NUMBERS), K.OTHER, IDENTITY),
)
"""How documents are called, what they are, and under which word they are counted. First match wins."""

_COMPILED: Final = tuple(
    (
        re.compile(rf"(?P<label>{label})(?: Number\b| No\b\.?)?[ :#.]*(?=[\s\d(]|\b)(?P<rest>.*)"),
        kind,
        counted,
    )
    for label, kind, counted in _LABELS
)
_WHOLE: Final = re.compile(
    r"(?P<number>[^,]+?)(?:, (?P<extra>\w+))?(?: \((?P<country>[^()]+)\))?"
    r"(?P<note>(?:,? ?issued .+?)?(?: expires .+?)?)"
)
"""Number, perhaps a word such as `Diplomatic`, country in brackets, days of issue and expiry."""
_NUMBER: Final = re.compile(r"(?=.*\d)(?:[A-Z]{1,4}:? ?)?[\w()/.\- ]*\d[\w()/.\- ]*")
_LOOSE: Final = re.compile(r"(?P<number>(?:[A-Z]{1,4} )?[A-Z0-9/.\-]*\d[A-Z0-9/.\-]*)\b(?P<note>.*)")
"""A number at the front of words in another order; the words are kept as the note."""
_LIST_PREFIX: Final = re.compile(r"^[A-Z]{2,5}: ")
_TRAILING_WORDS: Final = re.compile(r"(.*\d\S*)((?: [A-Za-z]{4,})+)")
_LOWER_WORD: Final = re.compile(r"\b[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class DocumentReading:
    """One document as read. `number` None: it is a document, and no number was found."""

    kind: DocumentKind
    counted_as: str
    number: str | None = None
    country: str | None = None
    note: str = ""
    unknown_country: bool = False

    def content(self) -> dict[str, Any]:
        """Return it in the form of the collection `persons`."""
        return {"number": self.number, "country": self.country, "type": str(self.kind), "note": self.note}


def read_document(statement: str) -> DocumentReading | None:
    """Return the document that `statement` describes, None when it describes none."""
    for label, kind, counted_as in _COMPILED:
        if found := label.fullmatch(statement):
            return _read_rest(found["rest"].strip(" )"), found["label"], kind, counted_as)
    return None


def _read_rest(text: str, label: str, kind: DocumentKind, counted_as: str) -> DocumentReading:
    closed = text + ")" if text.count("(") > text.count(")") else text
    whole = _WHOLE.fullmatch(closed)
    if whole is None or not _is_number(whole["number"]):
        return _read_loose(closed, label, kind, counted_as)
    number, _, appendix = whole["number"].partition(" - ")
    number, trailing = _without_country(_LIST_PREFIX.sub("", number))
    words = _TRAILING_WORDS.fullmatch(number)
    number, rest = (words[1], words[2]) if words else (number, "")
    country_name = whole["country"] or trailing
    country = code_of_country(country_name) if country_name else None
    unknown = country_name is not None and country is None
    notes = [_note_label(label), rest.strip(), appendix, whole["extra"], whole["note"].strip(" ,")]
    notes.append(country_name if unknown else None)
    return DocumentReading(kind, counted_as, number, country, _joined(notes), unknown)


def _read_loose(text: str, label: str, kind: DocumentKind, counted_as: str) -> DocumentReading:
    loose = _LOOSE.fullmatch(text)
    if loose is None:
        return DocumentReading(kind, counted_as)
    words = loose["note"].strip(" ,:")
    named = code_of_country(words.split(",", 1)[0])
    return DocumentReading(kind, counted_as, loose["number"], named, _joined([_note_label(label), words]))


def _is_number(text: str) -> bool:
    plain = _NUMBER.fullmatch(text) is not None and _LOWER_WORD.search(text) is None
    return plain or _is_named(text)


def _is_named(text: str) -> bool:
    """Tell whether `text` is a number with a country's name behind it."""
    number, country = _without_country(text)
    return country is not None and _NUMBER.fullmatch(number) is not None


def _without_country(text: str) -> tuple[str, str | None]:
    number, _, last = text.rpartition(" ")
    if number and last.isalpha() and code_of_country(last) is not None:
        return number, last
    return text, None


def _note_label(label: str) -> str | None:
    return None if label == "Passport" else label


def _joined(notes: list[str | None]) -> str:
    return ", ".join(note for note in notes if note)
