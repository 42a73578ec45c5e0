"""Texts of the errors that an officer can meet, in the reader's language; others keep the code's English."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from comity.kernel.errors import ComityError, ErrorCode

_C = ErrorCode
_TEXTS: Final[dict[ErrorCode, tuple[str | Promise, str | Promise]]] = {
    _C.INPUT_NOTHING_TO_SEARCH: (
        _("There is nothing to search for."),
        _("Give a number, a plate, a name, or two words that describe a vehicle."),
    ),
    _C.INPUT_BAD_NAME: (_("The name holds no letters."), _("Give at least one word of letters.")),
    _C.INPUT_BAD_NUMBER: (_("The number holds too few letters or digits."), _("Give the number as printed.")),
    _C.INPUT_BAD_VIN: (
        _("The vehicle number has impossible characters or length."),
        _("Give the number as stamped."),
    ),
    _C.INPUT_NOT_AN_MRZ: (
        _("The lines fit no machine-readable zone."),
        _("Give 2 lines of 36 or 44 characters or 3 lines of 30."),
    ),
    _C.INPUT_WRONG_CHECK_DIGIT: (
        _("A check digit of the machine-readable zone does not agree."),
        _("Read the zone again, or choose to search it as it stands."),
    ),
    _C.INPUT_IMPOSSIBLE_DATE: (_("The date cannot exist."), _("Use YYYY-MM-DD, YYYY-MM or YYYY.")),
    _C.INPUT_TOO_LONG: (_("What was given is too long."), _("Shorten it.")),
    _C.INPUT_MISSING_FIELD: (_("This is missing."), _("Fill it in.")),
    _C.INPUT_NOT_A_CHOICE: (_("This is none of the choices."), _("Choose one of the list.")),
    _C.INPUT_UNKNOWN_COUNTRY: (
        _("The country is not known."),
        _("Give its name or its three letters, for example SVN."),
    ),
    _C.INPUT_WRONG_TYPE: (_("This has the wrong form."), _("Write it as the line at the field says.")),
    _C.INPUT_BAD_TEXT: (
        _("The text holds signs that cannot be stored."),
        _("Write it anew without them."),
    ),
    _C.FORM_ONE_OF: (_("One of several fields must be given."), _("Fill in this one or one beside it.")),
    _C.FORM_RANGE: (_("The number is out of range."), _("Give a number within the stated bounds.")),
    _C.FORM_UNKNOWN: (_("There is no such form here."), _("Choose one of the list.")),
    _C.MESSAGE_RECIPIENT: (
        _("One of the recipients cannot receive messages now."),
        _("Choose who receives this message."),
    ),
    _C.APPROVAL_PROOF: (
        _("It was not shown lately enough who approves."),
        _("Confirm who you are, then approve."),
    ),
    _C.RELEASE_AUTHOR: (
        _("Who wrote this message may no longer send messages."),
        _("Refuse it; let somebody else write it."),
    ),
    _C.RELEASE_OTHER_AUTHOR: (
        _("Somebody else wrote this message."),
        _("Let its author correct it, or write a message of your own."),
    ),
    _C.RELEASE_NEEDED: (
        _("This message leaves only after a second person has released it."),
        _("Hand it in; another person with the role of approver releases it."),
    ),
    _C.ALARM_STANDS: (
        _("This alarm ends by itself when what it tells of is over."),
        _("See to what it tells of, or wait."),
    ),
    _C.ALARM_NOT_FOUND: (_("There is no such alarm."), _("List the alarms that stand.")),
    _C.ATTACHMENT_NAME: (
        _("The name of the file cannot be used."),
        _("Rename it: no path, no hidden signs, no quotation mark, none of < > : | ? *, 150 signs at most."),
    ),
    _C.ATTACHMENT_SIZE: (_("The file is larger than 2 GiB."), _("Split it, or send it on a disk.")),
    _C.ATTACHMENT_COUNT: (
        _("A message carries at most 20 files."),
        _("Send the others with a further message."),
    ),
    _C.ATTACHMENT_QUOTA: (
        _("Too many files wait to be sent or fetched already."),
        _("Wait until recipients have fetched them, or remove files that are not needed."),
    ),
    _C.ATTACHMENT_NOT_FOUND: (_("There is no such file."), _("Check the reference.")),
    _C.ATTACHMENT_PART: (
        _("A part does not belong to the file, or has a wrong length."),
        _("Attach the file anew."),
    ),
    _C.ATTACHMENT_PART_CHANGED: (
        _("The file changed while it was being attached."),
        _("Remove it, then attach it anew."),
    ),
    _C.ATTACHMENT_INCOMPLETE: (
        _("The file is not attached as a whole yet."),
        _("Wait until it is, or attach it anew."),
    ),
    _C.ATTACHMENT_STATE: (_("The file is not ready for this."), _("See how far it is.")),
    _C.ATTACHMENT_ALTERED: (
        _("The file is not the one that the message names."),
        _("Fetch it again; if that does not help, the sender must send it again."),
    ),
    _C.ATTACHMENT_GONE: (_("The file is no longer kept for you."), _("Ask the sender to send it again.")),
    _C.ATTACHMENT_NO_PREVIEW: (
        _("There is no safe picture of this file."),
        _("Get the original, and open it where it can do no harm."),
    ),
    _C.STORAGE_FULL: (
        _("The node's disk is full."),
        _("Nothing was changed; it is tried again by itself. Tell the administrator."),
    ),
    _C.CASE_NOT_FOUND: (_("There is no such case."), _("Check its number, for example SI-2026-000123.")),
    _C.CASE_CHANGED: (
        _("Somebody else has changed this in the meantime."),
        _("See what differs, then save again."),
    ),
    _C.CASE_CLOSED: (_("The case is closed."), _("Open it again first.")),
    _C.CASE_MERGED: (
        _("The case was merged into another one."),
        _("Work in that case, or undo the merge."),
    ),
    _C.CASE_LINKED: (_("This is in a case already."), _("Move it from there, or detach it first.")),
    _C.CASE_STEP: (
        _("This step cannot be undone: a later one stands on it, or it was undone."),
        _("Undo the later step first."),
    ),
    _C.CASE_LABEL: (
        _("The handling label is lower than that of something in the case."),
        _("Choose the label of its strictest part, or a stricter one."),
    ),
    _C.CASE_TEMPLATE: (_("There is no such template of cases."), _("Choose one of the list.")),
    _C.CASE_ASSIGNEE: (_("This person does not work at the desk."), _("Choose somebody of the list.")),
    _C.CASE_FULL: (_("The case is full."), _("Open another one, and write its number into a note.")),
    _C.LIMIT_BODY: (_("What was sent is too large."), _("Send less at once.")),
    _C.UNIT_NOT_FOUND: (_("There is no such unit, or it is closed."), _("Choose another unit.")),
    _C.PURPOSE_MISSING: (
        _("A search without a purpose is refused."),
        _("State the purpose of the query."),
    ),
    _C.PURPOSE_NOT_ALLOWED: (_("This purpose is not allowed here."), _("Choose another purpose.")),
    _C.SEARCH_UNAVAILABLE: (
        _("The search does not answer."),
        _("Try again; tell the desk if it lasts."),
    ),
    _C.JOURNAL_UNAVAILABLE: (
        _("The journal cannot be written, so the search is refused."),
        _("Try again; tell the desk if it lasts."),
    ),
    _C.INDEX_UNAVAILABLE: (_("The index cannot be read."), _("Wait until the node is ready.")),
    _C.COPY_TOO_OLD: (
        _("The copy is older than its limit and does not answer."),
        _("Try again; tell the desk if it lasts."),
    ),
    _C.LIMIT_RATE: (_("Too many requests at once."), _("Wait a second, then try again.")),
    _C.NOT_READY: (_("The node is starting."), _("Try again in a few seconds.")),
    _C.ACCESS_NOT_FOUND: (
        _("There is nothing here."),
        _("Check the address, or begin at the start page."),
    ),
    _C.ROUTE_NOT_FOUND: (
        _("There is nothing at this address."),
        _("Check the address, or begin at the start page."),
    ),
    _C.INTERNAL: (
        _("Something failed inside the node."),
        _("Try again; tell the administrator if it lasts."),
    ),
}


def message_of(error: ComityError) -> str:
    """Return what was wrong."""
    found = _TEXTS.get(error.code)
    return error.message if found is None else str(found[0])


def remedy_of(error: ComityError) -> str:
    """Return what to do about it."""
    found = _TEXTS.get(error.code)
    return error.remedy if found is None else str(found[1])


def texts_of_code(code: str) -> tuple[str, str] | None:
    """Return message and remedy of a code that has words here."""
    found = _TEXTS.get(ErrorCode(code)) if code in set(ErrorCode) else None
    return None if found is None else (str(found[0]), str(found[1]))
