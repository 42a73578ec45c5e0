"""How much a token tells: 0 for one that everybody bears, 1 for one that nobody or one person bears."""

from collections.abc import Mapping
from math import log


class TokenRarity:
    """Rarity from counts in a collection of names; call it with a token, or with `~` and a skeleton.

    `counts` says in how many names each of `rarity_keys` stands, `names` how many names there are.
    """

    def __init__(self, counts: Mapping[str, int], names: int) -> None:
        self._counts = counts
        self._names = max(names, 1)
        self._scale = 1 / log(self._names + 1)

    def __call__(self, token: str) -> float:
        """Return the rarity of `token`: 1 for at most one bearer, near 0 for a token of every name."""
        count = self._counts.get(token, 0)
        return log((self._names + 1) / max(count, 1)) * self._scale
