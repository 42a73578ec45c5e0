"""Records from the owner's desk to the secretariat and back, inside one process."""

import msgspec
import pytest

from comity.kernel.errors import ComityError, ErrorCode
from comity.office.feed.models import FeedEntry, FeedHead
from comity.office.records import services
from comity.office.records.models import OutgoingSubmission, Record, RecordState, RecordVersion
from comity.office.records.secretariat import expire_records
from comity.office.scoping import across_bureaus, acting_for
from tests.harness.offices import Offices
from tests.office.core.making import Line, caller, enter_document


@pytest.fixture
def line(offices: Offices) -> Line:
    return Line(offices)


def at_owner(offices, function, node="SI"):
    with offices.at(node) as home, acting_for(home.bureau):
        return function()


def record_at(offices, record_id, node="SI"):
    return at_owner(offices, lambda: Record.objects.get(record_id=record_id), node)


def feed_rows(offices):
    with offices.at("SEC"):
        return list(FeedEntry.objects.order_by("sequence")), FeedHead.objects.get(id=1)


def test_a_record_comes_into_force(offices, line):
    record = at_owner(offices, enter_document)
    assert record.state == RecordState.PENDING
    (verdict,) = line.deliver("SI")
    assert verdict.accepted
    assert (verdict.first_sequence, verdict.last_sequence) == (1, 1)
    assert record_at(offices, record.record_id).state == RecordState.IN_FORCE
    rows, head = feed_rows(offices)
    assert [row.sequence for row in rows] == [1]
    assert head.chain == rows[0].chain
