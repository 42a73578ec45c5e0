"""Who acts from the command line: a named account of the node's office.

Call these in a process that has entered the office (`cli.office.open_office`).
"""

from typing import TYPE_CHECKING

from comity.kernel.errors import AuthenticationError, ErrorCode

if TYPE_CHECKING:
    from comity.office.access import Caller


def caller_named(username: str) -> "Caller":
    """Return the active account `username` as a caller.

    Raises `AuthenticationError` (access.denied, --as) when there is none: the file system's owner may
    run commands, but everything is done, decided and journaled in somebody's name.
    """
    from comity.office.access import caller_for_account
    from comity.office.people.models import Account

    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise AuthenticationError(ErrorCode.ACCESS_DENIED, field="--as")
    return caller_for_account(account)


def caller_or_machine(username: str) -> "Caller | None":
    """Return the account `username`, or None where the machine's operator acts and none is named.

    Only making the first accounts and members works without a name.
    """
    return caller_named(username) if username else None
