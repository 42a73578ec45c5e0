"""How much a token tells, by its count in the names of unrestricted records; remembered for later."""

from collections.abc import Callable
from typing import Final

from comity.index.seeing import Look
from comity.matching.names import TokenRarity

MAX_REMEMBERED: Final = 100_000
"""Tokens kept: a few MiB. Then forgotten all at once, which costs the next questions a millisecond."""


class _Known(dict[str, float]):
    """Rarities of one feed position; a plain dictionary once a token was met."""

    look: Look
    public_names: int

    def __missing__(self, token: str) -> float:
        data = self.look.transaction.get(b"t" + token.encode(), b"", db=self.look.databases.counts)
        rarity = TokenRarity({token: int.from_bytes(data, "big")}, self.public_names)(token)
        self[token] = rarity
        return rarity


class RarityMemory:
    """Keeps what was counted at one feed position. Owned by one thread."""

    def __init__(self) -> None:
        self._sequence = -1
        self._known = _Known()

    def at(self, look: Look, sequence: int, public_names: int) -> Callable[[str], float]:
        """Return the rarity of tokens, 0 to 1, for one look at position `sequence`."""
        if sequence != self._sequence or len(self._known) > MAX_REMEMBERED:
            self._known = _Known()
            self._sequence = sequence
        self._known.look = look
        self._known.public_names = public_names
        return self._known.__getitem__
