"""Lists that a program follows by row number, giving the last one it saw as `after`.

Nothing may ever appear behind where such a reader is. Two things could bring that about: a transaction
that took a number and commits after one with a higher number (PostgreSQL writes in parallel, SQLite does
not), and a database put back from a backup, which would give numbers a second time.

A writer on PostgreSQL says in an advisory lock above which number it takes its own; the lock is shared,
so that nobody waits for it, and goes when what was written can be seen. A reader waits a moment for those
who were writing when it came, and is never shown more than what is settled.
"""

import time
from collections.abc import Iterable
from typing import Any, ClassVar, Final, TypeVar
from weakref import WeakKeyDictionary

from django.db import connection, models, transaction

from comity.node.home import NodeHome
from comity.office.runtime import clock, home
from comity.office.scoping import BureauManager

LONGEST_WAIT_S: Final = 0.5
"""Five times what taking in a page of messages takes; what is written longer is read the next time."""
_PAUSE_S: Final = 0.003
_BITS: Final = 45
"""Of a lock's 64, for the number: milliseconds until the year 3084. The table's own stands above it."""
_ALL: Final = 2**63 - 1
_SEQUENCE: Final = "pg_get_serial_sequence(%s, 'id')::regclass"
_GIVEN: Final = f"SELECT coalesce(pg_sequence_last_value({_SEQUENCE}), 0)"
_ANNOUNCE: Final = f"SELECT pg_advisory_xact_lock_shared(%s | ({_GIVEN}))"
_LIFT: Final = f"SELECT setval({_SEQUENCE}, %s) WHERE ({_GIVEN}) < %s"
_KEY: Final = "((classid::bigint << 32) | objid::bigint)"
_WRITERS: Final = (
    f"SELECT min({_KEY} & %s) FROM pg_locks"  # noqa: S608 - constants
    f" WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND {_KEY} >> %s = %s"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

_lifted: Final[WeakKeyDictionary[NodeHome, set[str]]] = WeakKeyDictionary()
"""Tables whose numbers this process has lifted above those of former lives."""

M = TypeVar("M", bound=models.Model)


class FollowedManager(BureauManager[M]):
    """Of a table that is followed, with a bureau's scope; announces what is made in bulk."""

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        """Store new rows."""
        with transaction.atomic(savepoint=False):
            _announce(self.model)
            return super().bulk_create(objs, *args, **kwargs)


class Followed(models.Model):
    """A row of a table that is followed."""

    LOCK: ClassVar[int]
    """The table's own number among those that are followed."""

    class Meta:
        """Has no table itself."""

        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the row; a new one is announced."""
        with transaction.atomic(savepoint=False):
            if self._state.adding:
                _announce(type(self))
            super().save(*args, **kwargs)


def settled(table: type[Followed]) -> int:
    """Return up to which number nothing can appear any more in `table`.

    Call it outside of a transaction, and before the rows are read.
    """
    if not _is_parallel():
        return _ALL
    until = time.monotonic() + LONGEST_WAIT_S
    given: int = _ask(_GIVEN, table._meta.db_table)  # noqa: SLF001 - documented by Django
    while (lowest := _lowest_writer(table)) is not None and lowest < given:
        if time.monotonic() > until:
            return lowest
        time.sleep(_PAUSE_S)
    return given


def _lowest_writer(table: type[Followed]) -> int | None:
    """Return the number above which the first of those who write now takes its own."""
    found: int | None = _ask(_WRITERS, (1 << _BITS) - 1, _BITS, table.LOCK)
    return found


def _announce(table: type[models.Model]) -> None:
    """Say that this transaction is going to take numbers of `table`."""
    if not issubclass(table, Followed):
        raise TypeError(table)
    name = table._meta.db_table  # noqa: SLF001 - documented by Django
    if _is_parallel():
        _ask(_ANNOUNCE, table.LOCK << _BITS, name)
    lifted = _lifted.setdefault(home(), set())
    if name not in lifted:
        _lift(name, home().life(clock().now()))
        transaction.on_commit(lambda: lifted.add(name))


def _lift(name: str, above: int) -> None:
    """Let the number of a table's next row be higher than `above`."""
    if _is_parallel():
        _ask(_LIFT, name, above, name, above)
        return
    last = _ask("SELECT seq FROM sqlite_sequence WHERE name = %s", name)
    with connection.cursor() as cursor:
        if last is None:
            cursor.execute("INSERT INTO sqlite_sequence (seq, name) VALUES (%s, %s)", [above, name])
        elif last < above:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [above, name])


def _ask(query: str, *parameters: int | str) -> Any:
    """Return the one value that a query finds, None for none."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        row = cursor.fetchone()
    return None if row is None else row[0]


def _is_parallel() -> bool:
    return connection.vendor == "postgresql"
