"""What made-up names are made of, by tongue: common words, the syllables of rare ones, orders, alphabets.

The common words in `tongues.json` are among the most frequent given names and family names of their tongue;
alone they name nobody. The long tail is built from syllables, so that most family names belong to one person
in a hundred thousand.
"""

from importlib.resources import files

import msgspec


class Tongue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way of making names; words are parted by blanks, the commonest first."""

    share: float
    """Among all persons."""
    givens: str
    families: str
    syllables: tuple[str, str, str]
    """Beginnings, vowels, endings of one; `-` is none."""
    ends: str
    """Of family names; `-` is none."""
    orders: list[str]
    """`g` a given name, `f` a family name, other words stand as they are."""
    alphabet: str = ""
    """Key of `alphabets` for the other way of writing, if there is one."""


class Signs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names whose signs are not letters: every word ends with its sign."""

    share: float
    families: str
    givens: str
    """Parts of given names; most people have two."""


class Tongues(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them."""

    tongues: list[Tongue]
    alphabets: dict[str, tuple[str, str]]
    """Latin letters, longest first, and what is written for each; `_` is nothing."""
    signs: list[Signs]
    spellings: list[tuple[str, str]]
    """What clerks write for one another."""


def tongues() -> Tongues:
    """Read `tongues.json`."""
    data = files("comity.cli.bench").joinpath("tongues.json").read_bytes()
    return msgspec.json.decode(data, type=Tongues)
