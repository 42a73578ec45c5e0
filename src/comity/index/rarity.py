"""What a thread that asks for names keeps: how much a token tells, and room for gathering.

A token tells the more, the fewer names of unrestricted records it stands in.
"""

from collections.abc import Callable
from typing import Final

from comity.index.gathering import Gatherer
from comity.index.seeing import Look
from comity.matching.names import TokenRarity

MAX_REMEMBERED: Final = 100_000
"""Tokens kept: a few MiB. Then forgotten all at once, which costs the next questions a millisecond."""
STALE_SHARE: Final = 0.01
"""Share of the public names that may come or go before all is counted anew: a count that is one in a hundred
off moves a rarity by less than a thousandth."""


class _Known(dict[str, float]):
    """Rarities of about one state of the index; a plain dictionary once a token was met."""

    look: Look

    def __init__(self, names_taken: int, public_names: int) -> None:
        super().__init__()
        self.names_taken = names_taken
        self.public_names = public_names

    def __missing__(self, token: str) -> float:
        data = self.look.transaction.get(b"t" + token.encode(), b"", db=self.look.databases.counts)
        rarity = TokenRarity({token: int.from_bytes(data, "big")}, self.public_names)(token)
        self[token] = rarity
        return rarity


class RarityMemory:
    """Keeps what was counted until too many public names have come and gone since. Owned by one thread."""

    def __init__(self) -> None:
        self.gatherer = Gatherer()
        self._known = _Known(0, 0)

    def at(self, look: Look) -> Callable[[str], float]:
        """Return the rarity of tokens, 0 to 1, for one look."""
        state, known = look.state, self._known
        changes = abs(state.next_name - known.names_taken) + abs(state.public_names - known.public_names)
        if changes > STALE_SHARE * known.public_names or len(known) > MAX_REMEMBERED:
            known = self._known = _Known(state.next_name, state.public_names)
        known.look = look
        return known.__getitem__
