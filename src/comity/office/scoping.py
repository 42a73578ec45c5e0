"""Bureau scoping: a query that does not say whose data it reads raises instead of leaking.

Models with a `bureau` column use `ScopedManager(bureau="bureau")`. Requests, node traffic and
workers run inside `acting_for(bureau)`.
"""

from contextlib import AbstractContextManager

from django_scopes import scope

from comity.kernel.ids import BureauId


def acting_for(bureau: BureauId) -> AbstractContextManager[None]:
    """Return a context in which scoped models show rows of `bureau` only."""
    found: AbstractContextManager[None] = scope(bureau=bureau)
    return found
