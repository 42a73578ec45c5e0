"""Short ways to make accounts, records and submissions inside an entered office."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from comity.kernel.clock import SystemClock, to_wire
from comity.kernel.codes import CollectionName, Role
from comity.kernel.ids import NodeId
from comity.node.home import NodeHome
from comity.office import runtime
from comity.office.access import Caller, caller_for_account
from comity.office.people.models import Account
from comity.office.people.services import create_account
from comity.office.records import services, verdicts
from comity.office.records.models import OutgoingSubmission, Record
from comity.office.records.secretariat import accept_submission
from comity.office.scoping import acting_for
from comity.protocol.members import Member
from comity.protocol.records import SignedSubmission, Submission, SubmissionVerdict
from tests.harness.offices import Offices

DOCUMENT = {
    "owner_reference": "TEST/1",
    "purpose": "border_control",
    "legal_basis": "Border act, article 28",
    "label": "official",
}
CONTENT = {"number": "PA1234567", "country": "SVN", "type": "passport", "loss": "stolen"}


def now() -> datetime:
    return SystemClock().now()


def caller(role: Role = Role.DATA_OWNER) -> Caller:
    """Return an account of the entered office with one role, made when it is not there yet."""
    found = Account.objects.filter(username=role.value).first()
    if found is None:
        bureau = runtime.home().bureau
        found = create_account(role.value, None, role.value.title(), bureau, [role], "en", now(), None)
    return caller_for_account(found)


def enter_document(number: str = "PA1234567", *, at: datetime | None = None, **envelope: Any) -> Record:
    """Enter a stolen document at the entered office."""
    return services.submit_record(
        caller(),
        CollectionName.TRAVEL_DOCUMENTS,
        {**DOCUMENT, **envelope},
        {**CONTENT, "number": number},
        at or now(),
    )


def queued() -> list[tuple[OutgoingSubmission, SignedSubmission]]:
    rows = OutgoingSubmission.objects.filter(state="queued").order_by("created_at", "submission_id")
    return [(row, msgspec.json.decode(row.signed, type=SignedSubmission)) for row in rows]


def member(home: NodeHome) -> Member:
    found = home.directory.current(now()).by_node(home.node)
    assert found is not None
    return found


def peer_of(node: str) -> Member:
    """Return a member as the entered office's directory has it."""
    return runtime.home().directory.current(now()).active(NodeId(node))


def resigned(signed: SignedSubmission, home: NodeHome, **changes: Any) -> SignedSubmission:
    """Return a submission with changed fields, signed properly again."""
    from comity.crypto.signing import SigningContext
    from comity.kernel.canonical import canonical_bytes

    submission = msgspec.json.decode(signed.body, type=Submission)
    data = canonical_bytes(msgspec.structs.replace(submission, **changes))
    return SignedSubmission(body=data.decode(), signature=home.signing.sign(SigningContext.SUBMISSION, data))


@dataclass
class Line:
    """Carries submissions and verdicts between an owner's office and the secretariat, without HTTP."""

    offices: Offices

    def deliver(self, owner: str, at: datetime | None = None) -> list[SubmissionVerdict]:
        """Bring everything queued at `owner` to the secretariat and settle the verdicts."""
        at = at or now()
        with self.offices.at(owner) as home, acting_for(home.bureau):
            waiting = [(row.submission_id, signed) for row, signed in queued()]
        given = [self.accept(owner, signed, at) for _id, signed in waiting]
        with self.offices.at(owner) as home, acting_for(home.bureau):
            for (submission_id, _signed), verdict in zip(waiting, given, strict=True):
                row = OutgoingSubmission.objects.get(submission_id=submission_id)
                verdicts.settle(row, verdict, at)
        return given

    def accept(self, owner: str, signed: SignedSubmission, at: datetime | None = None) -> SubmissionVerdict:
        at = at or now()
        with self.offices.at("SEC") as home, acting_for(home.bureau):
            peer = peer_of(owner)
            with acting_for(peer.bureau):
                return accept_submission(peer, signed, at)


def in_days(days: float, at: datetime | None = None) -> str:
    return to_wire((at or now()) + timedelta(days=days))
