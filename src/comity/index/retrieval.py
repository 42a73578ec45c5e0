"""Which listed names are compared with an asked one: those that share the most and fit the date of birth.

The nearest by shared grams are looked at all together, by the fixed bytes in front of their forms; the best
of them are compared in full. Whatever is asked, the work is bounded by the constants here and in `gathering`.
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from comity.index.gathering import MAX_NEAREST, Gatherer, Nearest
from comity.index.heads import UNKNOWN_BIRTH, NameHead, day_number, decode_name, read_heads
from comity.index.layout import HIDDEN
from comity.index.names import letters_of
from comity.index.seeing import Look
from comity.matching import names
from comity.matching.dates import BirthDate

MAX_COMPARED: Final = 40
"""Names compared in full; of the true ones on a public list that compare well, 99.9 % are among 30."""
KEPT_SHARE: Final = 0.4
"""Of the best share: a name with less is not compared. Of 1,910 spellings that a public list does not hold
and that compare well, none has less than 0.54; of many words alike in part it spares a third of the work."""
MAX_WORD_PAIRS: Final = 6_000
"""Pairs of an asked and a listed word compared: some five milliseconds. Three words against sixty names of
three are a tenth of it; thirty words are compared with as many names as the limit allows."""
FEW_HEADS: Final = 120
"""Names looked at as a rule; up to `MAX_NEAREST` where a date of birth can tell more of them apart, as the
last of these shares nearly as much as those that are compared (bearers of one common name), or where most of
these have expired."""
NEARLY: Final = 0.8
MIN_SHARE: Final = 0.18
"""Least share of the asked name's gram weight that a listed one must have to be compared. None of the
spellings on a public list that compare well has less than 0.25; one in eight of strangers' nearest names
has it."""
MIN_SHARE_OTHER_SCRIPT: Final = 0.06
"""The same where the asked name is not in Latin letters: without vowels few trigrams survive."""
SAME_DAY: Final = 0.25
COMPATIBLE: Final = 0.1
FAR: Final = -0.25
"""What dates of birth add to a share, about as they do to a score: the same day, days that can be the same,
`FAR_DAYS` apart; in between by the distance."""
FAR_DAYS: Final = 3_650
PER_LETTER: Final = 0.002
"""Taken off for each letter that one name has more: of names that share the same, the likest in length."""


class Retrieved(NamedTuple):
    """One listed name that shares grams with the asked one."""

    number: int
    head: NameHead
    form: names.NameForm


def retrieve(
    look: Look, form: names.NameForm, gatherer: Gatherer, birth: BirthDate | None = None
) -> Iterator[Retrieved]:
    """Yield the listed names that exist for the viewer and are nearest to `form`, nearest first.

    At most `MAX_COMPARED`, fewer of many words; `birth` decides among those that share as much.
    """
    share = MIN_SHARE if form.script is names.Script.LATIN else MIN_SHARE_OTHER_SCRIPT
    nearest = gatherer.nearest(look, form, share)
    found = _look_at(look, nearest, _few(nearest.shares, dated=birth is not None))
    if len(found.values) < nearest.numbers.size and found.seen.sum() < MAX_COMPARED:
        found = _look_at(look, nearest, MAX_NEAREST)
    if not found.values:
        return
    heads, shares = found.heads, found.shares
    rank = shares + _fit(heads, birth) - PER_LETTER * np.abs(heads["letters"].astype(int) - letters_of(form))
    best = min(shares[found.seen].max(initial=0.0), 1.0)
    rank[~found.seen | (shares < KEPT_SHARE * best)] = -np.inf
    order = np.lexsort((found.numbers, -rank))
    places = order[np.isfinite(rank[order])].tolist()
    yield from _compared(look, form, [(int(found.numbers[at]), found.values[at]) for at in places])


class _Looked(NamedTuple):
    """The nearest names that were looked at, by number: as they lie on the disk."""

    numbers: Any
    shares: Any
    values: list[bytes]
    heads: Any
    seen: Any
    """Whether each has not expired."""


def _few(shares: Any, *, dated: bool) -> int:
    """Return how many names to look at first."""
    tied = dated and shares.size > FEW_HEADS and shares[FEW_HEADS] >= NEARLY * shares[MAX_COMPARED]
    return MAX_NEAREST if tied else FEW_HEADS


def _look_at(look: Look, nearest: Nearest, count: int) -> _Looked:
    order = np.argsort(nearest.numbers[:count])
    numbers, shares = nearest.numbers[order], nearest.shares[order]
    first = int(np.searchsorted(numbers, HIDDEN))
    values = _values(look, look.databases.names, numbers[:first])
    values += _values(look, look.databases.hidden_names, numbers[first:])
    heads = read_heads(values)
    return _Looked(numbers, shares, values, heads, heads["expires"] > look.instant)


def _values(look: Look, database: Any, numbers: Any) -> list[bytes]:
    if not numbers.size:
        return []
    packed = numbers.astype("=u4").tobytes()
    with look.transaction.cursor(db=database) as cursor:
        found = cursor.getmulti([packed[at : at + 4] for at in range(0, len(packed), 4)])
    return [value for _, value in found]


def _fit(heads: Any, birth: BirthDate | None) -> Any:
    """Return what the dates of birth add to each share."""
    if birth is None:
        return 0.0
    earliest, latest = heads["earliest"].astype(int), heads["latest"].astype(int)
    first, last = day_number(birth.earliest), day_number(birth.latest)
    apart = np.maximum(np.maximum(first - latest, earliest - last), 0)
    fit = np.where(apart > 0, FAR * np.minimum(apart / FAR_DAYS, 1), COMPATIBLE)
    fit[(earliest == first) & (latest == last)] = SAME_DAY
    fit[(earliest == UNKNOWN_BIRTH[0]) & (latest == UNKNOWN_BIRTH[1])] = 0
    return fit


def _compared(look: Look, form: names.NameForm, ordered: list[tuple[int, bytes]]) -> Iterator[Retrieved]:
    count = pairs = 0
    for number, value in ordered:
        head, packed = decode_name(value)
        if not look.sees_name(head):
            continue
        one = Retrieved(number, head, names.NameForm.from_bytes(packed))
        pairs += len(form.tokens) * len(one.form.tokens)
        if count and pairs > MAX_WORD_PAIRS:
            return
        yield one
        count += 1
        if count == MAX_COMPARED:
            return
