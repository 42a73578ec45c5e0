"""What the worker of a node does: which lanes, which steps, how often."""

import threading
from datetime import datetime
from typing import Final

from comity.kernel.clock import Clock
from comity.kernel.codes import NodeRole, Priority
from comity.ledger.reader import SpoolReader
from comity.node.home import NodeHome
from comity.node.peer import PeerClient
from comity.office.attachments import carrying
from comity.office.clocks.services import escalate
from comity.office.hits.alarms import tell_waiting_owners
from comity.office.hits.forgetting import forget_gone_records
from comity.office.members.directory import publish_when_due
from comity.office.members.keys import rotate_when_due
from comity.office.messages import gaps, lateness, relay_inbox
from comity.office.messages.bell import Call
from comity.office.messages.delivery import RelayLine
from comity.office.messages.direct import DirectLine
from comity.office.messages.limits import RANK
from comity.office.messages.relay_inbox import Lane as RelayLane
from comity.office.records.delivery import deliver_submissions, refresh_withdrawals
from comity.office.records.secretariat import expire_records
from comity.office.releases.forgetting import forget_refused
from comity.office.supervision.spool import OwnSpool
from comity.office.worker.lanes import Lane, Step

SPOOL_EVERY_S: Final = 0.02
"""One look into a file of 20 bytes; an alarm waits 10 ms for it on average."""
OUTBOX_EVERY_S: Final = 1.0
"""The bell says at once that something is to leave; this look finds what is due for another attempt."""
WITHDRAWALS_EVERY_S: Final = 1.0
LATE_ALARMS_EVERY_S: Final = 30.0
CLOCKS_EVERY_S: Final = 5.0
"""A desk learns within seconds that an answer is due; each look asks one index."""
FORGET_EVERY_S: Final = 5.0
"""A withdrawal reaches copies within seconds; what desks quote of the record follows as soon."""
EXPIRY_EVERY_S: Final = 10.0
EXPIRY_BATCH: Final = 200
"""Records that silence deletes in one transaction: a tenth of a second of the feed's lock."""
PUBLISH_EVERY_S: Final = 60.0
ATTACHMENTS_EVERY_S: Final = 1.0
"""Files come after messages: nobody waits for the first byte of a film."""
TIDY_EVERY_S: Final = 60.0
FORGET_REFUSED_EVERY_S: Final = 3_600.0
"""What was refused is kept for a month; an hour more does not matter."""
DIRECT_EVERY_S: Final = 2.0
GAPS_EVERY_S: Final = 5.0
LATENESS_EVERY_S: Final = 15.0
FORGET_ENVELOPES_EVERY_S: Final = 600.0
KEYS_EVERY_S: Final = 3_600.0
"""Keys are changed by the day; an hour later is early enough, also to settle what a cut line left."""
_FLASH: Final = (RANK[Priority.FLASH],)
_REST: Final = (RANK[Priority.URGENT], RANK[Priority.NORMAL])


def lanes(home: NodeHome, clock: Clock, peer_client: PeerClient, stop: threading.Event) -> list[Lane]:
    """Return the lanes of a bureau's or the secretariat's worker, not started.

    FLASH has lanes of its own, out and in: nothing that is less urgent is ever in its way.
    """
    relay = RelayLine(peer_client)
    direct = DirectLine(peer_client, relay.down_for_s)

    def lane(name: str, *steps: Step) -> Lane:
        return Lane(name, list(steps), home.bureau, clock, stop)

    return [
        lane("flash_outbox", _outbox("flash_outbox", relay, _FLASH, Call.FLASH)),
        lane("flash_inbox", Step("flash_inbox", lambda at: relay.pull(RelayLane.FLASH, at), 0.0)),
        lane("outbox", _outbox("outbox", relay, _REST, Call.REST)),
        lane("inbox", Step("inbox", lambda at: relay.pull(RelayLane.REST, at), 0.0)),
        lane(
            "spool",
            Step("spool", OwnSpool(SpoolReader(home.spool_dir)).follow, SPOOL_EVERY_S),
            Step("late_alarms", tell_waiting_owners, LATE_ALARMS_EVERY_S),
            Step("forget", forget_gone_records, FORGET_EVERY_S),
            Step("clocks", escalate, CLOCKS_EVERY_S),
        ),
        lane(
            "attachments_out",
            Step(
                "attachments_out",
                lambda at: carrying.push(peer_client, at),
                ATTACHMENTS_EVERY_S,
                Call.FILES,
            ),
            Step("attachments_tidy", carrying.tidy, TIDY_EVERY_S),
            Step("forget_refused", forget_refused, FORGET_REFUSED_EVERY_S),
        ),
        lane(
            "attachments_in",
            Step("attachments_in", lambda at: carrying.fetch(peer_client, at), ATTACHMENTS_EVERY_S),
        ),
        lane("direct", Step("direct", direct.push, DIRECT_EVERY_S)),
        lane(
            "line_care",
            Step("gaps", gaps.ask_for_missing, GAPS_EVERY_S),
            Step("gaps_closed", gaps.clear_closed, GAPS_EVERY_S),
            Step("lateness", lateness.tell_late, LATENESS_EVERY_S),
            Step("lateness_over", lateness.clear_delivered, LATENESS_EVERY_S),
            Step("envelopes_expired", lateness.expire, LATENESS_EVERY_S),
            Step("keys", lambda at: rotate_when_due(at, peer_client), KEYS_EVERY_S),
        ),
        lane(
            "records",
            Step(
                "submissions",
                lambda at: bool(deliver_submissions(peer_client, at)),
                OUTBOX_EVERY_S,
                Call.RECORDS,
            ),
            Step("withdrawals", lambda at: bool(refresh_withdrawals(peer_client, at)), WITHDRAWALS_EVERY_S),
            *_care(home, relay),
        ),
    ]


def _outbox(name: str, relay: RelayLine, ranks: tuple[int, ...], call: Call) -> Step:
    return Step(name, lambda at: relay.push(ranks, at), OUTBOX_EVERY_S, call)


def _care(home: NodeHome, relay: RelayLine) -> list[Step]:
    """Return what keeps the directory fresh, and at the secretariat what the calendar demands."""
    if home.settings.node.role is not NodeRole.SECRETARIAT:
        return [Step("directory", relay.refresh_directory, home.settings.worker.directory_refresh_s)]
    return [
        Step("directory", _publish, PUBLISH_EVERY_S),
        Step("expiry", lambda at: bool(expire_records(at, EXPIRY_BATCH)), EXPIRY_EVERY_S),
        Step("attachments_sweep", carrying.sweep_relay, TIDY_EVERY_S),
        Step("relay_expiry", relay_inbox.forget_expired, FORGET_ENVELOPES_EVERY_S),
    ]


def _publish(at: datetime) -> bool:
    publish_when_due(at)
    return False
