"""Made-up records and a feed of them, as a secretariat would send it."""

import itertools
from datetime import UTC, datetime

from comity.collections import get
from comity.kernel.canonical import canonical_bytes
from comity.kernel.clock import to_wire
from comity.kernel.codes import CollectionName, PersonStatus, Purpose
from comity.ledger.commitments import GENESIS, chain, commit, new_salt
from comity.protocol.feed import FeedEntry, FeedOperation, Withdrawal
from comity.protocol.records import RecordBody, Restrictions

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AS_OF = to_wire(NOW)
COUNTRIES = {"SI": "SVN", "FR": "FRA", "MA": "MAR", "SEC": "XPO"}
_IDS = itertools.count(1)


def country_of(bureau):
    return COUNTRIES.get(bureau, "")


def record_id(number=None):
    return f"019c0000-0000-7000-8000-{next(_IDS) if number is None else number:012x}"


def record(collection, content, *, owner="FR", record=None, version=1, allow=(), deny=(), expires=None):
    name = CollectionName(collection)
    return RecordBody(
        record_id=record or record_id(),
        version=version,
        collection=name,
        owner=owner,
        owner_reference="ref-1",
        purpose=Purpose.WANTED_PERSONS,
        legal_basis="made up",
        status=PersonStatus.CHARGED if name is CollectionName.PERSONS else None,
        restrictions=Restrictions(allow=list(allow), deny=list(deny)),
        expires_at=to_wire(expires or datetime(2099, 1, 1, tzinfo=UTC)),
        content=get(name).normalise(content),
    )


def document(number, country="FRA", kind="passport", loss="stolen", **more):
    content = {"number": number, "country": country, "type": kind, "loss": loss}
    return record("travel_documents", content, **more)


def vehicle(*, plate=None, vin=None, country=None, looks=None, **more):
    content = {"plate": plate, "vin": vin, "plate_country": country, "make": "Made-up"} | (looks or {})
    return record("vehicles", {key: value for key, value in content.items() if value}, **more)


def person(*names, births=(), documents=(), sex=None, nationalities=(), weak=(), places=(), **more):
    content = {
        "names": [{"text": name} for name in names]
        + [{"text": name, "kind": "alias", "quality": "weak"} for name in weak],
        "births": [{"earliest": day, "latest": day, "precision": "exact"} for day in births],
        "documents": [{"number": number} for number in documents],
        "nationalities": list(nationalities),
        "birth_places": list(places),
    }
    return record("persons", content | ({"sex": sex} if sex else {}), **more)


class Feed:
    """Numbers, commits and chains entries."""

    def __init__(self):
        self.sequence, self.chain = 0, GENESIS

    def put(self, body):
        return self._entry(FeedOperation.PUT, body.record_id, body.version, canonical_bytes(body))

    def withdraw(self, record, version=2):
        body = Withdrawal(record_id=record, version=version, reason="owner")
        return self._entry(FeedOperation.WITHDRAW, record, version, canonical_bytes(body))

    def retract(self, record):
        return self._entry(FeedOperation.RETRACT, record, 2, None)

    def hidden(self):
        return self._entry(FeedOperation.HIDDEN, None, None, None)

    def _entry(self, operation, record, version, body):
        salt = new_salt()
        commitment = commit(salt, body or b"not shown")
        self.sequence += 1
        self.chain = chain(self.chain, commitment)
        return FeedEntry(
            sequence=self.sequence,
            operation=operation,
            commitment=commitment.hex(),
            chain=self.chain.hex(),
            record_id=record,
            version=version,
            salt=salt.hex() if body else None,
            body=body.decode() if body else None,
        )
