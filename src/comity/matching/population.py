"""Made-up people who are on no list: common names of many tongues recombined, births from a pyramid of ages.

They stand in where a bureau has no people of its own to measure false alarms with. The words are among the
most frequent given names and family names of their tongue; together they name nobody. Common names are the
hard case: people who bear them are like more of those listed than others are.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import accumulate
from random import Random
from typing import Final, NamedTuple

import msgspec

_GIVEN_FALL: Final = 0.7
INITIALS: Final = "ABCDEFGHJKLMNPRSTVW"
_AGES: Final = ((18, 30, 24), (30, 45, 32), (45, 60, 26), (60, 75, 14), (75, 90, 4))
"""Ages of those who are checked at borders and counters: from, to, share in hundredths."""
_DAYS_A_YEAR: Final = 365.25


class Tongue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one tongue makes names; words are parted by blanks, the commonest first, `~` is a blank within."""

    script: str
    share: float
    """Among the people of its script."""
    female: str
    male: str
    families: str
    orders: list[str]
    """`g` a given name, `f` a family name, `p` a patronymic, `k` a middle word, `i` an initial; other letters
    stand as they are, and `fg` is written without a blank."""
    fall: float
    """How steeply family names grow rarer by their rank (Zipf). At 0.7 the first is twenty times as common
    as the hundredth; at 1 by one in five of all, as in Korea."""
    rare: float
    """Share of people with a rare family name: the beginning of one and the end of another."""
    families_female: str = ""
    """`+` and an ending that women's family names take; empty for the same ones."""
    patronymics: list[str] = []
    """Of men, of women."""


class _People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scripts: dict[str, float]
    """Weights: how many people of each are made. Where false alarms are rare, more are needed to see them."""
    tongues: list[Tongue]


class MadeUp(NamedTuple):
    """One person."""

    name: str
    birth: date
    female: bool


@cache
def _people() -> _People:
    data = files("comity.matching").joinpath("population.json").read_bytes()
    return msgspec.json.decode(data, type=_People)


def made_up_people(count: int, seed: int, today: date) -> Iterator[MadeUp]:
    """Yield `count` people of all scripts; the same numbers give the same people."""
    random = Random(seed)  # noqa: S311 (people are made up, not keys)
    people = _people()
    weights = [people.scripts[tongue.script] * tongue.share for tongue in people.tongues]
    makers = [_Maker(tongue, random) for tongue in people.tongues]
    for maker in random.choices(makers, weights, k=count):
        yield maker.person(today)


class _Words:
    """Words, drawn the more often the earlier they stand."""

    def __init__(self, words: str, random: Random, fall: float = _GIVEN_FALL) -> None:
        self._words = [word.replace("~", " ") for word in words.split()]
        self._sums = list(accumulate(rank**-fall for rank in range(1, len(self._words) + 1)))
        self._random = random

    def draw(self) -> str:
        return self._random.choices(self._words, cum_weights=self._sums)[0]

    def rare(self) -> str:
        """Return a word that is hardly ever drawn twice: the first half of one and the second of another."""
        first, second = self._random.choice(self._words), self._random.choice(self._words)
        return first[: (len(first) + 1) // 2] + second[len(second) // 2 :].lstrip(" -'")


class _Maker:
    """Makes people of one tongue."""

    def __init__(self, tongue: Tongue, random: Random) -> None:
        self._tongue = tongue
        self._random = random
        self._givens = (_Words(tongue.male, random), _Words(tongue.female, random))
        self._families = _Words(tongue.families, random, tongue.fall)
        self._patronymics = [_Words(words, random) for words in tongue.patronymics]
        self._middles = _Words("Kumar Devi Kaur Lal Nath Prasad Bai", random)

    def person(self, today: date) -> MadeUp:
        female = self._random.random() < 0.5  # noqa: PLR2004 (as many women as men)
        order = self._random.choice(self._tongue.orders)
        name = "".join(self._part(sign, female=female) for sign in order)
        return MadeUp(name, self._birth(today), female)

    def _part(self, sign: str, *, female: bool) -> str:
        if sign == "g":
            return self._givens[female].draw()
        if sign == "f":
            return self._family(female=female)
        if sign == "p":
            return self._patronymics[female].draw()
        if sign == "k":
            return self._middles.draw()
        return self._random.choice(INITIALS) if sign == "i" else sign

    def _family(self, *, female: bool) -> str:
        rare = self._random.random() < self._tongue.rare
        family = self._families.rare() if rare else self._families.draw()
        return family + self._tongue.families_female.removeprefix("+") if female else family

    def _birth(self, today: date) -> date:
        youngest, oldest, _ = self._random.choices(_AGES, [share for _, _, share in _AGES])[0]
        days = self._random.uniform(youngest * _DAYS_A_YEAR, oldest * _DAYS_A_YEAR)
        return today - timedelta(days=int(days))
