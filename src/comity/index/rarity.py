"""How often a token stands in the names of unrestricted records, remembered between questions."""

from collections.abc import Iterator, Mapping
from typing import Final

from comity.index.seeing import Look

MAX_REMEMBERED: Final = 100_000
"""Tokens kept: a few MiB. Then forgotten all at once, which costs the next questions a millisecond."""


class TokenCounts(Mapping[str, int]):
    """Counts of tokens in one snapshot; `known` is shared by the questions of one feed position."""

    def __init__(self, look: Look, known: dict[str, int]) -> None:
        self._look = look
        self._known = known

    def __getitem__(self, token: str) -> int:
        count = self._known.get(token)
        if count is None:
            key = b"t" + token.encode()
            count = int.from_bytes(
                self._look.transaction.get(key, b"", db=self._look.databases.counts), "big"
            )
            self._known[token] = count
        if not count:
            raise KeyError(token)
        return count

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class RarityMemory:
    """Keeps the counts of the newest feed position that was asked about.

    Shared by threads: a lost entry is read again, and every entry of one memory is of one position.
    """

    def __init__(self) -> None:
        self._held: tuple[int, dict[str, int]] = (-1, {})

    def counts(self, look: Look, sequence: int) -> TokenCounts:
        """Return the counts for a look at position `sequence`."""
        held, known = self._held
        if held != sequence or len(known) > MAX_REMEMBERED:
            known = {}
            self._held = (sequence, known)
        return TokenCounts(look, known)
