"""The member directory at the secretariat: what was published later was issued later, whoever waited for whom."""

from datetime import timedelta

from comity.kernel.clock import SystemClock
from comity.node.directory import instant
from comity.office.members.services import set_standing
from comity.protocol.members import MemberStatus
from tests.harness.offices import Offices


def test_who_read_the_clock_before_another_published_still_publishes(offices: Offices) -> None:
    """Two join at once: the second waits for the first, and its instant lies before the first one's."""
    at = SystemClock().now()
    with offices.at("SEC") as home:
        before = home.directory.current(at).version
        set_standing(None, "MA", MemberStatus.SUSPENDED, at)
        first = home.directory.current(at).directory
        set_standing(None, "MA", MemberStatus.ACTIVE, at - timedelta(seconds=1))
        second = home.directory.current(at).directory
    assert (first.version, second.version) == (before + 1, before + 2)
    assert instant(second.issued_at) >= instant(first.issued_at)
