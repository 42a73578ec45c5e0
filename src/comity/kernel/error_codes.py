"""Every stable error code with its text and its remedy, as data in one place."""

from enum import StrEnum
from typing import Final


class ErrorCode(StrEnum):
    """Codes that programs may rely on. A code is never renamed or given another meaning."""

    INPUT_NOT_JSON = "input.not_json"
    INPUT_UNKNOWN_FIELD = "input.unknown_field"
    INPUT_MISSING_FIELD = "input.missing_field"
    INPUT_WRONG_TYPE = "input.wrong_type"
    INPUT_TOO_LONG = "input.too_long"
    INPUT_NOT_A_CHOICE = "input.not_a_choice"
    INPUT_UNKNOWN_COUNTRY = "input.unknown_country"
    INPUT_IMPOSSIBLE_DATE = "input.impossible_date"
    INPUT_WRONG_CHECK_DIGIT = "input.wrong_check_digit"
    INPUT_NOT_AN_MRZ = "input.not_an_mrz"
    INPUT_NOTHING_TO_SEARCH = "input.nothing_to_search"
    INPUT_BAD_NAME = "input.bad_name"
    INPUT_BAD_NUMBER = "input.bad_number"
    INPUT_BAD_VIN = "input.bad_vin"
    INPUT_BAD_TEXT = "input.bad_text"
    INPUT_WRONG_ENCODING = "input.wrong_encoding"
    INPUT_BAD_CSV = "input.bad_csv"
    INPUT_BAD_CONTENT_TYPE = "input.bad_content_type"
    PURPOSE_MISSING = "purpose.missing"
    PURPOSE_NOT_ALLOWED = "purpose.not_allowed"
    RECORD_EXPIRY_PAST = "record.expiry_past"
    RECORD_EXPIRY_BEYOND_CEILING = "record.expiry_beyond_ceiling"
    RECORD_STATUS_MISSING = "record.status_missing"
    RECORD_STATUS_NOT_ALLOWED = "record.status_not_allowed"
    RECORD_RESTRICTION_ODD = "record.restriction_odd"
    RECORD_OTHER_OWNER = "record.other_owner"
    RECORD_VERSION_CONFLICT = "record.version_conflict"
    RECORD_WITHDRAWN = "record.withdrawn"
    RECORD_NOT_FOUND = "record.not_found"
    LIMIT_BODY = "limit.body"
    LIMIT_ROWS = "limit.rows"
    LIMIT_RATE = "limit.rate"
    GRANT_MISSING = "grant.missing"
    GRANT_MALFORMED = "grant.malformed"
    GRANT_EXPIRED = "grant.expired"
    GRANT_NOT_YET = "grant.not_yet"
    GRANT_FOREIGN = "grant.foreign"
    GRANT_SIGNATURE = "grant.signature"
    ACCESS_DENIED = "access.denied"
    ACCESS_NOT_FOUND = "access.not_found"
    ACCESS_SCOPE_MISSING = "access.scope_missing"
    ACCOUNT_EXISTS = "account.exists"
    ACCOUNT_PASSWORD_WEAK = "account.password_weak"
    ACCOUNT_NOT_FOUND = "account.not_found"
    SUBMISSION_REUSED = "submission.reused"
    MEMBER_UNKNOWN = "member.unknown"
    MEMBER_NOT_ACTIVE = "member.not_active"
    MEMBER_CERTIFICATE = "member.certificate"
    MEMBER_EXISTS = "member.exists"
    INVITATION_INVALID = "invitation.invalid"
    INVITATION_USED = "invitation.used"
    INVITATION_EXPIRED = "invitation.expired"
    DIRECTORY_SIGNATURE = "directory.signature"
    DIRECTORY_EXPIRED = "directory.expired"
    DIRECTORY_ROLLBACK = "directory.rollback"
    DIRECTORY_MISSING = "directory.missing"
    DIRECTORY_MALFORMED = "directory.malformed"
    DIRECTORY_NOT_YET = "directory.not_yet"
    ENVELOPE_MALFORMED = "envelope.malformed"
    ENVELOPE_SIGNATURE = "envelope.signature"
    ENVELOPE_SENDER = "envelope.sender"
    ENVELOPE_RECIPIENT = "envelope.recipient"
    ENVELOPE_ALTERED = "envelope.altered"
    ENVELOPE_REPLAY = "envelope.replay"
    ENVELOPE_EXPIRED = "envelope.expired"
    ENVELOPE_SUITE = "envelope.suite"
    ENVELOPE_GAP = "envelope.gap"
    ENVELOPE_NOT_CANONICAL = "envelope.not_canonical"
    ENVELOPE_INSTANT = "envelope.instant"
    ENVELOPE_STANZAS = "envelope.stanzas"
    ENVELOPE_SIGNING_KEY = "envelope.signing_key"
    ENVELOPE_KEY_RETIRED = "envelope.key_retired"
    ENVELOPE_SEALING_KEY = "envelope.sealing_key"
    ENVELOPE_COMMITMENT = "envelope.commitment"
    ENVELOPE_CONTENT = "envelope.content"
    KEYS_CHANGE = "keys.change"
    KEYS_USED = "keys.used"
    KEYS_UNKNOWN = "keys.unknown"
    KEYS_PINNED = "keys.pinned"
    RECEIPT_INVALID = "receipt.invalid"
    MESSAGE_EMPTY = "message.empty"
    MESSAGE_NOT_FOUND = "message.not_found"
    MESSAGE_RECIPIENT = "message.recipient"
    MESSAGE_THREAD = "message.thread"
    ALARM_NOT_FOUND = "alarm.not_found"
    ALARM_STANDS = "alarm.stands"
    FORM_ID = "form.id"
    FORM_MALFORMED = "form.malformed"
    FORM_TOO_LARGE = "form.too_large"
    FORM_TOO_MANY = "form.too_many"
    FORM_DUPLICATE = "form.duplicate"
    FORM_TEXT = "form.text"
    FORM_LANGUAGE = "form.language"
    FORM_UNKNOWN = "form.unknown"
    FORM_ONE_OF = "form.one_of"
    FORM_RANGE = "form.range"
    FORM_NO_TEXT = "form.no_text"
    REACH_NOBODY = "reach.nobody"
    REACH_REGION = "reach.region"
    UNIT_NOT_FOUND = "unit.not_found"
    UNIT_EXISTS = "unit.exists"
    UNIT_CODE = "unit.code"
    APPROVAL_NOT_FOUND = "approval.not_found"
    APPROVAL_SAME_PERSON = "approval.same_person"
    APPROVAL_CHANGED = "approval.changed"
    APPROVAL_DECIDED = "approval.decided"
    APPROVAL_EXISTS = "approval.exists"
    RECALL_NOT_SENDER = "recall.not_sender"
    RECALL_DONE = "recall.done"
    RECALL_NOT_ALLOWED = "recall.not_allowed"
    DISCLOSURE_DONE = "disclosure.done"
    BUNDLE_MALFORMED = "bundle.malformed"
    BUNDLE_ALTERED = "bundle.altered"
    BUNDLE_SIGNATURE = "bundle.signature"
    PDF_NOT_INSTALLED = "pdf.not_installed"
    ATTACHMENT_NAME = "attachment.name"
    ATTACHMENT_SIZE = "attachment.size"
    ATTACHMENT_COUNT = "attachment.count"
    ATTACHMENT_QUOTA = "attachment.quota"
    ATTACHMENT_NOT_FOUND = "attachment.not_found"
    ATTACHMENT_PART = "attachment.part"
    ATTACHMENT_PART_CHANGED = "attachment.part_changed"
    ATTACHMENT_INCOMPLETE = "attachment.incomplete"
    ATTACHMENT_STATE = "attachment.state"
    ATTACHMENT_DECLARED = "attachment.declared"
    ATTACHMENT_ALTERED = "attachment.altered"
    ATTACHMENT_GONE = "attachment.gone"
    ATTACHMENT_NO_PREVIEW = "attachment.no_preview"
    STORAGE_FULL = "storage.full"
    PDF_FAILED = "pdf.failed"
    HIT_NOT_FOUND = "hit.not_found"
    HIT_DECIDED = "hit.decided"
    HIT_POLICY = "hit.policy"
    HIT_NOT_CONFIRMED = "hit.not_confirmed"
    FEED_COMMITMENT = "feed.commitment"
    FEED_GAP = "feed.gap"
    FEED_CHAIN = "feed.chain"
    INTEGRITY_NOT_CANONICAL = "integrity.not_canonical"
    INTEGRITY_SPOOL = "integrity.spool"
    INTEGRITY_INDEX = "integrity.index"
    JOURNAL_UNAVAILABLE = "journal.unavailable"
    INDEX_UNAVAILABLE = "index.unavailable"
    INDEX_REBUILDING = "index.rebuilding"
    COPY_TOO_OLD = "copy.too_old"
    SEARCH_UNAVAILABLE = "search.unavailable"
    PEER_UNREACHABLE = "peer.unreachable"
    PEER_REFUSED = "peer.refused"
    PEER_ANSWER = "peer.answer"
    NOT_READY = "node.not_ready"
    CONFIG_UNKNOWN_KEY = "config.unknown_key"
    CONFIG_ODD_VALUE = "config.odd_value"
    CONFIG_MISSING = "config.missing"
    CONFIG_PERMISSIONS = "config.permissions"
    CONFIG_EXISTS = "config.exists"
    CONFIG_IN_USE = "config.in_use"
    HTTP_MALFORMED = "http.malformed"
    METHOD_NOT_ALLOWED = "http.method_not_allowed"
    ROUTE_NOT_FOUND = "http.not_found"
    INTERNAL = "internal.error"


_C = ErrorCode
CODE_TEXTS: Final[dict[ErrorCode, tuple[str, str]]] = {
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
    _C.GRANT_MISSING: ("No grant was presented.", "Send Authorization: Bearer and a grant of your bureau."),
    _C.GRANT_MALFORMED: ("The grant cannot be read.", "Ask your bureau for a new grant."),
    _C.GRANT_EXPIRED: ("The grant has expired.", "Ask your bureau for a new grant."),
    _C.GRANT_NOT_YET: ("The grant is not valid yet.", "Check the clocks of both machines."),
    _C.GRANT_FOREIGN: ("The grant was not made for this node.", "Ask the bureau that runs this node."),
    _C.GRANT_SIGNATURE: ("The grant's signature does not hold.", "Ask your bureau for a new grant."),
    _C.ACCESS_DENIED: ("This is not allowed.", "Ask your administrator which role is needed."),
    _C.ACCESS_NOT_FOUND: ("There is nothing here.", "Check the address."),
    _C.ACCESS_SCOPE_MISSING: ("A query did not say whose data it reads.", "Report this as a fault."),
    _C.ACCOUNT_EXISTS: ("This username is taken.", "Choose another username."),
    _C.ACCOUNT_PASSWORD_WEAK: (
        "The password is too short or too common.",
        "Use at least 15 characters that are no well-known password.",
    ),
    _C.ACCOUNT_NOT_FOUND: ("There is no such account.", "Check the username."),
    _C.SUBMISSION_REUSED: (
        "Another submission had this id before.",
        "Give each submission a new id; repeat only the same bytes.",
    ),
    _C.MEMBER_UNKNOWN: (
        "The node is not a member of this network.",
        "Ask the secretariat for an invitation.",
    ),
    _C.MEMBER_NOT_ACTIVE: ("The member is suspended or removed.", "Contact the secretariat."),
    _C.MEMBER_CERTIFICATE: (
        "The certificate is not the one in the member directory.",
        "Present the certificate that the node joined with.",
    ),
    _C.MEMBER_EXISTS: ("The member exists already.", "Choose another code, or remove the old member first."),
    _C.INVITATION_INVALID: ("The invitation does not hold.", "Ask the secretariat for a new one."),
    _C.INVITATION_USED: ("The invitation was used already.", "Ask the secretariat for a new one."),
    _C.INVITATION_EXPIRED: ("The invitation has expired.", "Ask the secretariat for a new one."),
    _C.DIRECTORY_SIGNATURE: ("The member directory's signature does not hold.", "Do not trust this source."),
    _C.DIRECTORY_EXPIRED: (
        "The member directory has run out.",
        "Restore the line to the secretariat.",
    ),
    _C.DIRECTORY_ROLLBACK: ("The member directory is older than the one known.", "Do not trust this source."),
    _C.DIRECTORY_MALFORMED: ("The member directory contradicts itself.", "Tell the secretariat."),
    _C.DIRECTORY_NOT_YET: ("The member directory is from the future.", "Check the clocks of both machines."),
    _C.DIRECTORY_MISSING: ("This node holds no member directory.", "Join a network first."),
    _C.ENVELOPE_MALFORMED: ("The envelope cannot be read.", "Send an envelope as the protocol describes."),
    _C.ENVELOPE_SIGNATURE: ("The envelope's signature does not hold.", "The sender must sign it again."),
    _C.ENVELOPE_SENDER: (
        "The envelope does not come from its sender.",
        "Only the sender's node may send it.",
    ),
    _C.ENVELOPE_RECIPIENT: (
        "The envelope is not addressed to this bureau.",
        "Send it to its recipients only.",
    ),
    _C.ENVELOPE_ALTERED: ("The envelope was altered.", "The sender must send it again."),
    _C.ENVELOPE_REPLAY: ("The envelope was received before.", "Nothing to do: the first copy counts."),
    _C.ENVELOPE_EXPIRED: ("The envelope has expired.", "The sender must send a new message."),
    _C.ENVELOPE_SUITE: (
        "The envelope's cipher suite is not accepted.",
        "Use a suite that the protocol lists.",
    ),
    _C.ENVELOPE_GAP: ("An earlier envelope of this sender is missing.", "The sender's node sends it again."),
    _C.ENVELOPE_NOT_CANONICAL: (
        "The envelope is not written in the one form that the protocol allows.",
        "Write it as the protocol describes: sorted, without blanks, each name once.",
    ),
    _C.ENVELOPE_INSTANT: (
        "The envelope's times are not possible.",
        "Check the clock of the sender's machine; an envelope lives 90 days at most.",
    ),
    _C.ENVELOPE_STANZAS: (
        "The envelope's recipients are not those that the sender signed.",
        "The sender must send it again.",
    ),
    _C.ENVELOPE_SIGNING_KEY: (
        "The envelope is signed with a key that the member directory does not list.",
        "Fetch the member directory and try again.",
    ),
    _C.ENVELOPE_KEY_RETIRED: (
        "The key that signed this was no longer in force at that time.",
        "Sign with the present key.",
    ),
    _C.ENVELOPE_SEALING_KEY: (
        "The envelope is sealed to a key that this node does not hold.",
        "The sender must fetch the member directory and seal it again.",
    ),
    _C.ENVELOPE_COMMITMENT: (
        "The content is not the one that the envelope's header commits to.",
        "The sender must send it again.",
    ),
    _C.ENVELOPE_CONTENT: (
        "The content is no message in the form of the protocol.",
        "The sender must write it as the protocol describes.",
    ),
    _C.KEYS_CHANGE: (
        "The change of keys is not signed by the member's present and new keys.",
        "Change keys on the machine that holds the present ones; else ask for a new invitation.",
    ),
    _C.KEYS_USED: ("These keys were used before.", "Make new ones."),
    _C.KEYS_UNKNOWN: ("The member has no such key.", "See `comity key list`."),
    _C.KEYS_PINNED: (
        "Every node holds the secretariat's signing keys as its anchor of trust.",
        "Found the network anew, or replace the sealing key alone.",
    ),
    _C.RECEIPT_INVALID: ("The receipt does not hold.", "Ask the recipient for a new receipt."),
    _C.MESSAGE_EMPTY: ("The message is empty.", "Write a subject and a text."),
    _C.MESSAGE_NOT_FOUND: ("There is no such message.", "Check the reference."),
    _C.MESSAGE_RECIPIENT: (
        "The recipient cannot receive messages.",
        "Choose an active bureau of the directory.",
    ),
    _C.MESSAGE_THREAD: ("The thread belongs to the exchange with another bureau.", "Open a new thread."),
    _C.ALARM_NOT_FOUND: ("There is no such alarm.", "List the alarms that stand."),
    _C.ALARM_STANDS: (
        "This alarm ends by itself when what it tells of is over; it cannot be set aside.",
        "See to what it tells of, or wait.",
    ),
    _C.FORM_ID: (
        "The form's id is not allowed here.",
        "A bureau's own form is called by its code, a colon and a name, for example SI:fishing_boat.",
    ),
    _C.FORM_MALFORMED: (
        "The declaration of the form is not sound.",
        "See the page on forms for what stands at the named place.",
    ),
    _C.FORM_TOO_LARGE: (
        "The declaration of the form is too large.",
        "A form travels with each of its messages: keep it below 48 KiB.",
    ),
    _C.FORM_TOO_MANY: ("There are too many of one kind.", "Take some away at the named place."),
    _C.FORM_DUPLICATE: ("A name or code stands twice.", "Give each its own."),
    _C.FORM_TEXT: (
        "A text holds markup, hidden signs or signs that turn its direction.",
        "Write plain words in normal form (NFC).",
    ),
    _C.FORM_LANGUAGE: (
        "A text lacks its English words, or names a language that cannot be one.",
        "Give at least `en`; languages are two or three small letters.",
    ),
    _C.FORM_UNKNOWN: ("There is no such form here.", "See the list of forms."),
    _C.FORM_ONE_OF: ("One of several fields must be given.", "Fill in the named field or one beside it."),
    _C.FORM_RANGE: ("The number is out of range.", "Give a number within the stated bounds."),
    _C.FORM_NO_TEXT: ("This form has no free text.", "Leave the text out, or use another form."),
    _C.REACH_NOBODY: ("Nobody would receive this message.", "Choose at least one active bureau."),
    _C.REACH_REGION: ("There is no such region in this network.", "See the list of regions."),
    _C.UNIT_NOT_FOUND: ("There is no such unit.", "See the list of units."),
    _C.UNIT_EXISTS: ("There is a unit of this code already.", "Choose another code."),
    _C.UNIT_CODE: (
        "The code of a unit is not allowed.",
        "Use 2 to 20 small letters, digits and dashes, beginning with a letter.",
    ),
    _C.APPROVAL_NOT_FOUND: ("There is no such request for approval.", "Check the reference."),
    _C.APPROVAL_SAME_PERSON: (
        "Nobody approves what they asked for themselves.",
        "Another person with the role of approver must decide.",
    ),
    _C.APPROVAL_CHANGED: (
        "What was to be approved is not what was asked for.",
        "Read it again; if it is right as it stands, let it be asked for anew.",
    ),
    _C.APPROVAL_DECIDED: ("This was decided already.", "See who decided and when on its page."),
    _C.APPROVAL_EXISTS: ("This waits for approval already.", "Let an approver decide what waits."),
    _C.RECALL_NOT_SENDER: (
        "Only the sender of a message recalls or corrects it.",
        "Write to the sender.",
    ),
    _C.RECALL_DONE: ("The message was recalled already.", "Nothing to do; see who has confirmed."),
    _C.RECALL_NOT_ALLOWED: (
        "A message of this kind cannot be recalled or corrected.",
        "Send a message that sets it right.",
    ),
    _C.DISCLOSURE_DONE: (
        "The message was disclosed to the secretariat already.",
        "See when on the message's page.",
    ),
    _C.BUNDLE_MALFORMED: ("This is no bundle of a thread.", "Export the thread again."),
    _C.BUNDLE_ALTERED: (
        "A file of the bundle is not the one that was exported.",
        "Do not rely on it; ask for a new export.",
    ),
    _C.BUNDLE_SIGNATURE: (
        "The signature of the bundle does not hold.",
        "Do not rely on it; ask for a new export.",
    ),
    _C.PDF_NOT_INSTALLED: (
        "This machine cannot make PDF files.",
        "Let the administrator install Debian's packages libpango-1.0-0 and libpangoft2-1.0-0.",
    ),
    _C.ATTACHMENT_NAME: (
        "The name of the file cannot be used.",
        'Rename it: no path, no hidden signs, none of < > : " | ? *, at most 150 characters.',
    ),
    _C.ATTACHMENT_SIZE: ("The file is larger than 2 GiB.", "Split it, or send it on a disk."),
    _C.ATTACHMENT_COUNT: ("A message carries at most 20 files.", "Send the others with a further message."),
    _C.ATTACHMENT_QUOTA: (
        "Too much waits to be sent or fetched already.",
        "Wait until recipients have fetched it, or remove files that are not needed.",
    ),
    _C.ATTACHMENT_NOT_FOUND: ("There is no such attachment.", "Check the reference."),
    _C.ATTACHMENT_PART: (
        "This part does not belong to the file, or is not as long as it must be.",
        "Send parts of 2 MiB, the last one shorter, numbered from 0.",
    ),
    _C.ATTACHMENT_PART_CHANGED: (
        "This part was sent before with another content.",
        "Remove the attachment and begin anew.",
    ),
    _C.ATTACHMENT_INCOMPLETE: ("Parts of the file are missing.", "Send the missing parts first."),
    _C.ATTACHMENT_STATE: ("The attachment's state does not allow this.", "See its state."),
    _C.ATTACHMENT_DECLARED: (
        "A file of this id was declared otherwise before.",
        "Repeat the first declaration, or take a new id.",
    ),
    _C.ATTACHMENT_ALTERED: (
        "The file is not the one that the message names.",
        "Fetch it again; if that does not help, the sender must send it again.",
    ),
    _C.ATTACHMENT_GONE: ("The file is no longer kept for you.", "Ask the sender to send it again."),
    _C.ATTACHMENT_NO_PREVIEW: (
        "There is no safe picture of this file.",
        "Get the original, and open it where it can do no harm.",
    ),
    _C.STORAGE_FULL: (
        "The node's disk is full.",
        "Nothing was changed; it is tried again by itself. Tell the administrator.",
    ),
    _C.PDF_FAILED: ("The PDF file could not be made.", "Try again; export a bundle if it lasts."),
    _C.HIT_NOT_FOUND: ("There is no such hit.", "Check the reference."),
    _C.HIT_DECIDED: ("The hit was decided already.", "See who decided and when on the hit's page."),
    _C.HIT_POLICY: ("The query asked that the owner never be told.", "Search again with another policy."),
    _C.HIT_NOT_CONFIRMED: (
        "Acting on a hit needs the owner's confirmation.",
        "Wait for the owner's answer, or write to the owner.",
    ),
    _C.FEED_COMMITMENT: (
        "A feed entry does not match its commitment.",
        "Do not apply it; tell the secretariat.",
    ),
    _C.FEED_GAP: ("A feed entry is missing.", "Ask again from the last applied position."),
    _C.FEED_CHAIN: (
        "The feed's history does not match what was applied.",
        "Tell the secretariat and the members.",
    ),
    _C.INTEGRITY_NOT_CANONICAL: ("The value has no canonical form.", "Use text or whole numbers."),
    _C.INTEGRITY_SPOOL: ("The journal spool is damaged.", "Stop the node and verify the spool."),
    _C.INTEGRITY_INDEX: ("The index is damaged or of another version.", "Rebuild the index from the feed."),
    _C.JOURNAL_UNAVAILABLE: ("The journal cannot be written, so the search is refused.", "Check disk space."),
    _C.INDEX_UNAVAILABLE: ("The index cannot be read.", "Wait until the node is ready."),
    _C.INDEX_REBUILDING: (
        "The index is being rebuilt; searches go on meanwhile.",
        "Wait until the rebuild is done.",
    ),
    _C.COPY_TOO_OLD: (
        "The copy is older than its limit and does not answer.",
        "Restore the line, then try again.",
    ),
    _C.SEARCH_UNAVAILABLE: ("The search does not answer.", "Try again; tell the desk if it lasts."),
    _C.PEER_UNREACHABLE: ("The other node does not answer.", "It is tried again by itself."),
    _C.PEER_REFUSED: ("The other node refused.", "See the code it gave."),
    _C.PEER_ANSWER: ("The other node's answer cannot be read.", "Compare the versions of both nodes."),
    _C.NOT_READY: ("The node is starting.", "Try again in a few seconds."),
    _C.CONFIG_UNKNOWN_KEY: (
        "The settings file has a key that is not known.",
        "Remove or correct the named key.",
    ),
    _C.CONFIG_ODD_VALUE: ("The settings file has an odd value.", "Correct the named key."),
    _C.CONFIG_MISSING: ("The settings file or a key file is missing.", "Run comity init."),
    _C.CONFIG_PERMISSIONS: (
        "A private file can be read by others.",
        "Set folders to 0700 and files to 0600.",
    ),
    _C.CONFIG_IN_USE: ("Another process uses this directory.", "Stop it first, or choose another directory."),
    _C.CONFIG_EXISTS: ("There is a node in this directory already.", "Choose an empty directory."),
    _C.HTTP_MALFORMED: ("This is no HTTP request that can be read.", "A head has at most 16 KiB."),
    _C.METHOD_NOT_ALLOWED: ("This method is not allowed here.", "See the interface description."),
    _C.ROUTE_NOT_FOUND: ("There is nothing at this address.", "See the interface description."),
    _C.INTERNAL: ("Something failed inside the node.", "Try again; tell the administrator if it lasts."),
}
