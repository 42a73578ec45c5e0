"""Bureau scoping: a query that does not say whose data it reads raises instead of leaking.

Models with a `bureau` column use `BureauManager()`. Requests, node traffic and workers run inside
`acting_for(bureau)`.
"""

from contextlib import AbstractContextManager
from typing import Any, NoReturn, TypeVar

from django.db import models
from django.db.models.sql import Query
from django_scopes import scope, scopes_disabled
from django_scopes.exceptions import ScopeError
from django_scopes.state import get_scope

from comity.kernel.ids import BureauId

M = TypeVar("M", bound=models.Model)


class BureauManager(models.Manager[M]):
    """Shows rows of the bureau in whose scope the code runs, and none outside of any scope.

    Outside, rows can be added but every way to read, count, change or delete raises `ScopeError`.
    """

    def get_queryset(self) -> models.QuerySet[M]:
        """Return the rows of the present scope."""
        present = get_scope()
        if not present.get("_enabled", True):
            return super().get_queryset()
        if "bureau" not in present:
            return models.QuerySet(self.model, query=_UnscopedQuery(self.model), using=self._db)
        return super().get_queryset().filter(bureau=present["bureau"])


class _UnscopedQuery(Query):
    """A query that cannot be built on, nor be run."""

    def clone(self) -> NoReturn:
        raise ScopeError("no bureau is named for this query")

    def get_compiler(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise ScopeError("no bureau is named for this query")


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
