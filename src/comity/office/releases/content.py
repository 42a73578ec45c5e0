"""All that a message says and does once it leaves: what its author hands in and a second person approves."""

from collections.abc import Sequence
from typing import Any, Self

import msgspec

from comity.kernel.codes import HandlingLabel, Priority
from comity.kernel.ids import BureauId, FormId, MessageId, ThreadId, UnitId
from comity.office.attachments.models import Attachment
from comity.office.messages.services import Draft


class File(msgspec.Struct, frozen=True, kw_only=True):
    """One file that goes along; its digest is what is approved."""

    attachment_id: str
    name: str
    media_type: str
    size: int
    sha256: str


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """A message before it leaves, whole."""

    recipients: list[BureauId]
    """As they were resolved when it was handed in, sorted; asked about again when it leaves."""
    show_recipients: bool
    form: FormId
    form_definition: dict[str, Any] | None
    fields: dict[str, Any]
    subject: str
    text: str
    priority: Priority
    label: HandlingLabel
    thread_id: ThreadId
    opens: bool
    """Whether it begins its thread."""
    in_reply_to: str
    unit: UnitId
    attachments: list[File]
    grounds: list[str]
    """Codes of `rules.release.Ground`: why a second person is needed."""
    told: dict[str, Any]
    """What else its act needs to know."""

    @classmethod
    def of(  # noqa: PLR0913, PLR0917 - the parts of a content
        cls,
        draft: Draft,
        subject: str,
        thread_id: ThreadId,
        files: Sequence[Attachment],
        grounds: Sequence[str],
        told: dict[str, Any],
    ) -> Self:
        """Return the content of a draft whose subject and thread are known."""
        return cls(
            recipients=sorted(draft.recipients),
            show_recipients=draft.show_recipients,
            form=draft.form,
            form_definition=draft.form_definition,
            fields=msgspec.to_builtins(draft.fields),
            subject=subject,
            text=draft.text,
            priority=draft.priority,
            label=draft.label,
            thread_id=thread_id,
            opens=draft.thread_id is None,
            in_reply_to=draft.in_reply_to or "",
            unit=draft.unit,
            attachments=[_file(one) for one in files],
            grounds=[str(ground) for ground in grounds],
            told=told,
        )

    def draft(self, message_id: MessageId) -> Draft:
        """Return the draft that leaves under `message_id` once it was released."""
        return Draft(
            recipients=tuple(self.recipients),
            subject=self.subject,
            text=self.text,
            form=self.form,
            fields=self.fields,
            form_definition=self.form_definition,
            priority=self.priority,
            label=self.label,
            thread_id=None if self.opens else self.thread_id,
            opens=self.thread_id if self.opens else None,
            in_reply_to=MessageId(self.in_reply_to) if self.in_reply_to else None,
            show_recipients=self.show_recipients,
            unit=self.unit,
            attachments=tuple(one.attachment_id for one in self.attachments),
            released_as=message_id,
        )


def _file(row: Attachment) -> File:
    return File(
        attachment_id=row.attachment_id,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
    )
