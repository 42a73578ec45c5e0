"""Made-up persons in any number from a seed: names of eight tongues and six scripts, as common as real ones.

A few words are borne by one in thirty, most by hardly anybody (Zipf and Mandelbrot). The words are the same
for every seed: people on a list and people on none come from one world.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Any, Final, NamedTuple

from comity.cli.bench.tongues import Tongue, Tongues, tongues

WORLD_SEED: Final = 1
GIVENS: Final = 3_000
"""Distinct given names a tongue."""
FAMILIES: Final = 40_000
"""Distinct family names a tongue; a quarter of a million people share about as many over all tongues."""
GIVEN_FALL: Final = (1.0, 3.0)
"""Exponent and shift of frequency by rank: the first is borne by 4 % of its tongue."""
FAMILY_FALL: Final = (0.85, 10.0)
"""The first is borne by one in two hundred."""
SYLLABLES: Final = (1, 1, 2, 2, 2, 2, 2, 3)
SIGN_FALL: Final = (0.8, 2.0)
ALIAS_SHARE: Final = 0.35
"""Persons with another spelling beside."""
NATIVE_SHARE: Final = 0.5
"""Persons of a tongue with letters of its own whose name is also listed in them."""
WEAK_SHARE: Final = 0.06
"""Persons with a name known to be weak: the given name alone."""
UNDATED_SHARE: Final = 0.15
YEAR_ONLY_SHARE: Final = 0.1
FIRST_YEAR: Final = 1945
LAST_YEAR: Final = 2005


class Named(NamedTuple):
    """One name in Latin letters, and in its own where it has others."""

    latin: str
    native: str


class _Words:
    """Words with their frequency; `draw` picks one."""

    def __init__(self, words: list[str], fall: tuple[float, float]) -> None:
        self.words = words
        self._sums = list(accumulate((rank + fall[1]) ** -fall[0] for rank in range(1, len(words) + 1)))

    def draw(self, random: Random) -> str:
        return random.choices(self.words, cum_weights=self._sums)[0]


class _World(NamedTuple):
    """The words of all tongues, then of the two that write signs."""

    tongues: Tongues
    givens: list[_Words]
    families: list[_Words]
    shares: list[float]


class Population:
    """People from one seed. The same seed gives the same people."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 (people are made up, not keys)
        self._world = _world()

    def person(self) -> dict[str, Any]:
        """Return the content of one person of the collection `persons`."""
        named, given = self._named()
        random = self.random
        names: list[dict[str, Any]] = [{"text": named.latin}]
        if named.native and random.random() < NATIVE_SHARE:
            names.append({"text": named.native, "kind": "transliteration"})
        if random.random() < ALIAS_SHARE:
            names.append({"text": self.respelt(named.latin), "kind": "alias"})
        if random.random() < WEAK_SHARE:
            names.append({"text": given, "kind": "alias", "quality": "weak"})
        return {"names": names, "births": self._births(), "sex": random.choice("FMM")}

    def name(self) -> str:
        """Return a name as an officer reads it: mostly in Latin letters, one in ten in its own."""
        named, _ = self._named()
        return named.native if named.native and self.random.random() < 0.2 else named.latin  # noqa: PLR2004 (half have one)

    def birth(self) -> str:
        """Return a day of birth."""
        pick = self.random.randint
        return f"{pick(FIRST_YEAR, LAST_YEAR)}-{pick(1, 12):02}-{pick(1, 28):02}"

    def respelt(self, name: str) -> str:
        """Return a name as another clerk writes it; misspelt where no habit of clerks fits."""
        fitting = [pair for pair in self._world.tongues.spellings if pair[0] in name.lower()]
        if not fitting:
            return self.misspelt(name)
        old, new = self.random.choice(fitting)
        return name.lower().replace(old, new).title()

    def misspelt(self, name: str) -> str:
        """Return `name` with one letter wrong, missing or exchanged with the next."""
        place = self.random.randrange(1, max(len(name) - 1, 2))
        kind = self.random.randrange(3)
        if kind == 0:
            return name[:place] + self.random.choice("aeionrst") + name[place + 1 :]
        if kind == 1:
            return name[:place] + name[place + 1 :]
        return name[:place] + name[place + 1 : place + 2] + name[place] + name[place + 2 :]

    def reordered(self, name: str) -> str:
        """Return `name` with its words in another order, or one of more than two left out."""
        words = name.split()
        if len(words) > 2 and self.random.random() < 0.5:  # noqa: PLR2004 (as the docstring says)
            words.pop(self.random.randrange(len(words)))
        self.random.shuffle(words)
        return " ".join(words)

    def _named(self) -> tuple[Named, str]:
        place = self.random.choices(range(len(self._world.shares)), self._world.shares)[0]
        if place >= len(self._world.tongues.tongues):
            return self._signed(place)
        tongue = self._world.tongues.tongues[place]
        order = self.random.choice(tongue.orders)
        words = [self._word(part, place) for part in order.split()]
        latin = " ".join(words)
        return Named(
            latin.title(), _native(latin, self._world.tongues.alphabets.get(tongue.alphabet))
        ), words[0].title()

    def _word(self, part: str, place: int) -> str:
        if part in {"g", "gvich"}:
            return self._world.givens[place].draw(self.random) + part[1:].replace("vich", "ovich")
        if part in {"f", "al-f"}:
            return part[:-1] + self._world.families[place].draw(self.random)
        return part

    def _signed(self, place: int) -> tuple[Named, str]:
        family = self._world.families[place].draw(self.random)
        parts = [
            self._world.givens[place].draw(self.random)
            for _ in range(2 if self.random.random() < 0.8 else 1)  # noqa: PLR2004 (four of five have two)
        ]
        given = "".join(part[:-1] for part in parts)
        native = family[-1] + "".join(part[-1] for part in parts)
        return Named(f"{family[:-1]} {given}".title(), native), given.title()

    def _births(self) -> list[dict[str, str]]:
        chance, day = self.random.random(), self.birth()
        if chance < UNDATED_SHARE:
            return []
        if chance < UNDATED_SHARE + YEAR_ONLY_SHARE:
            year = day[:4]
            return [{"earliest": f"{year}-01-01", "latest": f"{year}-12-31", "precision": "year"}]
        return [{"earliest": day, "latest": day, "precision": "exact"}]


def persons(count: int, seed: int = 2) -> Iterator[dict[str, Any]]:
    """Yield contents of `count` persons, the same for the same seed."""
    people = Population(seed)
    for _ in range(count):
        yield people.person()


@lru_cache(1)
def _world() -> _World:
    random = Random(WORLD_SEED)  # noqa: S311 (words are made up, not keys)
    world = _World(tongues(), [], [], [])
    for tongue in world.tongues.tongues:
        world.givens.append(_Words(_made(random, tongue, tongue.givens, GIVENS, "-"), GIVEN_FALL))
        families = _made(random, tongue, tongue.families, FAMILIES, tongue.ends)
        world.families.append(_Words(families, FAMILY_FALL))
        world.shares.append(tongue.share)
    for signs in world.tongues.signs:
        world.givens.append(_Words(signs.givens.split(), SIGN_FALL))
        world.families.append(_Words(signs.families.split(), GIVEN_FALL))
        world.shares.append(signs.share)
    return world


def _made(random: Random, tongue: Tongue, common: str, count: int, ends: str) -> list[str]:
    """Return `common`, then words of syllables, each once, the shorter ones more often near the front."""
    starts, vowels, stops = ([sign.strip("-") for sign in part.split()] for part in tongue.syllables)
    endings = [end.strip("-") for end in ends.split()]
    words = dict.fromkeys(common.split())
    while len(words) < count:
        syllables = random.choice(SYLLABLES)
        word = "".join(
            random.choice(starts) + random.choice(vowels) + random.choice(stops) for _ in range(syllables)
        )
        words[word + random.choice(endings)] = None
    return list(words)


def _native(latin: str, alphabet: tuple[str, str] | None) -> str:
    if alphabet is None:
        return ""
    native = latin.lower()
    for letters, sign in zip(*map(str.split, alphabet), strict=True):
        native = native.replace(letters, sign.replace("_", ""))
    return native
