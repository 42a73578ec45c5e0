"""What changed between two texts of one message: a second person need not read anew what they have read."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from comity.kernel.ids import OfficerId
from comity.office.approvals.kinds import Changed, Piece
from comity.office.messages.letters import coded_of, form_name
from comity.office.pages.words import VOCABULARIES, word
from comity.office.releases.models import Look, Submission

PARTS: Final = (
    "recipients",
    "show_recipients",
    "form",
    "priority",
    "label",
    "subject",
    "text",
    "attachments",
)
"""What is compared, in the order in which it is shown; coded fields follow, each by its label."""
_WORDS: Final = re.compile(r"\s+|[^\s]+")
_MOST: Final = 5_000
"""Words that are compared one by one; a longer text is compared by lines, which takes a tenth of a second."""


def changed_for(submission: Submission, officer: OfficerId) -> tuple[Changed, ...]:
    """Note that `officer` sees a submission; return what is not as in the one that they saw last."""
    Look.objects.get_or_create(submission=submission, officer=officer, defaults={"bureau": submission.bureau})
    if submission.content is None:
        return ()
    earlier = Submission.objects.filter(first=submission.first, looks__officer=officer)
    last = earlier.filter(id__lt=submission.pk, content__isnull=False).order_by("-id").first()
    return () if last is None or last.content is None else tuple(changes(last.content, submission.content))


def changes(before: dict[str, Any], now: dict[str, Any]) -> Iterator[Changed]:
    """Return the parts of a content that differ, each with what it was and is, in the reader's language."""
    for part in PARTS:
        if before[part] != now[part]:
            yield Changed(part, tuple(_pieces(_shown(part, before), _shown(part, now))))
    old, new = _coded(before), _coded(now)
    for label in [*new, *(label for label in old if label not in new)]:
        if old.get(label, "") != new.get(label, ""):
            yield Changed(label, tuple(_pieces(old.get(label, ""), new.get(label, ""))))


def _shown(part: str, content: dict[str, Any]) -> str:
    value = content[part]
    if part == "attachments":
        return "\n".join(f"{one['name']} ({one['size']} B, SHA-256 {one['sha256'][:16]})" for one in value)
    if part == "recipients":
        return " ".join(value)
    if part == "show_recipients":
        return str(_("yes") if value else _("no"))
    if part == "form":
        return form_name(value, content["form_definition"])
    return word(VOCABULARIES[part], value) if part in {"priority", "label"} else str(value)


def _coded(content: dict[str, Any]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for line in coded_of(content["form"], content["fields"], content["form_definition"]):
        found.setdefault(line.label, []).append(line.value)
    return {label: "\n".join(values) for label, values in found.items()}


def _pieces(before: str, now: str) -> Iterator[Piece]:
    old, new = _WORDS.findall(before), _WORDS.findall(now)
    if max(len(old), len(new)) > _MOST:
        old, new = before.splitlines(keepends=True), now.splitlines(keepends=True)
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("".join(old[a:b]), was=True, stands=True)
            continue
        if a < b:
            yield Piece("".join(old[a:b]), was=True, stands=False)
        if c < d:
            yield Piece("".join(new[c:d]), was=False, stands=True)
