"""Texts and remedies of errors about who asks: grants, accounts, members, the directory and its keys."""

from typing import Final

from comity.kernel.error_codes import ErrorCode, Texts

_C = ErrorCode
MEMBERS: Final[Texts] = {
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
}
