"""How alike two names are, 0 to 1000, and why.

Words are paired one to one: equal ones, then alike ones, then parts written together. The score is the
weight of what agrees against all weight, then lowered where what agrees is too common to tell people apart,
and mixed with the trigrams of the whole names. Unequal counts of words cost little: lists leave parts out.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from comity.matching.names.forms import NameForm
from comity.matching.names.knowledge import is_patronymic, telling, tells_nothing
from comity.matching.names.likeness import Likeness, word_trigrams
from comity.matching.names.reasons import REASONS, NameCode, NameReason
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
FULL_LENGTH: Final = 4
"""From three letters on a word tells all its rarity says; al, de, Li and initials are borne by more people
than any one collection shows."""
CUT_OFF: Final = Likeness(0.9, NameCode.TRUNCATED)
"""A word that begins as the last word of a name cut short does."""
JOINED_ENOUGH: Final = 0.8
PARTICLE: Final = 3
"""Longest word that may be joined to its neighbour although it has a partner already (al, bin, ben)."""


class NameScore(NamedTuple):
    """Likeness in thousandths, with the grounds, most telling first."""

    score: int
    reasons: tuple[NameReason, ...]


class _Pairing:
    """The words of two names during one comparison; `asked_left`, `listed_left` have no partner yet."""

    __slots__ = ("agreeing", "asked_left", "codes", "listed", "listed_left", "paired")

    def __init__(self, asked: NameForm, listed: NameForm) -> None:
        self.listed = listed
        self.asked_left = list(range(len(asked.tokens)))
        self.listed_left = list(range(len(listed.tokens)))
        self.agreeing = 0.0
        self.paired = 0.0
        self.codes: set[NameCode] = set()

    def count(self, likeness: float, weight: float) -> None:
        self.agreeing += likeness**DOUBT * weight
        self.paired += weight


class Comparer:
    """Compares one asked name with many listed ones; what it learns of their words serves the next."""

    def __init__(self, asked: NameForm, rarity: Rarity) -> None:
        self._asked = asked
        self._rarity = rarity
        self._weights: dict[str, float] = {}
        self._cut = len(asked.tokens) - 1 if asked.truncated else -1
        self._alike: tuple[list[dict[str, Likeness]], ...] = tuple(
            [{} for _ in asked.tokens] for _ in range(WAYS)
        )
        """By `Way.place` and by place of the word: likeness of each listed word met so far."""
        self._grams = _all_trigrams(asked.tokens)
        self._bone_grams = _all_trigrams(asked.skeletons)
        self._asked_weights = [
            self._weight(*word) for word in zip(asked.tokens, asked.skeletons, strict=True)
        ]

    def compare(self, listed: NameForm) -> NameScore:
        """Return the likeness of the asked name and `listed`; the order of words plays no part.

        No score is above that of the asked name with itself.
        """
        found = _Pairing(self._asked, listed)
        way = way_between(self._asked.script, listed.script)
        known = self._weights
        weights = [
            known[word] if word in known else self._weight(word, bones)
            for word, bones in zip(listed.tokens, listed.skeletons, strict=True)
        ]
        self._pair_equal(found, weights)
        if found.asked_left and found.listed_left:
            self._pair_alike(found, weights, way)
            if found.asked_left or found.listed_left:
                self._pair_joined(found, weights, way)
        if not found.agreeing:
            return NameScore(0, ())
        asked_left = _left(self._asked.tokens, found.asked_left, self._asked_weights)
        listed_left = _left(listed.tokens, found.listed_left, weights)
        left = asked_left if self._asked.truncated else asked_left + listed_left
        left *= LEFT_OVER
        parts = found.agreeing / (found.paired + left) * min(found.agreeing / TELLING, 1.0) ** _TELLING_POWER
        if way.vowels:
            whole = _shared(self._grams, listed.tokens)
        else:
            whole = _shared(self._bone_grams, listed.skeletons)
        score = way.top * ((1 - WHOLE_SHARE) * parts + WHOLE_SHARE * whole)
        return NameScore(round(score), self._reasons(found))

    def _weight(self, word: str, bones: str) -> float:
        """Return what a word tells: its rarity and that of its skeleton here, and its rarity in the world."""
        weight = LEAST_WEIGHT
        if not tells_nothing(word):
            here = (self._rarity(word) + self._rarity("~" + bones)) / 2
            weight += here * telling(word) * min((len(word) + 1) / FULL_LENGTH, 1.0)
        self._weights[word] = weight
        return weight

    def _pair_equal(self, found: _Pairing, weights: list[float]) -> None:
        words = found.listed.tokens
        for place in range(len(self._asked.tokens)):
            word = self._asked.tokens[place]
            if word in words:
                partner = next((k for k in found.listed_left if words[k] == word), None)
                if partner is not None:
                    found.asked_left.remove(place)
                    found.listed_left.remove(partner)
                    found.count(1.0, weights[partner])

    def _pair_alike(self, found: _Pairing, weights: list[float], way: Way) -> None:
        """Pair alike words, the strongest evidence first."""
        words, bones = found.listed.tokens, found.listed.skeletons
        alike = way.alike
        memory = self._alike[way.place]
        pairs = []
        for i in found.asked_left:
            word, known = self._asked.tokens[i], memory[i]
            for k in found.listed_left:
                likeness = known.get(words[k])
                if likeness is None:
                    likeness = alike(word, self._asked.skeletons[i], words[k], bones[k])
                    if self._cut == i and words[k].startswith(word):
                        likeness = CUT_OFF
                    known[words[k]] = likeness
                share = likeness.share
                if share:
                    weight = min(self._asked_weights[i], weights[k])
                    pairs.append((share * weight, share, weight, i, k, likeness.code))
        if not pairs:
            return
        pairs.sort(reverse=True)
        for _, share, weight, i, k, code in pairs:
            if i in found.asked_left and k in found.listed_left:
                found.asked_left.remove(i)
                found.listed_left.remove(k)
                found.count(share, weight)
                found.codes.add(code)

    def _pair_joined(self, found: _Pairing, weights: list[float], way: Way) -> None:
        """Pair a word with two neighbours of the other name: `abdulrahman`, `abd` + `rahman`."""
        asked = _Words(self._asked, found.asked_left, self._asked_weights)
        listed = _Words(found.listed, found.listed_left, weights)
        for single, split in ((asked, listed), (listed, asked)):
            if len(split.form.tokens) > 1:
                for place in tuple(single.left):
                    likeness, weight, first = _best_joint(single, place, split, way)
                    if likeness:
                        single.left.remove(place)
                        split.left[:] = [k for k in split.left if k not in (first, first + 1)]
                        found.count(likeness, weight)
                        found.codes.add(NameCode.JOINED)

    def _reasons(self, found: _Pairing) -> tuple[NameReason, ...]:
        """Return the grounds: what agrees first, then what is missing."""
        codes = found.codes
        if not codes and not found.asked_left and not found.listed_left:
            same_order = self._asked.tokens == found.listed.tokens
            codes.add(NameCode.EXACT if same_order else NameCode.ORDER)
        if found.asked_left or found.listed_left:
            self._say_what_is_missing(found)
        if self._asked.script is not found.listed.script:
            codes.add(NameCode.TRANSLITERATED)
        return tuple([reason for code, reason in REASONS.items() if code in codes])

    def _say_what_is_missing(self, found: _Pairing) -> None:
        for words, left, code in (
            (self._asked.tokens, found.asked_left, NameCode.PART_NOT_LISTED),
            (found.listed.tokens, found.listed_left, NameCode.PART_NOT_ASKED),
        ):
            for place in left:
                father = len(words) > _BESIDE_PATRONYMIC and is_patronymic(words[place])
                found.codes.add(NameCode.PATRONYMIC if father else code)


def compare(asked: NameForm, listed: NameForm, rarity: Rarity) -> NameScore:
    """Return the likeness of two names; for many listed names make one `Comparer` and keep it."""
    return Comparer(asked, rarity).compare(listed)


def _left(words: tuple[str, ...], places: list[int], weights: list[float]) -> float:
    """Return the weight of words without a partner; a father's name beside two others weighs little."""
    if len(words) > _BESIDE_PATRONYMIC:
        return sum([weights[i] * (PATRONYMIC if is_patronymic(words[i]) else 1.0) for i in places])
    return sum([weights[i] for i in places])


class _Words(NamedTuple):
    """One side while joining: its form, the places left, the weights of all its words."""

    form: NameForm
    left: list[int]
    weights: list[float]


def _best_joint(single: _Words, place: int, split: _Words, way: Way) -> tuple[float, float, int]:
    """Return (likeness, weight, first place) of the best two neighbours for one word; likeness 0 for none.

    Only neighbours that begin as the word does are looked at: that is quick, and joints seldom differ there.
    """
    word, bones = single.form.tokens[place], single.form.skeletons[place]
    best = (0.0, 0.0, 0)
    tokens, skeletons = split.form.tokens, split.form.skeletons
    for k in range(len(tokens) - 1):
        if way.vowels and word[0] != tokens[k][0]:
            continue
        if not (way.vowels or bones.startswith(skeletons[k])) or not _may_join(k, split):
            continue
        joint, joint_bones = tokens[k] + tokens[k + 1], skeletons[k] + skeletons[k + 1]
        likeness = 1.0 if word == joint else way.alike(word, bones, joint, joint_bones).share
        if likeness >= JOINED_ENOUGH and likeness > best[0]:
            weight = min(single.weights[place], split.weights[k] + split.weights[k + 1])
            best = (likeness, weight, k)
    return best


def _may_join(k: int, split: _Words) -> bool:
    """Tell whether places k and k+1 are free, or one is and the other is a particle that has its partner."""
    free = (k in split.left) + (k + 1 in split.left)
    if free == 1:
        taken = k + 1 if k in split.left else k
        return len(split.form.tokens[taken]) <= PARTICLE
    return free > 0


def _shared(grams: set[str], words: tuple[str, ...]) -> float:
    """Return twice the trigrams that stand on both sides by those of both (Dice)."""
    others = _all_trigrams(words)
    return 2 * len(grams & others) / (len(grams) + len(others))


def _all_trigrams(words: tuple[str, ...]) -> set[str]:
    return set().union(*map(word_trigrams, words))
