"""Which listed names share the most with an asked one: the rarest grams' postings, counted.

Common grams (` al`, `an `) have the longest lists and tell the least, so they are read last or not
at all. What the viewer may not see is left out before the best are cut off: it takes nobody's place (I6).
"""

from math import log
from typing import Any, Final, NamedTuple

import numpy as np

from comity.index.layout import GRAM_BYTES, NameHead, decode_name, gram_key, pack
from comity.index.seeing import Look
from comity.matching import names

MAX_POSTINGS: Final = 40_000
"""Postings read for one name: about a millisecond. The rarest grams are read whatever their length."""
MIN_GRAMS: Final = 4
"""Grams read before the limit above counts: one spelling error spoils three."""
MAX_COMPARED: Final = 120
"""Names compared in full; of the true ones on a public list that compare well, 99.8 % are among 60."""
MIN_SHARE: Final = 0.18
"""Least share of the asked name's gram weight that a listed one must have to be compared. None of the
spellings on a public list that compare well has less than 0.25; one in eight of strangers' nearest names
has it."""
MIN_SHARE_OTHER_SCRIPT: Final = 0.06
"""The same where the asked name is not in Latin letters: without vowels few trigrams survive."""

_POSTING: Final = np.dtype([("gram", f"S{GRAM_BYTES}"), ("name", "=u4")])


class Retrieved(NamedTuple):
    """One listed name that shares grams with the asked one."""

    number: int
    head: NameHead
    form: names.NameForm


def retrieve(look: Look, form: names.NameForm, public_names: int) -> list[Retrieved]:
    """Return the listed names nearest to `form` by shared grams, nearest first, at most `MAX_COMPARED`."""
    chosen = _choose(look, form)
    if not chosen:
        return []
    found: list[Retrieved] = []
    share = MIN_SHARE if form.script is names.Script.LATIN else MIN_SHARE_OTHER_SCRIPT
    for number in _nearest(look, chosen, public_names, share):
        data = look.transaction.get(pack(int(number)), db=look.databases.names)
        head, packed = decode_name(data)
        if look.sees_name(head):
            found.append(Retrieved(int(number), head, names.NameForm.from_bytes(packed)))
            if len(found) == MAX_COMPARED:
                break
    return found


def _choose(look: Look, form: names.NameForm) -> list[tuple[int, bytes]]:
    """Return the grams to read with their counts, rarest first."""
    counted = []
    for gram in {gram_key(gram) for gram in names.trigrams(form)}:
        data = look.transaction.get(b"g" + gram, b"", db=look.databases.counts)
        counted.append((int.from_bytes(data, "big"), gram))
    counted.sort()
    chosen: list[tuple[int, bytes]] = []
    total = 0
    for count, gram in counted:
        if len(chosen) >= MIN_GRAMS and total + count > MAX_POSTINGS:
            break
        chosen.append((count, gram))
        total += count
    return chosen


def _nearest(look: Look, chosen: list[tuple[int, bytes]], public_names: int, share: float) -> Any:
    """Return name numbers by falling weight of their grams, down to `share` of all; ties by number."""
    weights = np.array([log((public_names + 2) / (count + 1)) + 0.1 for count, _ in chosen], dtype=np.float32)
    parts = []
    with look.transaction.cursor(db=look.databases.grams) as cursor:
        for place, (_, gram) in enumerate(chosen):
            data = cursor.getmulti([gram], dupdata=True, dupfixed_bytes=4, keyfixed=True)
            numbers = np.frombuffer(data, dtype=_POSTING)["name"].astype(np.uint64)
            parts.append(numbers << np.uint64(8) | np.uint64(place))
    packed = np.sort(np.concatenate(parts))
    if not packed.size:
        return packed
    numbers = packed >> np.uint64(8)
    starts = np.flatnonzero(np.concatenate(([True], numbers[1:] != numbers[:-1])))
    sums = np.add.reduceat(weights[(packed & np.uint64(255)).astype(np.intp)], starts)
    enough = np.flatnonzero(sums >= share * weights.sum())
    return numbers[starts[enough]][np.argsort(-sums[enough], kind="stable")]
