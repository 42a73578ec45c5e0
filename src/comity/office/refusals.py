"""With which status and code the machine API refuses, as data for its OpenAPI page."""

from types import MappingProxyType
from typing import Final

from comity.kernel.error_codes import ErrorCode

_C = ErrorCode

ALWAYS: Final = (401, 403, 404, 422, 500)
"""What every operation may answer, whatever it does."""
WITH_BODY: Final = (413, 415)

REFUSALS: Final = MappingProxyType(
    {
        401: (
            "No grant, or one that does not hold.",
            (
                _C.GRANT_MISSING,
                _C.GRANT_MALFORMED,
                _C.GRANT_EXPIRED,
                _C.GRANT_NOT_YET,
                _C.GRANT_FOREIGN,
                _C.GRANT_SIGNATURE,
            ),
        ),
        403: (
            "The grant does not cover this, or its bureau's standing does not.",
            (
                _C.PURPOSE_MISSING,
                _C.PURPOSE_NOT_ALLOWED,
                _C.ACCESS_DENIED,
                _C.RECORD_OTHER_OWNER,
                _C.APPROVAL_SAME_PERSON,
                _C.APPROVAL_PROOF,
                _C.RELEASE_NEEDED,
                _C.RECALL_NOT_SENDER,
                _C.MEMBER_UNKNOWN,
                _C.MEMBER_NOT_ACTIVE,
                _C.DIRECTORY_MISSING,
                _C.DIRECTORY_EXPIRED,
                _C.DIRECTORY_NOT_YET,
                _C.DIRECTORY_SIGNATURE,
                _C.DIRECTORY_MALFORMED,
                _C.DIRECTORY_ROLLBACK,
            ),
        ),
        404: (
            "There is no such thing, or none that the caller may know of.",
            (
                _C.ACCESS_NOT_FOUND,
                _C.RECORD_NOT_FOUND,
                _C.MESSAGE_NOT_FOUND,
                _C.ALARM_NOT_FOUND,
                _C.ATTACHMENT_NOT_FOUND,
                _C.HIT_NOT_FOUND,
                _C.CASE_NOT_FOUND,
                _C.APPROVAL_NOT_FOUND,
                _C.UNIT_NOT_FOUND,
                _C.ROUTE_NOT_FOUND,
            ),
        ),
        405: ("Another method is needed; see Allow.", (_C.METHOD_NOT_ALLOWED,)),
        409: (
            "The present state does not allow it.",
            (
                _C.RECORD_VERSION_CONFLICT,
                _C.RECORD_WITHDRAWN,
                _C.MESSAGE_THREAD,
                _C.ALARM_STANDS,
                _C.ATTACHMENT_PART,
                _C.ATTACHMENT_PART_CHANGED,
                _C.ATTACHMENT_INCOMPLETE,
                _C.ATTACHMENT_STATE,
                _C.ATTACHMENT_NO_PREVIEW,
                _C.HIT_DECIDED,
                _C.HIT_POLICY,
                _C.HIT_NOT_CONFIRMED,
                _C.CASE_CHANGED,
                _C.CASE_CLOSED,
                _C.CASE_MERGED,
                _C.CASE_LINKED,
                _C.APPROVAL_CHANGED,
                _C.APPROVAL_DECIDED,
                _C.APPROVAL_EXISTS,
                _C.RELEASE_AUTHOR,
                _C.RELEASE_OTHER_AUTHOR,
                _C.DISCLOSURE_DONE,
                _C.RECALL_DONE,
                _C.RECALL_NOT_ALLOWED,
                _C.UNIT_NOT_FOUND,
            ),
        ),
        413: (
            "The body is too large, or too much is given.",
            (
                _C.LIMIT_BODY,
                _C.LIMIT_ROWS,
                _C.ATTACHMENT_SIZE,
                _C.ATTACHMENT_COUNT,
                _C.ATTACHMENT_QUOTA,
            ),
        ),
        415: ("The body is not of the type that is described.", (_C.INPUT_BAD_CONTENT_TYPE,)),
        422: (
            "What was sent is wrong; `field` names the place.",
            (
                _C.INPUT_NOT_JSON,
                _C.INPUT_UNKNOWN_FIELD,
                _C.INPUT_MISSING_FIELD,
                _C.INPUT_WRONG_TYPE,
                _C.INPUT_TOO_LONG,
                _C.INPUT_NOT_A_CHOICE,
                _C.INPUT_UNKNOWN_COUNTRY,
                _C.INPUT_IMPOSSIBLE_DATE,
                _C.INPUT_BAD_NAME,
                _C.INPUT_BAD_NUMBER,
                _C.INPUT_BAD_VIN,
                _C.INPUT_BAD_TEXT,
                _C.RECORD_EXPIRY_PAST,
                _C.RECORD_EXPIRY_BEYOND_CEILING,
                _C.RECORD_STATUS_MISSING,
                _C.RECORD_STATUS_NOT_ALLOWED,
                _C.RECORD_RESTRICTION_ODD,
                _C.MESSAGE_EMPTY,
                _C.MESSAGE_RECIPIENT,
                _C.REACH_NOBODY,
                _C.REACH_REGION,
                _C.FORM_ID,
                _C.FORM_UNKNOWN,
                _C.FORM_MALFORMED,
                _C.FORM_ONE_OF,
                _C.FORM_RANGE,
                _C.FORM_NO_TEXT,
                _C.ATTACHMENT_NAME,
                _C.ATTACHMENT_PART,
                _C.CASE_LABEL,
                _C.CASE_TEMPLATE,
                _C.CASE_ASSIGNEE,
            ),
        ),
        429: ("Too many requests; wait as long as Retry-After says.", (_C.LIMIT_RATE,)),
        500: (
            "Something failed inside the node; nothing was changed.",
            (_C.INTERNAL, _C.ACCESS_SCOPE_MISSING, _C.ATTACHMENT_ALTERED),
        ),
        501: ("This machine lacks what it takes; its administrator can install it.", (_C.PDF_NOT_INSTALLED,)),
        503: ("A part that is needed is away; try again.", (_C.NOT_READY, _C.PDF_FAILED)),
        507: ("The node's disk is full.", (_C.STORAGE_FULL,)),
    }
)
"""Status: what it means, and every code that comes with it."""
