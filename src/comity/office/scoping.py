"""Bureau scoping: a query that does not say whose data it reads raises instead of leaking.

Models with a `bureau` column use `ScopedManager(bureau="bureau")`. Requests, node traffic and
workers run inside `acting_for(bureau)`.
"""

from contextlib import AbstractContextManager

from django_scopes import scope, scopes_disabled

from comity.kernel.ids import BureauId


def acting_for(bureau: BureauId) -> AbstractContextManager[None]:
    """Return a context in which scoped models show rows of `bureau` only."""
    found: AbstractContextManager[None] = scope(bureau=bureau)
    return found


def across_bureaus() -> AbstractContextManager[None]:
    """Return a context without a scope, for the secretariat's own duties.

    It keeps every bureau's records: to tell that a record is another owner's (I5) and to delete what
    has expired (I12), it must look at all of them.
    """
    found: AbstractContextManager[None] = scopes_disabled()
    return found
