"""The normal form of a name, and the keys under which an index finds it."""

import re
import unicodedata
from typing import Final, Self

import msgspec

from comity.kernel.errors import ErrorCode, InputError
from comity.matching.names.compounds import parts
from comity.matching.names.guesses import GUESSED, guesses
from comity.matching.names.knowledge import PARTICLES
from comity.matching.names.likeness import word_trigrams
from comity.matching.names.romanising import Romanised, romanise
from comity.matching.names.scripts import Script, mark_geresh, script_of
from comity.matching.names.skeletons import coarse, skeleton

MAX_NAME_CHARACTERS: Final = 400
"""The longest names on public lists stay below 150; more is text, not a name."""
MAX_NAME_TOKENS: Final = 30
"""Comparing takes time by the product of both counts."""
_MAX_TOKEN_LETTERS: Final = 60
"""The longest known part of a name has 35 letters; some signs romanise to whole words."""
_SHORTEST_SKELETON_KEY: Final = 2
"""One consonant is shared by too many tokens to find anything."""


_SCRIPTS: Final = {ord(script): script for script in Script}
_SERVANT, _GOD, _SERVANT_OF_GOD = "abd", "ullah", "abdullah"


class NameForm(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A name in lower-case Latin letters and digits, as words in the order in which they were given."""

    tokens: tuple[str, ...]
    skeletons: tuple[str, ...]
    """The consonants of each token, in classes that survive transliteration; may be empty strings."""
    script: Script = Script.LATIN
    """In which it was written."""
    truncated: bool = False
    """Whether words may be cut short, as where a name fills the field of a travel document; not stored."""

    def to_bytes(self) -> bytes:
        """Return the form as a few ASCII bytes, for an index."""
        return f"{self.script}{' '.join(self.tokens)}|{' '.join(self.skeletons)}".encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the form that `to_bytes` wrote."""
        tokens, _, skeletons = data[1:].decode().partition("|")
        return cls(tuple(tokens.split(" ")), tuple(skeletons.split(" ")), _SCRIPTS[data[0]])


_JOINING: Final = re.compile("['`’‘ʼʻʾʿ´′\u200c\u200d\u00ad]")
"""Signs inside a word: apostrophes, transliterated hamza and ayn, joiners, the soft hyphen."""
_SEPARATOR: Final = re.compile(r"[\W_]+")
_NOT_LATIN: Final = re.compile(r"[^0-9a-z. ]+")
_NOT_TOKEN: Final = re.compile(r"[^0-9a-z]+")


def normalise(name: str, *, truncated: bool = False) -> NameForm:
    """Return the normal form of `name`, any script; `LAST, First` keeps its order, comparing ignores it.

    With `truncated` every word is taken for the beginning of one: issuers shorten whichever they like, to
    an initial or to as many letters as fit (Doc 9303-4, -5 and -6, 4.2.3).

    Raises `InputError` input.bad_name without a letter or digit, input.too_long beyond
    `MAX_NAME_CHARACTERS` or `MAX_NAME_TOKENS`.
    """
    if len(name) > MAX_NAME_CHARACTERS:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    plain = unicodedata.normalize("NFKC", name)
    plain = _JOINING.sub("", plain if plain.isascii() else mark_geresh(plain))
    tokens: list[str] = []
    skeletons: list[str] = []
    words = _words(plain)
    for word in words:
        for part in romanise(word, script_of(word), alone=len(words) == 1):
            for token, bones in _tokens(part):
                if token == _GOD and tokens[-1:] == [_SERVANT]:
                    tokens[-1], skeletons[-1] = _SERVANT_OF_GOD, skeleton(_SERVANT_OF_GOD)
                else:
                    tokens.append(token)
                    skeletons.append(bones)
    if not tokens:
        raise InputError(ErrorCode.INPUT_BAD_NAME)
    if len(tokens) > MAX_NAME_TOKENS:
        raise InputError(ErrorCode.INPUT_TOO_LONG)
    return NameForm(tuple(tokens), tuple(skeletons), script_of(plain), truncated)


def trigrams(form: NameForm) -> set[str]:
    """Return the keys to post a form under: trigrams of each word's sound, and skeletons after `~`.

    Trigrams find other spellings in one script; skeletons find a name across scripts. Articles and the like
    are left out where the name has anything else. About 6 keys a word.
    """
    words = [pair for pair in zip(form.tokens, form.skeletons, strict=True) if pair[0] not in PARTICLES]
    grams: set[str] = set()
    for token, bones in words or zip(form.tokens, form.skeletons, strict=True):
        grams.update([gram for gram in word_trigrams(token) if gram[1] != " "])
        rough = coarse(bones)
        if len(rough) >= _SHORTEST_SKELETON_KEY:
            grams.add("~" + rough)
    return grams


def guessed_keys(form: NameForm) -> set[str]:
    """Return more keys to post a form under: skeletons of what its words may have been in another script.

    Empty but for names in Korean and Japanese letters. What is asked in them is sought under these too, so
    that a foreign name is found from either side.
    """
    if form.script not in GUESSED:
        return set()
    guessed = {bones for token in form.tokens for bones in guesses(token)}
    return {"~" + bones for bones in guessed if len(bones) >= _SHORTEST_SKELETON_KEY}


def rarity_keys(form: NameForm) -> set[str]:
    """Return what to count for `TokenRarity`: the tokens, and the skeletons after `~`."""
    return {*form.tokens, *("~" + bones for bones in form.skeletons)}


def _words(plain: str) -> list[str]:
    """Split at everything that is no letter, digit or combining mark."""
    if plain.isascii():
        return _SEPARATOR.sub(" ", plain).split()
    kept = "".join(c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in plain)
    return kept.split()


def _tokens(part: Romanised) -> list[tuple[str, str]]:
    """Return (token, skeleton) of one romanised word, compounds taken apart."""
    latin = _NOT_TOKEN.sub("", part.latin.lower())[:_MAX_TOKEN_LETTERS]
    if not latin:
        return []
    words = parts(latin)
    if words != (latin,):
        return [(word, skeleton(word)) for word in words]
    return [(latin, skeleton(_NOT_LATIN.sub("", part.spelled.lower())[: 2 * _MAX_TOKEN_LETTERS]))]
