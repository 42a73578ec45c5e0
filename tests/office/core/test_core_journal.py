"""The journal and the feed only grow, whoever holds the database (I8); unscoped queries raise."""

import pytest
from django.db import DatabaseError, connection, transaction
from django_scopes.exceptions import ScopeError

from comity.kernel.canonical import canonical_bytes
from comity.kernel.codes import Action, Purpose, Role
from comity.kernel.errors import AccessError, ErrorCode, NotFoundError
from comity.ledger.commitments import commit
from comity.office.access import could, require
from comity.office.feed.models import FeedEntry
from comity.office.records.models import Record
from comity.office.scoping import acting_for
from comity.office.supervision.models import JournalEvent
from comity.rules.decisions import Subject
from tests.office.core.making import Line, caller, enter_document, now

TABLES = ("supervision_journalevent", "feed_feedentry")


@pytest.fixture
def secretariat(offices):
    """The secretariat's office with journal entries and one feed entry."""
    with offices.at("SI") as home, acting_for(home.bureau):
        enter_document()
    Line(offices).deliver("SI")
    with offices.at("SEC") as home, acting_for(home.bureau):
        require(caller(Role.SUPERVISOR), Action.JOURNAL_VIEW, Subject(owner=home.bureau), now())
        yield home


def sql(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", TABLES)
def test_rows_cannot_be_deleted(secretariat, table):
    """I8."""
    with pytest.raises(DatabaseError, match="only grows"):
        sql(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("supervision_journalevent", "allowed = NOT allowed"),
        ("supervision_journalevent", "officer = 'somebody else'"),
        ("supervision_journalevent", "subject = ''"),
        ("supervision_journalevent", "body = '{}'"),
        ("supervision_journalevent", "salt = '00'"),
        ("supervision_journalevent", "commitment = '00'"),
        ("supervision_journalevent", "id = id + 1000"),
        ("feed_feedentry", "sequence = sequence + 1"),
        ("feed_feedentry", "commitment = '00'"),
        ("feed_feedentry", "body = 'other'"),
        ("feed_feedentry", "owner = 'FR'"),
        ("feed_feedentry", 'restrictions = \'{"deny":["FRA"]}\''),
    ],
)
def test_rows_cannot_be_changed(secretariat, table, change):
    """I8."""
    with pytest.raises(DatabaseError, match="only grows"):
        sql(f"UPDATE {table} SET {change}")


@pytest.mark.parametrize("table", TABLES)
def test_tables_cannot_be_emptied(secretariat, table):
    """I8."""
    emptying = "TRUNCATE" if connection.vendor == "postgresql" else "DELETE FROM"
    with pytest.raises(DatabaseError, match="only grows"):
        sql(f"{emptying} {table}")


def test_body_and_salt_can_be_erased_and_the_commitment_stays(secretariat):
    """I8: erasure of personal data destroys body and salt."""
    event = JournalEvent.objects.filter(action="journal:view").get()
    assert event.commitment == commit(bytes.fromhex(event.salt), event.body.encode()).hex()
    JournalEvent.objects.filter(id=event.id).update(body=None, salt=None)
    after = JournalEvent.objects.get(id=event.id)
    assert (after.body, after.salt, after.commitment) == (None, None, event.commitment)
    FeedEntry.objects.update(body=None, salt=None)
    with pytest.raises(DatabaseError, match="only grows"):
        sql("UPDATE feed_feedentry SET body = 'back again'")


def test_what_is_decided_is_written_down_allowed_or_not(offices):
    with offices.at("SI") as home, acting_for(home.bureau):
        officer = caller(Role.OFFICER)
        with pytest.raises(NotFoundError) as refused:
            require(officer, Action.JOURNAL_VIEW, Subject(owner=home.bureau), now(), about="journal:own")
        assert refused.value.code is ErrorCode.ACCESS_NOT_FOUND
        require(officer, Action.SEARCH_RUN, Subject(), now(), Purpose.BORDER_CONTROL)
        events = [
            (e.officer, e.action, e.subject, e.allowed, e.code) for e in JournalEvent.objects.order_by("id")
        ]
    assert events[-2:] == [
        (officer.officer, "journal:view", "journal:own", False, "access.denied"),
        (officer.officer, "search:run", "", True, ""),
    ]


def test_a_missing_purpose_is_said_not_hidden(offices):
    with offices.at("SI") as home, acting_for(home.bureau):
        with pytest.raises(AccessError) as refused:
            require(caller(Role.OFFICER), Action.SEARCH_RUN, Subject(), now())
        assert refused.value.code is ErrorCode.PURPOSE_MISSING
        assert could(caller(Role.OFFICER), Action.SEARCH_RUN, now())
        assert not could(caller(Role.OFFICER), Action.RECORD_SUBMIT, now())


def test_a_journal_body_is_canonical(offices):
    import msgspec

    with offices.at("SI") as home, acting_for(home.bureau):
        require(
            caller(Role.OFFICER), Action.SEARCH_RUN, Subject(), now(), Purpose.BORDER_CONTROL, detail={"b": 1}
        )
        event = JournalEvent.objects.latest("id")
        assert canonical_bytes(msgspec.json.decode(event.body)).decode() == event.body


@pytest.mark.parametrize(
    "reading",
    [
        lambda: list(Record.objects.all()),
        Record.objects.exists,
        Record.objects.count,
        lambda: Record.objects.filter(bureau="SI").first(),
        lambda: Record.objects.exclude(bureau="FR").exists(),
        lambda: Record.objects.update(title=""),
        lambda: Record.objects.all().delete(),
        lambda: Record.objects.in_bulk(["x"]),
        lambda: list(Record.objects.values_list("title")),
        lambda: Record.objects.get(record_id="x"),
        lambda: Record.objects.update_or_create(record_id="x"),
        Record.objects.aggregate,
    ],
)
def test_a_query_that_names_no_bureau_raises(offices, reading):
    with offices.at("SI"), pytest.raises(ScopeError):
        reading()


def test_a_scope_shows_its_bureaus_rows_only(offices):
    with offices.at("SI") as home:
        with acting_for(home.bureau):
            enter_document()
            assert Record.objects.count() == 1
        with acting_for("FR"):
            assert Record.objects.count() == 0
