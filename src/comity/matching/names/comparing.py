"""How alike two names are, 0 to 1000, and why.

Words are paired one to one: equal ones, then alike ones, then parts written together. The score is the
weight of what agrees against all weight, then lowered where what agrees is too common to tell people apart,
and mixed with the trigrams of the whole names. Unequal counts of words cost little: lists leave parts out.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from comity.matching.names.forms import NameForm
from comity.matching.names.knowledge import is_patronymic, telling
from comity.matching.names.likeness import Likeness, word_trigrams
from comity.matching.names.reasons import BITS, NameCode, NameReason, reasons_of
from comity.matching.names.ways import WAYS, Way, way_between

Rarity = Callable[[str], float]
"""0 for what everybody bears to 1 for what at most one bears; called with tokens and `~` + skeletons."""
LEFT_OVER: Final = 0.2
"""What a word without a partner weighs against one that has one: parts are left out more often than wrong."""
TELLING: Final = 2.5
"""Rarity that must agree for a full score: two rare words and a common one. A lone common word stays low."""
_TELLING_POWER: Final = 0.4
"""How fast the score falls below that."""
WHOLE_SHARE: Final = 0.4
"""Share of the whole names' trigrams in the score; they see what pairing words misses."""
DOUBT: Final = 1.5
"""Power of a likeness: two words that are half alike are much less than half a ground."""
PATRONYMIC: Final = 0.2
"""What a father's name without a partner weighs of its weight: documents for abroad leave it out."""
_BESIDE_PATRONYMIC: Final = 2
"""Words that a name must have beside a father's name; Petrovich may be a surname."""
LEAST_WEIGHT: Final = 0.05
"""The commonest word still counts a little."""
_EQUAL: Final = 20.0
_STRONG: Final = 10.0
"""Added to the rank of equal words, and of words more alike than joined ones must be: these are paired before
all others, then what is written together, then the rest."""
_MATES: Final = frozenset("chjxz")
"""First letters that romanisations of East Asian names exchange."""
_JOINABLE: Final = 0.3
"""Share of trigrams below which two names hold no word that the other writes as two."""
_SHORTEST_JOINT: Final = 5
"""Letters that a word must have to be two: two and three."""
CUT_OFF: Final = Likeness(0.9, NameCode.TRUNCATED)
"""A word that begins as a word of a name cut short does."""
JOINED_ENOUGH: Final = 0.8
PARTICLE: Final = 3
"""Longest word that may be joined to its neighbour although it has a partner already (al, bin, ben)."""


class NameScore(NamedTuple):
    """Likeness in thousandths, with the grounds, most telling first."""

    score: int
    reasons: tuple[NameReason, ...]


class _Match(NamedTuple):
    """One asked word that a listed one resembles; matches sort by what they tell, equal words before all."""

    rank: float
    agreeing: float
    weight: float
    place: int
    """Of the asked word."""
    ground: int


class _Met(NamedTuple):
    """What one listed word is to the asked name."""

    weight: float
    left: float
    """What it weighs without a partner in a name of more than two words."""
    missing: int
    """The ground to name then."""
    grams: int
    common: int
    """Its trigrams, and those of them that the asked name has too."""
    most: float
    """What can agree of it."""
    matches: tuple[_Match, ...]


class _Pairing:
    """The words of two names during one comparison; places without a partner are bits of `..._left`."""

    __slots__ = ("agreeing", "asked_left", "grounds", "listed_left", "paired")

    def __init__(self, asked: int, listed: int) -> None:
        self.asked_left = (1 << asked) - 1
        self.listed_left = (1 << listed) - 1
        self.agreeing = 0.0
        self.paired = 0.0
        self.grounds = 0


class Comparer:
    """Compares one asked name with many listed ones; what it learns of their words serves the next."""

    def __init__(self, asked: NameForm, rarity: Rarity) -> None:
        self._asked = asked
        self._rarity = rarity
        self._cut = asked.truncated
        self._met: tuple[dict[str, _Met], ...] = tuple({} for _ in range(WAYS))
        """By `Way.place`: the listed words met so far."""
        self._own_way = way_between(asked.script, asked.script)
        words = list(zip(asked.tokens, asked.skeletons, strict=True))
        self._weights = [self._weight(*word) for word in words]
        long = len(words) > _BESIDE_PATRONYMIC
        self._left = [
            self._left_over(weight, word, long)
            for weight, (word, _) in zip(self._weights, words, strict=True)
        ]
        self._grams = (_all_trigrams(asked.tokens), _all_trigrams(asked.skeletons))

    def compare(self, listed: NameForm, floor: int = 0) -> NameScore:
        """Return the likeness of the asked name and `listed`; the order of words plays no part.

        No score is above that of the asked name with itself. One that cannot reach `floor` may be told as 0.
        """
        same = listed.script is self._asked.script
        way = self._own_way if same else way_between(self._asked.script, listed.script)
        known = self._met[way.place]
        words = []
        for token, bones in zip(listed.tokens, listed.skeletons, strict=True):
            met = known.get(token)
            if met is None:
                met = known[token] = self._meet(token, bones, way)
            words.append(met)
        once = words
        if len(set(listed.tokens)) < len(words):
            once = [met for k, met in enumerate(words) if listed.tokens.index(listed.tokens[k]) == k]
        grams = len(self._grams[not way.vowels]) + sum([met.grams for met in once])
        whole = min(2 * sum([met.common for met in once]) / grams, 1.0)
        if whole < _JOINABLE:
            most = _telling(sum([met.most for met in words]))
            if way.top * ((1 - WHOLE_SHARE) * most + WHOLE_SHARE * whole) < floor:
                return NameScore(0, ())
        found = _Pairing(len(self._asked.tokens), len(words))
        pairs = [(match, k) for k, met in enumerate(words) for match in met.matches]
        pairs.sort(reverse=True)
        strong = sum([match.rank >= _STRONG for match, _ in pairs])
        _pair(found, pairs[:strong])
        if found.asked_left or found.listed_left:
            self._pair_joined(found, listed, words, way)
            _pair(found, pairs[strong:])
        if not found.agreeing:
            return NameScore(0, ())
        parts = found.agreeing / (found.paired + LEFT_OVER * self._weigh_left(found, words))
        parts *= _telling(found.agreeing)
        score = way.top * ((1 - WHOLE_SHARE) * parts + WHOLE_SHARE * whole)
        grounds = found.grounds
        if not same:
            grounds |= BITS[NameCode.TRANSLITERATED]
        if not grounds:
            same_order = self._asked.tokens == listed.tokens
            grounds = BITS[NameCode.EXACT if same_order else NameCode.ORDER]
        return NameScore(round(score), reasons_of(grounds))

    def _weight(self, word: str, bones: str) -> float:
        """Return what a word tells: its rarity and that of its skeleton here, and its rarity in the world."""
        world = telling(word)
        if not world:
            return LEAST_WEIGHT
        return LEAST_WEIGHT + (self._rarity(word) + self._rarity("~" + bones)) / 2 * world

    @staticmethod
    def _left_over(weight: float, word: str, long: bool) -> float:  # noqa: FBT001 (private, said by its name)
        return weight * PATRONYMIC if long and is_patronymic(word) else weight

    def _meet(self, word: str, bones: str, way: Way) -> _Met:
        """Compare a listed word with all asked ones."""
        weight = self._weight(word, bones)
        matches = []
        for place, (own, own_bones) in enumerate(zip(self._asked.tokens, self._asked.skeletons, strict=True)):
            if own == word:
                matches.append(_Match(_EQUAL + weight, weight, weight, place, 0))
                continue
            alike = way.alike(own, own_bones, word, bones)
            if self._cut and word.startswith(own):
                alike = CUT_OFF
            if alike.share:
                lesser = min(weight, self._weights[place])
                agreeing = alike.share**DOUBT * lesser
                rank = _STRONG + alike.share if alike.share > JOINED_ENOUGH else agreeing
                matches.append(_Match(rank, agreeing, lesser, place, BITS[alike.code]))
        grams = word_trigrams(word if way.vowels else bones)
        father = is_patronymic(word)
        return _Met(
            weight,
            weight * PATRONYMIC if father else weight,
            BITS[NameCode.PATRONYMIC if father else NameCode.PART_NOT_ASKED],
            len(grams),
            len(grams & self._grams[not way.vowels]),
            max([match.agreeing for match in matches], default=0.0),
            tuple(matches),
        )

    def _pair_joined(self, found: _Pairing, listed: NameForm, words: list[_Met], way: Way) -> None:
        """Pair a word with two neighbours of the other name: `annamaria`, `anna` + `maria`."""
        asked = _Words(self._asked, self._weights)
        other = _Words(listed, [met.weight for met in words])
        if found.asked_left and len(words) > 1:
            found.asked_left, found.listed_left = _join(
                found, (asked, found.asked_left), (other, found.listed_left), way
            )
        if found.listed_left and len(asked.weights) > 1:
            found.listed_left, found.asked_left = _join(
                found, (other, found.listed_left), (asked, found.asked_left), way
            )

    def _weigh_left(self, found: _Pairing, words: list[_Met]) -> float:
        """Return the weight of words without a partner, and note that they are missing on one side."""
        total = 0.0
        if found.asked_left:
            for place, weight in enumerate(self._left):
                if found.asked_left >> place & 1:
                    total += weight
                    father = weight < self._weights[place]
                    found.grounds |= BITS[NameCode.PATRONYMIC if father else NameCode.PART_NOT_LISTED]
        if found.listed_left:
            long = len(words) > _BESIDE_PATRONYMIC
            for k, met in enumerate(words):
                if found.listed_left >> k & 1:
                    if not self._cut:
                        total += met.left if long else met.weight
                    found.grounds |= met.missing if long else BITS[NameCode.PART_NOT_ASKED]
        return total


def _telling(agreeing: float) -> float:
    """Return how far a score counts of which so much agrees: 1 from `TELLING` on."""
    return min(agreeing / TELLING, 1.0) ** _TELLING_POWER if agreeing > 0 else 0.0


def _pair(found: _Pairing, pairs: list[tuple[_Match, int]]) -> None:
    """Pair the words one to one, in the order of `pairs`."""
    for match, k in pairs:
        if found.asked_left >> match.place & 1 and found.listed_left >> k & 1:
            found.asked_left ^= 1 << match.place
            found.listed_left ^= 1 << k
            found.agreeing += match.agreeing
            found.paired += match.weight
            found.grounds |= match.ground


def compare(asked: NameForm, listed: NameForm, rarity: Rarity) -> NameScore:
    """Return the likeness of two names; for many listed names make one `Comparer` and keep it."""
    return Comparer(asked, rarity).compare(listed)


class _Words(NamedTuple):
    """One side while joining: its form and the weights of its words."""

    form: NameForm
    weights: list[float]


def _join(
    found: _Pairing, single: tuple[_Words, int], split: tuple[_Words, int], way: Way
) -> tuple[int, int]:
    """Pair words of `single` with two neighbours in `split`; return the places left of both."""
    (one, one_left), (two, two_left) = single, split
    for place, word in enumerate(one.form.tokens):
        if len(word) >= _SHORTEST_JOINT and one_left >> place & 1:
            likeness, weight, first = _best_joint(one, place, two, two_left, way)
            if likeness:
                one_left ^= 1 << place
                two_left &= ~(3 << first)
                found.agreeing += likeness**DOUBT * weight
                found.paired += weight
                found.grounds |= BITS[NameCode.JOINED]
    return one_left, two_left


def _best_joint(single: _Words, place: int, split: _Words, left: int, way: Way) -> tuple[float, float, int]:
    """Return (likeness, weight, first place) of the best two neighbours for one word; likeness 0 for none.

    Only neighbours that begin as the word does are looked at: that is quick, and joints seldom differ there.
    """
    word, bones = single.form.tokens[place], single.form.skeletons[place]
    best = (0.0, 0.0, 0)
    tokens, skeletons = split.form.tokens, split.form.skeletons
    for k in range(len(tokens) - 1):
        first = word[0] == tokens[k][0] or (word[0] in _MATES and tokens[k][0] in _MATES)
        agrees = skeletons[k] and bones.startswith(skeletons[k])
        if not (agrees or (way.vowels and first)) or not _may_join(k, tokens, left):
            continue
        joint, joint_bones = tokens[k] + tokens[k + 1], skeletons[k] + skeletons[k + 1]
        likeness = 1.0 if word == joint else way.alike(word, bones, joint, joint_bones).share
        if likeness >= JOINED_ENOUGH and likeness > best[0]:
            weight = min(single.weights[place], split.weights[k] + split.weights[k + 1])
            best = (likeness, weight, k)
    return best


def _may_join(k: int, tokens: tuple[str, ...], left: int) -> bool:
    """Tell whether places k and k+1 are free, or one is and the other is a particle that has its partner."""
    free = left >> k & 3
    if free in (1, 2):
        taken = k + 1 if free == 1 else k
        return len(tokens[taken]) <= PARTICLE
    return free > 0


def _all_trigrams(words: tuple[str, ...]) -> set[str]:
    return set().union(*map(word_trigrams, words))
