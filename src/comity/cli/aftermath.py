"""What is done with messages after sending, from the command line; called where the office is open."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from comity.cli.callers import caller_named
from comity.kernel.codes import Purpose
from comity.kernel.ids import MessageId

if TYPE_CHECKING:
    from comity.office.exports.services import Export
    from comity.office.messages.models import Message
    from comity.office.releases.services import Waiting


def recall(username: str, message_id: MessageId, reason: str, at: datetime) -> dict[str, Any]:
    """Recall a message."""
    from comity.office.recalls import services

    return _sent(message_id, services.recall(caller_named(username), message_id, reason, at))


def correct(
    username: str, message_id: MessageId, what: Sequence[str], text: str, at: datetime
) -> dict[str, Any]:
    """Correct a message."""
    from comity.office.recalls import services

    fields = {"what": list(what)}
    return _sent(message_id, services.correct(caller_named(username), message_id, fields, text, at))


def export(  # noqa: PLR0913, PLR0917 - as the use case
    username: str, thread_id: str, as_what: str, purpose: Purpose, language: str, at: datetime
) -> "Export":
    """Take a thread away."""
    from comity.office.exports.services import ExportFormat, export_thread

    caller = caller_named(username)
    return export_thread(caller, thread_id, ExportFormat(as_what), purpose, language, at)


def _sent(message_id: MessageId, done: "Message | Waiting") -> dict[str, Any]:
    """Return what left, or in its place what waits for release, as the machine API tells it."""
    from comity.office.releases.lines import line_of
    from comity.office.releases.services import Waiting

    if isinstance(done, Waiting):
        waiting: dict[str, Any] = msgspec.to_builtins(line_of(done))
        return waiting
    return {
        "message_id": message_id,
        "sent_as": done.message_id,
        "thread_id": done.thread.thread_id,
    }
