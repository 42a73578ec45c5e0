"""Looks into one office from inside, for what no door shows; run with `World.office(node).run(...)`."""

from comity.kernel.ids import BureauId, NodeId
from comity.office import runtime
from comity.office.scoping import acting_for
from comity.protocol.members import MemberStatus


def journaled_searches() -> set[str]:
    """Ids of the searches that the office has taken over from its spools."""
    from comity.office.supervision.models import SearchLog

    with acting_for(runtime.home().bureau):
        return set(SearchLog.objects.values_list("search_id", flat=True))


def refused_envelopes() -> list[str]:
    """Codes under which the relay has written down what it could not read, in their order."""
    from comity.office.scoping import across_bureaus
    from comity.office.supervision.models import JournalEvent

    with across_bureaus():
        rows = JournalEvent.objects.filter(action="envelope:relay", allowed=False, subject="envelope")
        return list(rows.order_by("pk").values_list("code", flat=True))


def erased(record_id: str) -> bool:
    """Whether nothing of a withdrawn record's content is left in this office's tables."""
    from comity.office.feed.models import FeedEntry
    from comity.office.records.models import Record, RecordVersion

    with acting_for(runtime.home().bureau):
        bodies = [
            *Record.objects.filter(record_id=record_id).values_list("body", flat=True),
            *RecordVersion.objects.filter(record__record_id=record_id).values_list("body", flat=True),
            *FeedEntry.objects.filter(record_id=record_id, operation="put").values_list("body", flat=True),
        ]
    return all(body is None for body in bodies)


def standing(node: NodeId, status: MemberStatus) -> None:
    """Let the operator of the secretariat's machine change the standing of a member."""
    from comity.office.members.services import set_standing

    set_standing(None, node, status, runtime.clock().now())


def raise_alarms(message_id: str) -> None:
    """Let an own message count as expired, and messages of MA as given up: nothing ends these by itself."""
    from comity.office.messages.alarms import AlarmKind, NewAlarm, raise_all
    from comity.office.messages.models import Message

    with acting_for(runtime.home().bureau):
        message = Message.objects.get(message_id=message_id)
        lost = {"priority": "urgent", "first": 7, "last": 7}
        alarms = [
            NewAlarm(AlarmKind.EXPIRED, BureauId("FR"), message_id, {}, message.pk),
            NewAlarm(AlarmKind.GIVEN_UP, BureauId("MA"), "urgent 7", lost),
        ]
        raise_all(alarms, runtime.clock().now())


def open_case(thread_id: str) -> None:
    """Let the operator open a case about a thread, with a finding and the tasks of a template."""
    from comity.office.access import caller_for_account
    from comity.office.cases.linking import Target
    from comity.office.cases.models import ItemKind
    from comity.office.cases.notes import add_note
    from comity.office.cases.opening import open_case
    from comity.office.people.models import Account

    at = runtime.clock().now()
    with acting_for(runtime.home().bureau):
        operator = caller_for_account(Account.objects.get(username="operator"))
        about = Target(ItemKind.THREAD, thread_id)
        case = open_case(operator, "A case with all", at, template="document_hit", about=about)
        add_note(operator, case.case_id, "Seen in Koper", at, finding=True)
