"""Tables that only grow: database triggers refuse deletion and change, whoever has the database (I8).

Only erasable columns may change, and only to nothing. A migration that rebuilds such a table on SQLite
loses its triggers and must run `Protect` again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.migrations import RunPython


@dataclass(frozen=True)
class Rules:
    """Which table, which of its columns never change, which may be erased."""

    table: str
    fixed: Sequence[str]
    erasable: Sequence[str]

    def sqlite(self) -> list[str]:
        """Return the triggers in SQLite's language."""
        unchanged = [f"NEW.{name} IS OLD.{name}" for name in self.fixed]
        unchanged += [f"(NEW.{name} IS OLD.{name} OR NEW.{name} IS NULL)" for name in self.erasable]
        refuse = f"BEGIN SELECT RAISE(ABORT, '{self.table} only grows'); END"
        on = f"ON {self.table}"
        changed = f"WHEN NOT ({' AND '.join(unchanged)})"
        return [
            f"CREATE TRIGGER {self.table}_no_delete BEFORE DELETE {on} {refuse}",
            f"CREATE TRIGGER {self.table}_no_change BEFORE UPDATE {on} {changed} {refuse}",
        ]

    def postgresql(self) -> list[str]:
        """Return the triggers in PostgreSQL's language."""
        unchanged = [f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in self.fixed]
        unchanged += [
            f"(NEW.{name} IS NOT DISTINCT FROM OLD.{name} OR NEW.{name} IS NULL)" for name in self.erasable
        ]
        run = f"EXECUTE FUNCTION {self.table}_refuse()"
        on = f"ON {self.table}"
        changed = f"WHEN (NOT ({' AND '.join(unchanged)}))"
        function = f"CREATE FUNCTION {self.table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        refuse = f"RAISE EXCEPTION '{self.table} only grows' USING ERRCODE = '23000';"
        return [
            f"{function} $$ BEGIN {refuse} END $$",
            f"CREATE TRIGGER {self.table}_no_delete BEFORE DELETE {on} FOR EACH ROW {run}",
            f"CREATE TRIGGER {self.table}_no_truncate BEFORE TRUNCATE {on} FOR EACH STATEMENT {run}",
            f"CREATE TRIGGER {self.table}_no_change BEFORE UPDATE {on} FOR EACH ROW {changed} {run}",
        ]


def protect(rules: Rules) -> RunPython:
    """Return the migration's operation that makes the table one that only grows. There is no way back."""

    def make(_apps: Any, schema_editor: Any) -> None:
        vendor = schema_editor.connection.vendor
        for statement in rules.sqlite() if vendor == "sqlite" else rules.postgresql():
            schema_editor.execute(statement)

    return RunPython(make, elidable=False)
