"""How alike two names are, 0 to 1000, and why."""

from collections.abc import Callable
from typing import NamedTuple

from rapidfuzz.distance import JaroWinkler

from comity.matching.names.forms import NameForm


class NameReason(NamedTuple):
    """One ground of a score: a stable code `name.*` and its words."""

    code: str
    text: str


class NameScore(NamedTuple):
    """Likeness in thousandths, with the grounds, most telling first."""

    score: int
    reasons: tuple[NameReason, ...]


def compare(asked: NameForm, listed: NameForm, rarity: Callable[[str], float]) -> NameScore:
    """Return the likeness of two names; `rarity` gives 0 (everybody's token) to 1 (nobody's or one person's)."""
    total = sum(map(rarity, asked.tokens)) + sum(map(rarity, listed.tokens)) + 1e-9
    shared = 0.0
    for token in asked.tokens:
        best = max(listed.tokens, key=lambda other: JaroWinkler.similarity(token, other))
        likeness = JaroWinkler.similarity(token, best)
        if likeness > 0.8:
            shared += likeness * (rarity(token) + rarity(best))
    score = min(round(1000 * shared / total), 1000)
    return NameScore(score, (NameReason("name.spelling", "similar name"),))
