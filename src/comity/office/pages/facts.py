"""What a record says, ready for a screen: words for codes, dates that cannot be misread, matches marked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from comity.kernel.codes import country_name
from comity.office.pages.words import CAUTIONS, DOCUMENT_KINDS, FIELDS, LOSSES, NAME_KINDS, SEXES, word

_FIELD_OF_REASON: Final = {"birth_dates": "births"}
"""Where a reason calls a field otherwise than the record's view does."""
_YEAR, _MONTH = 4, 7
"""Lengths of YYYY and YYYY-MM."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a fact; `note` says what kind it is, `matched` that the question agrees with it."""

    text: str
    note: str = ""
    matched: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a record."""

    field: str
    label: str
    values: list[Value]
    matched: bool = False


def facts_of(view: Mapping[str, Any], reasons: Sequence[Mapping[str, Any]] = ()) -> list[Fact]:
    """Return the lines of a record's view, `reasons` marking those that agree with the question.

    Cautions are left out: they stand above everything else (`cautions_of`).
    """
    agreeing = [reason for reason in reasons if int(reason.get("points", 0)) > 0]
    fields = {_field(reason) for reason in agreeing}
    listed = {_bare(str(reason.get("listed", ""))) for reason in agreeing} - {""}
    return [
        _fact(name, view[name], matched=name in fields, listed=listed)
        for name in sorted(view, key=_place)
        if name != "cautions" and view[name] not in (None, "", [], {})
    ]


def cautions_of(view: Mapping[str, Any]) -> list[str]:
    """Return the cautions of a record in words."""
    return [word(CAUTIONS, code) for code in view.get("cautions", ())]


def birth_text(birth: Mapping[str, Any]) -> str:
    """Return a date of birth as it is known, month spelled out."""
    earliest, latest = str(birth["earliest"]), str(birth["latest"])
    precision = birth["precision"]
    if precision == "exact":
        return partial_date(earliest)
    if precision == "month":
        return partial_date(earliest[:_MONTH])
    if precision == "year":
        return earliest[:_YEAR]
    words = {"earliest": earliest[:_YEAR], "latest": latest[:_YEAR]}
    if precision == "circa":
        return _("about %(earliest)s to %(latest)s") % words
    return _("%(earliest)s to %(latest)s") % words


def partial_date(text: str) -> str:
    """Return YYYY, YYYY-MM or YYYY-MM-DD with its month spelled out; anything else as it stands."""
    try:
        if len(text) == _MONTH:
            return f"{MONTHS[int(text[5:])]} {text[:4]}"
        if len(text) > _MONTH:
            found = date.fromisoformat(text)
            return f"{found.day} {MONTHS[found.month]} {found.year}"
    except (ValueError, KeyError):
        return text
    return text


_ORDER: Final = {name: place for place, name in enumerate(FIELDS)}


def _place(name: str) -> int:
    """Return where a field stands on a screen: what identifies first."""
    return _ORDER.get(name, len(_ORDER))


def _field(reason: Mapping[str, Any]) -> str:
    name = str(reason.get("field", "")).removeprefix("content.").split("[")[0].split(".")[0]
    return _FIELD_OF_REASON.get(name, name)


def _fact(name: str, content: Any, *, matched: bool, listed: set[str]) -> Fact:
    items = content if isinstance(content, list) else [content]
    show = _SHOW.get(name, _plain)
    values = [show(item) for item in items]
    marked = [
        Value(v.text, v.note, matched=matched and (len(values) == 1 or bool(_said(item, v) & listed)))
        for item, v in zip(items, values, strict=True)
    ]
    return Fact(name, word(FIELDS, name), marked, matched=matched)


def _said(item: Any, value: Value) -> set[str]:
    """Return the forms in which a reason may quote a value: as shown, and a date's days or years."""
    said = {_bare(value.text)}
    if isinstance(item, Mapping) and "earliest" in item:
        earliest, latest = str(item["earliest"]), str(item["latest"])
        same_year = earliest[:_YEAR] == latest[:_YEAR]
        years = earliest[:_YEAR] if same_year else f"{earliest[:_YEAR]} to {latest[:_YEAR]}"
        said |= {_bare(earliest if earliest == latest else years), _bare(f"{earliest} to {latest}")}
    return said


def _bare(text: str) -> str:
    """Return the letters and digits of a text: keys quote numbers without blanks and dashes."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _plain(item: Any) -> Value:
    return Value(str(item))


def _name(item: Any) -> Value:
    note = word(NAME_KINDS, item.get("kind", "primary")) if item.get("kind") != "primary" else ""
    if item.get("quality") == "weak":
        note = _("nickname")
    return Value(str(item["text"]), note)


def _document(item: Any) -> Value:
    kind = word(DOCUMENT_KINDS, item.get("type", "passport"))
    land = country_name(item["country"]) if item.get("country") else ""
    note = ", ".join(part for part in (kind, land, item.get("note", "")) if part)
    return Value(str(item["number"]), note)


def _country(item: Any) -> Value:
    return Value(country_name(str(item)), str(item))


_SHOW: Final[Mapping[str, Callable[[Any], Value]]] = {
    "names": _name,
    "births": lambda item: Value(birth_text(item)),
    "documents": _document,
    "nationalities": _country,
    "country": _country,
    "plate_country": _country,
    "sex": lambda item: Value(word(SEXES, item)),
    "type": lambda item: Value(word(DOCUMENT_KINDS, item)),
    "loss": lambda item: Value(word(LOSSES, item)),
    "event_date": lambda item: Value(partial_date(str(item))),
    "theft_date": lambda item: Value(partial_date(str(item))),
}
