"""Texts and remedies of errors about the desk's own papers: cases."""

from typing import Final

from comity.kernel.error_codes import ErrorCode, Texts

_C = ErrorCode
DESK: Final[Texts] = {
    _C.CASE_NOT_FOUND: ("There is no such case.", "Check its number, for example SI-2026-000123."),
    _C.CASE_CHANGED: (
        "Somebody else has changed this in the meantime.",
        "See what differs, then save again.",
    ),
    _C.CASE_CLOSED: ("The case is closed.", "Open it again first."),
    _C.CASE_MERGED: ("The case was merged into another one.", "Work in that case, or undo the merge."),
    _C.CASE_LINKED: ("This is in a case already.", "Move it from there, or detach it first."),
    _C.CASE_STEP: (
        "This step cannot be undone: a later one stands on it, or it was undone.",
        "Undo the later step first.",
    ),
    _C.CASE_LABEL: (
        "The handling label is lower than that of something in the case.",
        "Choose the label of its strictest part, or a stricter one.",
    ),
    _C.CASE_FULL: ("The case is full.", "Open another one, and write its number into a note."),
    _C.CASE_ASSIGNEE: ("This person does not work at the desk.", "Choose somebody of the list."),
    _C.CASE_TEMPLATE: ("The template of cases cannot be read.", "See docs/operators.md for its form."),
}
