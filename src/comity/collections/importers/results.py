"""What an import gives: drafts, how much of each field was understood, and a list of what was not."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from comity.collections.registry import get
from comity.kernel.codes import CollectionName
from comity.kernel.errors import ErrorCode, InputError

_PLACE: Final = re.compile(r"content\.(\w+)(?:\[(\d+)\])?")


@dataclass(frozen=True, slots=True)
class Draft:
    """One record as a list tells it: normal content, and envelope fields for `rows.build_body`."""

    collection: CollectionName
    line: int
    envelope: dict[str, Any]
    content: dict[str, Any]

    @property
    def owner_reference(self) -> str:
        """The list's own reference: importing the list again finds the same record by it."""
        return str(self.envelope["owner_reference"])


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not understood: where it stands and why, never what it says (I11)."""

    line: int
    reference: str
    field: str
    why: str
    text_length: int


@dataclass(slots=True)
class ImportResult:
    """Everything that an import found.

    `understood` and `not_understood` count the same kinds of things, so that their sum is what was seen.
    `left_out` counts entries that the import is not for, such as ships on a list of persons.
    """

    drafts: list[Draft] = field(default_factory=list)
    understood: Counter[str] = field(default_factory=Counter)
    not_understood: list[Problem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def problems(self) -> Counter[str]:
        """Return how many things of each field were not understood."""
        return Counter(problem.field for problem in self.not_understood)

    def share_understood(self, name: str) -> float:
        """Return the share of `name` that was understood, 1.0 when there was none."""
        seen = self.understood[name] + self.problems()[name]
        return self.understood[name] / seen if seen else 1.0

    def fail(self, line: int, reference: str, name: str, why: str, text: str = "") -> None:
        """Note that `text` of field `name` was not understood; only its length is kept."""
        self.not_understood.append(Problem(line, reference, name, why, len(text)))

    def settle(self, draft: Draft, counted_as: Callable[[str, Any], str]) -> None:
        """Keep `draft` with everything in it that its collection accepts; what it refuses becomes a problem.

        `counted_as(field, item)` gives the word under which a part was counted in `understood`.
        """
        content = dict(draft.content)
        while True:
            try:
                normal = get(draft.collection).normalise(content)
            except InputError as error:
                if self._remove_refused(content, draft, error, counted_as):
                    continue
                self.fail(draft.line, draft.owner_reference, "record", str(error.code))
                return
            self.drafts.append(Draft(draft.collection, draft.line, draft.envelope, normal))
            self.understood["record"] += 1
            return

    def _remove_refused(
        self, content: dict[str, Any], draft: Draft, error: InputError, counted_as: Callable[[str, Any], str]
    ) -> bool:
        """Take out the refused item or field; False when the record as a whole is refused."""
        place = _PLACE.match(error.field or "")
        if place is None or place[1] not in content:
            return False
        name, position = place[1], place[2]
        refused = content[name]
        if position is not None:
            content[name] = [item for number, item in enumerate(refused) if number != int(position)]
            refused = refused[int(position)]
        elif isinstance(refused, list) and len(refused) > 1 and error.code is ErrorCode.INPUT_TOO_LONG:
            content[name], refused = refused[:-1], refused[-1]
        elif isinstance(refused, list):
            return False
        else:
            del content[name]
        word = counted_as(name, refused)
        if self.understood[word]:
            self.understood[word] -= 1
        self.fail(draft.line, draft.owner_reference, word, str(error.code), _text_of(refused))
        return True


def _text_of(refused: Any) -> str:
    if isinstance(refused, dict):
        return str(refused.get("text") or refused.get("number") or "")
    return str(refused)


def decode(data: bytes, name: str) -> str:
    """Return the text of a file in UTF-8. Raises `InputError` input.wrong_encoding, field = `name`."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(ErrorCode.INPUT_WRONG_ENCODING, field=name) from None


def table_lines(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of a table. Raises `InputError` input.bad_csv, field = `name`."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error:
        raise InputError(ErrorCode.INPUT_BAD_CSV, field=name) from None
