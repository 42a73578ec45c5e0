"""Persons in process: times of name searches, while changes come in too, and of odd questions."""

import gc
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from comity.cli.bench.building import PERSON_SEED, country_of
from comity.cli.bench.course import Course
from comity.cli.bench.documents import VIEWER
from comity.cli.bench.population import Population, persons
from comity.cli.bench.timing import Spread, microseconds
from comity.index.reader import IndexReader
from comity.kernel.errors import ComityError, ErrorCode, UnavailableError
from comity.protocol.search import PersonQuery

QUESTION_SEED: Final = 97
MAX_QUESTIONS: Final = 2_000
WARM_UP: Final = 100
CHANGES: Final = 10_000
FEWER_CHANGES: Final = 300
SMALL: Final = 1_000
"""Below so many persons or documents the run only shows that everything works."""
ODD_ROUNDS: Final = 3
"""The least of three times counts: what the machine does beside is not the question's fault."""

Ask = Callable[[PersonQuery], object]


class Named(msgspec.Struct, frozen=True):
    """What was measured, in milliseconds."""

    quiet: Spread
    applying: Spread
    changes: int
    changes_per_s: float
    """Applied beside the questions."""
    odd_worst: float
    odd_kind: str
    found: int
    listed: int
    """Of the listed persons that were asked for under another spelling, with the date of birth or without."""


def measure_names(directory: Path, course: Course) -> Named:
    """Ask an index of persons. Raises `UnavailableError` when the changes cannot be applied."""
    reader = IndexReader(directory, country_of)
    at, display = course.at, course.display

    def ask(query: PersonQuery) -> object:
        return reader.answer(query, VIEWER, at)

    def found(query: PersonQuery) -> bool:
        return bool(reader.answer(query, VIEWER, at).candidates)

    try:
        listed, strangers = _questions(course.persons, min(MAX_QUESTIONS, int(150 * course.seconds) + 100))
        questions = [query for pair in zip(listed, strangers, strict=True) for query in pair]
        with display.step("Ask for persons in process"):
            microseconds(ask, questions[:WARM_UP])
            gc.collect()
            gc.freeze()
            quiet = _milliseconds(microseconds(ask, questions))
        with display.step("Ask odd questions"):
            odd_worst, odd_kind = _odd(ask)
        changes = CHANGES if course.persons >= SMALL else FEWER_CHANGES
        with display.step(f"Ask while {changes:,} changes are applied"):
            times, took = _while_applying(directory, changes, ask, questions)
        return Named(
            quiet=quiet,
            applying=_milliseconds(times),
            changes=changes,
            changes_per_s=round(changes / took),
            odd_worst=odd_worst,
            odd_kind=odd_kind,
            found=sum(map(found, listed)),
            listed=len(listed),
        )
    finally:
        reader.close()


def apply_changes(directory: Path, count: int) -> float:
    """Apply changes of documents in another process and return the seconds that its writer took."""
    with _applying(directory, count) as process:
        return _seconds(process)


@contextmanager
def _applying(directory: Path, count: int, *options: str) -> "Iterator[subprocess.Popen[bytes]]":
    """Start the other process, and end it with the block if it has not ended."""
    command = [sys.executable, "-m", "comity.cli.bench.applying", "--directory", str(directory)]
    command += ["--changes", str(count), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603 - our own module
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def _seconds(process: "subprocess.Popen[bytes]") -> float:
    out, told = process.communicate()
    if process.returncode:
        raise UnavailableError(ErrorCode.NOT_READY, field="changes", detail=told.decode()[-2_000:])
    return float(json.loads(out)["seconds"])


def _while_applying(
    directory: Path, changes: int, ask: Ask, questions: list[PersonQuery]
) -> tuple[list[float], float]:
    """Return the times of questions asked while the other process applies, and the seconds it took."""
    times: list[float] = []
    with _applying(directory, changes, "--persons") as process:
        if process.stdout is not None:
            process.stdout.readline()
        while process.poll() is None:
            for query in questions:
                times += microseconds(ask, [query])
                if process.poll() is not None:
                    break
        return times, _seconds(process)


def _milliseconds(times: list[float]) -> Spread:
    return Spread.of(time / 1_000 for time in times)


def _questions(count: int, wanted: int) -> tuple[list[PersonQuery], list[PersonQuery]]:
    """Return questions for listed persons as another clerk writes them, and for people on no list."""
    people = Population(QUESTION_SEED)
    changed = (people.respelt, people.misspelt, people.reordered)
    known = list(islice(persons(count, PERSON_SEED), wanted))
    listed = [
        PersonQuery(changed[place % 3](person["names"][0]["text"]), _birth(person) if place % 2 else None)
        for place, person in enumerate(known)
    ]
    strangers = [
        PersonQuery(people.name(), people.birth() if place % 2 else None) for place in range(len(known))
    ]
    return listed, strangers


def _birth(person: dict[str, Any]) -> str | None:
    births = person["births"]
    return births[0]["earliest"] if births else None


def _odd(ask: Ask) -> tuple[float, str]:
    """Return the longest time of an odd question, and its kind."""

    def answered(query: PersonQuery) -> None:
        try:
            ask(query)
        except ComityError:
            # Refused with a reason: that is an answer, and its time counts.
            return

    worst, kind = 0.0, ""
    for name, text in odd_names().items():
        for birth in (None, "1980-01-01"):
            taken = min(microseconds(answered, [PersonQuery(text, birth)] * ODD_ROUNDS)) / 1_000
            if taken > worst:
                worst, kind = taken, name
    return round(worst, 2), kind


def odd_names() -> dict[str, str]:
    """Return names that nobody bears, chosen to make a search work hard."""
    people = Population(QUESTION_SEED + 1)
    common = [people.name() for _ in range(40)]
    words = list(dict.fromkeys(word for name in common for word in name.split()))
    return {
        "one letter": "a",
        "one initial each": "A B C D E F",
        "the same letter": "a" * 200,
        "the same word": " ".join(["ali"] * 12),
        "the same sign": "王" * 40,
        "the most common words": "Mohamed Ali Ahmed Hassan Maria",
        "common words, many": " ".join(words[:10]),
        "every word known": " ".join(words),
        "every letter": "abcdefghijklmnopqrstuvwxyz",
        "vowels": "aeiou aeiou aeiou",
        "joined": "".join(words[:8]),
        "split": " ".join("mohamedalihassan"),
        "hyphens": "-".join(words[:10]),
        "particles": "al el bin ibn van der de la da von",
        "digits": "4 8 15 16 23 42 a",
        "marks": "a" + "\u0301" * 150,
        "marks on each": "".join(letter + "\u0323\u0302" for letter in "mohammed hussein"),
        "invisible": "\u200bMo\u200dha\u2060med\u00ad",
        "both directions": "\u202eمحمد\u202c Mohamed \u202eعلي",
        "every script": "Müller Иванов Παπαδόπουλος محمد כהן 王 田中 김 शर्मा ბერიძე Պետրոսյան",
        "emoji": "👮 Ali 👮🏽 Hassan",
        "punctuation": "O'Brien, (aka) «Ali»; D'Angelo / N.N.",
        "full width": "Ｍｏｈａｍｅｄ　Ａｌｉ",
        "filler": "MOHAMED<<ALI<HASSAN<<<<<<<<<",
    }
