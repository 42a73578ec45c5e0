"""Texts and remedies of errors about the line: envelopes, messages, forms, files, hits."""

from typing import Final

from comity.kernel.error_codes import ErrorCode, Texts

_C = ErrorCode
LINE: Final[Texts] = {
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
    _C.APPROVAL_PROOF: (
        "It was not shown lately enough who approves.",
        "On the desk confirm who you are; a program needs a grant that is not older than five minutes.",
    ),
    _C.RELEASE_NEEDED: (
        "This message leaves only after a second person has released it.",
        "Hand it in; another person with the role of approver releases it.",
    ),
    _C.RELEASE_AUTHOR: (
        "Who wrote this message may no longer send messages.",
        "Refuse it; let somebody else write it.",
    ),
    _C.RELEASE_OTHER_AUTHOR: (
        "Somebody else wrote this message.",
        "Let its author correct it, or write a message of your own.",
    ),
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
    _C.PDF_FAILED: ("The PDF file could not be made.", "Try again; export a bundle if it lasts."),
    _C.HIT_NOT_FOUND: ("There is no such hit.", "Check the reference."),
    _C.HIT_DECIDED: ("The hit was decided already.", "See who decided and when on the hit's page."),
    _C.HIT_POLICY: ("The query asked that the owner never be told.", "Search again with another policy."),
    _C.HIT_NOT_CONFIRMED: (
        "Acting on a hit needs the owner's confirmation.",
        "Wait for the owner's answer, or write to the owner.",
    ),
}
