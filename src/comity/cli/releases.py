"""What the command line says of a message that waits for release."""

from collections.abc import Iterable


def how_to_release(approval_id: str, content_hash: str, grounds: Iterable[str]) -> str:
    """Return words for a terminal: nothing has left, why, and what another person does."""
    return (
        f"Waits for release ({', '.join(grounds)}); nothing has left.\n"
        "Another person reads and releases it:\n"
        f"  comity approval show --home HOME --as NAME {approval_id}\n"
        f"  comity approval approve --home HOME --as NAME --hash {content_hash} {approval_id}"
    )
