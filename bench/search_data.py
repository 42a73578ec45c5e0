"""Made-up records in any number from a seed, written into an index as a feed would."""

import random
from datetime import UTC, datetime

import msgspec

from comity.collections import get
from comity.index.writer import IndexWriter
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import SystemClock, to_wire
from comity.kernel.codes import CollectionName, PersonStatus, Purpose
from comity.ledger.commitments import GENESIS, chain, commit, new_salt
from comity.protocol.feed import FeedEntry, FeedOperation
from comity.protocol.records import RecordBody

BATCH = 10_000
EXPIRES = to_wire(datetime(2099, 1, 1, tzinfo=UTC))
CONSONANTS = [
    "b",
    "d",
    "f",
    "g",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "z",
    "sh",
    "kh",
    "dr",
    "st",
]
VOWELS = ["a", "e", "i", "o", "u", "ai", "ou"]
CODAS = ["", "", "", "n", "r", "s", "l", "m", "k", "t"]
ENDS = ["", "", "", "ov", "ic", "ez", "ski", "man", "ini", "son"]
COUNTRIES = ["SVN", "FRA", "MAR", "ITA", "HRV", "AUT", "ESP", "TUN", "UTO"]


class People:
    """Names with a few common ones and a long tail, as real names have."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.givens = [self._word(2) for _ in range(800)]
        self.families = [self._word(2) + self.random.choice(ENDS) for _ in range(20_000)]

    def _word(self, syllables):
        pick = self.random.choice
        return "".join(pick(CONSONANTS) + pick(VOWELS) + pick(CODAS) for _ in range(syllables)).title()

    def name(self):
        """Return a given name or two and a family name; the first of each list are the most common."""
        given = self.givens[int(self.random.paretovariate(0.6)) % len(self.givens)]
        family = self.families[int(self.random.random() ** 3 * len(self.families))]
        second = f" {self.random.choice(self.givens)}" if self.random.random() < 0.3 else ""
        return f"{given}{second} {family}"

    def birth(self):
        """Return a day between 1940 and 2005."""
        pick = self.random.randint
        return f"{pick(1940, 2005)}-{pick(1, 12):02}-{pick(1, 28):02}"


def documents(count, seed=1):
    """Yield contents of travel documents; number i is `number_of(i)`."""
    pick = random.Random(seed)
    for place in range(count):
        yield {
            "number": number_of(place),
            "country": pick.choice(COUNTRIES),
            "type": "passport",
            "loss": pick.choice(["stolen", "lost", "stolen_blank"]),
        }


def number_of(place):
    """Return the number of listed document `place`: spread over all letters as real ones are."""
    value = place * 2_654_435_761 % (1 << 32)
    return f"{chr(65 + value % 26)}{chr(65 + value // 26 % 26)}{value:010d}"[:11]


def persons(count, seed=2):
    """Yield contents of persons with one or two names and a date of birth."""
    people = People(seed)
    for _ in range(count):
        day = people.birth()
        names = [{"text": people.name()}]
        if people.random.random() < 0.5:
            names.append({"text": people.name(), "kind": "alias"})
        yield {"names": names, "births": [{"earliest": day, "latest": day, "precision": "exact"}]}


def fill(directory, wanted):
    """Write `wanted`, a list of (collection, contents), into a new index; return the seconds it took."""
    now = SystemClock().now()
    began = SystemClock().now()
    sequence, value, batch = 0, GENESIS, []
    with IndexWriter(directory, "XPO") as writer:
        for name, contents in wanted:
            collection = get(CollectionName(name))
            for content in contents:
                sequence += 1
                entry = _entry(collection, content, sequence)
                value = chain(value, bytes.fromhex(entry.commitment))
                batch.append(msgspec.structs.replace(entry, chain=value.hex()))
                if len(batch) == BATCH:
                    writer.apply(batch, "")
                    batch = []
        writer.apply(batch, to_wire(now))
    return (SystemClock().now() - began).total_seconds()


def _entry(collection, content, sequence):
    body = RecordBody(
        record_id=f"019c0000-0000-7000-8000-{sequence:012x}",
        version=1,
        collection=collection.name,
        owner="SI",
        owner_reference=f"ref-{sequence}",
        purpose=Purpose.WANTED_PERSONS,
        legal_basis="made up",
        status=PersonStatus.CHARGED if collection.name is CollectionName.PERSONS else None,
        expires_at=EXPIRES,
        content=collection.normalise(content),
    )
    data, salt = canonical_bytes(body), new_salt()
    return FeedEntry(
        sequence=sequence,
        operation=FeedOperation.PUT,
        commitment=commit(salt, data).hex(),
        chain="",
        record_id=body.record_id,
        version=1,
        salt=salt.hex(),
        body=data.decode(),
    )
