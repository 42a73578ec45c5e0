"""What every collection offers: the small contract that index, search and office rely on."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from comity.kernel.codes import CollectionName
from comity.matching.dates import BirthDate


class KeyKind(StrEnum):
    """Exact keys by which records are found. Their values are written into indexes: never rename."""

    DOCUMENT_NUMBER = "document_number"
    PLATE = "plate"
    VIN = "vin"
    VIN_TAIL = "vin_tail"
    ENGINE = "engine"


class NameQuality(StrEnum):
    """How much a listed name alone says about a person."""

    STRONG = "strong"
    WEAK = "weak"
    """A nickname or a common short form: never a reason for an alarm by itself."""


@dataclass(frozen=True, slots=True)
class SearchKey:
    """One exact key. Equal keys are equal by kind and value; country and type only narrow a question."""

    kind: KeyKind
    value: str
    country: str | None = field(default=None, compare=False)
    """Issuing or registering country, three letters, in the form of `matching.documents.issuer_key`."""
    document_type: str | None = field(default=None, compare=False)
    """A code of `DocumentKind`, for document numbers."""


@dataclass(frozen=True, slots=True)
class ListedName:
    """One name of a listed person as it stands in the record."""

    text: str
    quality: NameQuality


class Collection(ABC):
    """One collection: pure functions over the content of its records.

    `content` handed to every method but `normalise` must be what `normalise` gave.
    """

    name: ClassVar[CollectionName]
    columns: ClassVar[tuple[str, ...]]
    """CSV columns of the content, beside the envelope's (`rows.ENVELOPE_COLUMNS`)."""

    @abstractmethod
    def normalise(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Check `content` strictly and return it in its one normal form: JSON types, no empty fields.

        Normalising twice changes nothing; floats never occur. Raises `InputError` with `field` =
        `content.<path>` for an unknown field, a missing one, a wrong type, a passed limit, an unknown
        country or an impossible date.
        """

    @abstractmethod
    def keys(self, content: Mapping[str, Any]) -> list[SearchKey]:
        """Return the exact keys that find this record; one key may occur with several countries."""

    def names(self, content: Mapping[str, Any]) -> list[ListedName]:  # noqa: ARG002 - things have no names
        """Return the names that find this record; none where the collection holds no persons."""
        return []

    def births(self, content: Mapping[str, Any]) -> list[BirthDate]:  # noqa: ARG002 - as above
        """Return the possible dates of birth; none where the collection holds no persons."""
        return []

    def described(self, content: Mapping[str, Any]) -> frozenset[str]:  # noqa: ARG002 - most are not
        """Return the words by which a description finds this record; none where nothing is to be seen."""
        return frozenset()

    @abstractmethod
    def view(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a reader of an answer sees. Codes stay codes: each reader gets his own language."""

    @abstractmethod
    def title(self, content: Mapping[str, Any]) -> str:
        """Return one line that names the record on a list."""

    @abstractmethod
    def from_csv_row(self, row: Mapping[str, str]) -> dict[str, Any]:
        """Return the normal content of one CSV row; blank cells are absent.

        Raises `InputError` with `field` = the column.
        """

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of the content."""
