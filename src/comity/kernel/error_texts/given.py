"""Texts and remedies of errors about what somebody gives: fields, records, limits, lists."""

from typing import Final

from comity.kernel.error_codes import ErrorCode, Texts

_C = ErrorCode
GIVEN: Final[Texts] = {
    _C.INPUT_NOT_JSON: ("The body is not JSON.", "Send one JSON object in UTF-8."),
    _C.INPUT_UNKNOWN_FIELD: ("A field is not known.", "Remove it, or see the schema for its right name."),
    _C.INPUT_MISSING_FIELD: ("A required field is missing.", "Fill in the named field."),
    _C.INPUT_WRONG_TYPE: ("A field has the wrong type.", "See the schema for the form of the named field."),
    _C.INPUT_TOO_LONG: ("A field is too long.", "Shorten the named field."),
    _C.INPUT_NOT_A_CHOICE: ("A field holds none of the allowed values.", "Use one of the listed codes."),
    _C.INPUT_UNKNOWN_COUNTRY: (
        "The country code is not known.",
        "Use a three-letter code of ICAO Doc 9303-3, for example SVN.",
    ),
    _C.INPUT_IMPOSSIBLE_DATE: ("The date cannot exist.", "Use YYYY-MM-DD, YYYY-MM or YYYY."),
    _C.INPUT_WRONG_CHECK_DIGIT: (
        "A check digit of the machine-readable zone does not agree.",
        "Read the zone again, or choose to search it as it stands.",
    ),
    _C.INPUT_NOT_AN_MRZ: (
        "The lines fit no machine-readable zone.",
        "Give 2 lines of 36 or 44 characters or 3 lines of 30.",
    ),
    _C.INPUT_NOTHING_TO_SEARCH: (
        "There is nothing to search for.",
        "Give a number, a plate, a name, or two words that describe a vehicle.",
    ),
    _C.INPUT_BAD_NAME: ("The name holds no letters.", "Give at least one word of letters."),
    _C.INPUT_BAD_NUMBER: ("The number holds too few letters or digits.", "Give the number as printed."),
    _C.INPUT_BAD_VIN: (
        "The vehicle number has impossible characters or length.",
        "Give the number as stamped.",
    ),
    _C.INPUT_BAD_TEXT: ("A text holds characters that cannot be shown.", "Remove control characters."),
    _C.INPUT_WRONG_ENCODING: ("The file is not UTF-8.", "Save the file as UTF-8 and send it again."),
    _C.INPUT_BAD_CSV: (
        "The file is not a readable table.",
        "The first line names the columns; see the docs.",
    ),
    _C.INPUT_BAD_CONTENT_TYPE: ("The content type is not accepted.", "Send application/json."),
    _C.PURPOSE_MISSING: ("A search without a purpose is refused.", "State the purpose of the query."),
    _C.PURPOSE_NOT_ALLOWED: ("This purpose is not allowed here.", "Use a purpose that your grant lists."),
    _C.RECORD_EXPIRY_PAST: ("The expiry has passed.", "Give an expiry in the future."),
    _C.RECORD_EXPIRY_BEYOND_CEILING: (
        "The expiry is beyond the collection's ceiling.",
        "Choose an earlier expiry; it can be renewed with a reason.",
    ),
    _C.RECORD_STATUS_MISSING: ("A person needs a status.", "State the person's status."),
    _C.RECORD_STATUS_NOT_ALLOWED: ("This status does not fit here.", "Choose a status the purpose allows."),
    _C.RECORD_RESTRICTION_ODD: (
        "The restriction contradicts itself.",
        "Either allow or deny a list of countries, never both; the owner cannot be denied.",
    ),
    _C.RECORD_OTHER_OWNER: (
        "Only the owner changes or withdraws a record.",
        "Report the error to the owner.",
    ),
    _C.RECORD_VERSION_CONFLICT: (
        "The record was changed meanwhile.",
        "Read it again, then repeat the change.",
    ),
    _C.RECORD_WITHDRAWN: ("The record was withdrawn.", "Enter a new record if there is a new reason."),
    _C.RECORD_NOT_FOUND: ("There is no such record.", "Check the record's id."),
    _C.LIMIT_BODY: ("The body is too large.", "Send less at a time; the limit is in the docs."),
    _C.LIMIT_ROWS: ("Too many rows at once.", "Split the file; the limit is in the docs."),
    _C.LIMIT_RATE: ("Too many requests at once.", "Wait as long as Retry-After says."),
    _C.SUBMISSION_REUSED: (
        "Another submission had this id before.",
        "Give each submission a new id; repeat only the same bytes.",
    ),
}
