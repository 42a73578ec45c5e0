"""The member directory at the secretariat: each version follows the last that anybody knows, whatever happened."""

from datetime import timedelta

from comity.kernel.clock import SystemClock
from comity.node.directory import instant, open_directory
from comity.node.home import NodeHome
from comity.node.member_keys import sealing_id
from comity.node.peer import PeerClient
from comity.office.members.directory import publish_when_due
from comity.office.members.keys import rotate_when_due
from comity.office.members.models import DirectoryVersion
from comity.office.members.services import set_standing
from comity.protocol.members import Member, MemberStatus, SignedDirectory
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


def test_after_a_restored_backup_the_directory_goes_on_from_what_was_published(offices: Offices) -> None:
    """The rows are of yesterday, the file and every member know more: nothing of that is undone."""
    at = SystemClock().now()
    with offices.at("SEC") as home:
        before = home.directory.current(at).version
        set_standing(None, "MA", MemberStatus.SUSPENDED, at)
        published = home.directory.signed()
        DirectoryVersion.objects.filter(version__gt=before).delete()
        assert publish_when_due(at) == home.directory.signed()
        assert home.directory.current(at).directory.members == open_members(home, published)
        set_standing(None, "MA", MemberStatus.ACTIVE, at)
        assert home.directory.current(at).version == before + 2


def test_a_directory_signed_anew_and_forgotten_by_a_restore_is_taken_over(offices: Offices) -> None:
    at, later = SystemClock().now(), SystemClock().now() + timedelta(hours=2)
    with offices.at("SEC") as home:
        publish_when_due(at)
        rows = list(DirectoryVersion.objects.values("version", "signed", "issued_at"))
        publish_when_due(later)
        for row in rows:
            DirectoryVersion.objects.filter(version=row["version"]).update(**row)
        signed = publish_when_due(later)
        assert signed == home.directory.signed()
        assert instant(home.directory.current(later).directory.issued_at) >= later


def test_a_clock_that_was_ahead_holds_up_nobody(offices: Offices) -> None:
    """The clock was an hour ahead, the directory was signed anew, the clock was put right."""
    at = SystemClock().now()
    ahead = at + timedelta(hours=2)
    with offices.at("SEC") as home:
        publish_when_due(ahead)
        version = home.directory.current(ahead).version
        put_right = publish_when_due(at)
        assert home.directory.current(at).version == version + 1
        assert instant(home.directory.current(at).directory.issued_at) == at
        set_standing(None, "MA", MemberStatus.SUSPENDED, at)
        suspended = home.directory.signed()
        set_standing(None, "MA", MemberStatus.ACTIVE, at)
    with offices.at("SI") as home:
        home.directory.accept(put_right, at)
        home.directory.accept(suspended, at)
        assert home.directory.current(at).version == version + 2


def test_keys_change_by_themselves_when_they_are_old_enough(offices: Offices) -> None:
    at = SystemClock().now()
    with offices.at("SEC") as home, PeerClient(home) as peers:
        due = at + timedelta(days=home.settings.keys.rotate_after_days)
        first = sealing_id(home.directory.current(at).active(home.node).keys)
        assert not rotate_when_due(at, peers)
        assert sealing_id(home.directory.current(at).active(home.node).keys) == first
        publish_when_due(due)
        assert rotate_when_due(due, peers)
        own = home.directory.current(due).active(home.node)
        assert sealing_id(own.keys) != first
        assert [sealing_id(former.keys) for former in own.former_keys] == [first]
        assert not rotate_when_due(due + timedelta(hours=1), peers)


def open_members(home: NodeHome, signed: SignedDirectory) -> list[Member]:
    """Return the members that a directory names."""
    return open_directory(signed, home.signing.public).members
