"""Texts and remedies of errors about a node itself: journal, index, peers, settings."""

from typing import Final

from comity.kernel.error_codes import ErrorCode, Texts

_C = ErrorCode
NODES: Final[Texts] = {
    _C.STORAGE_FULL: (
        "The node's disk is full.",
        "Nothing was changed; it is tried again by itself. Tell the administrator.",
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
