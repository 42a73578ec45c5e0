"""What changed between two texts of one message: a second person need not read anew what they have read."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any, Final

from comity.kernel.ids import OfficerId
from comity.office.approvals.kinds import Changed, Piece
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
"""What is compared, in the order in which it is shown; coded fields follow, each by its name."""
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
    """Return the parts of a content that differ, each with what it was and what it is."""
    for part in PARTS:
        old, new = (_shown(part, content[part]) for content in (before, now))
        if before[part] != now[part]:
            yield Changed(part, tuple(_pieces(old, new)))
    for name in [*now["fields"], *(name for name in before["fields"] if name not in now["fields"])]:
        old, new = (_shown(name, content["fields"].get(name, "")) for content in (before, now))
        if old != new:
            yield Changed(name, tuple(_pieces(old, new)))


def _shown(part: str, value: Any) -> str:
    if part == "attachments":
        return "\n".join(f"{one['name']} ({one['size']} B, SHA-256 {one['sha256'][:16]})" for one in value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


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
