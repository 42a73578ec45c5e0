"""Triggers that hold the rule of two people where no code of ours runs: in the database (I9).

A CHECK of the table refuses that one person both asks and decides; these refuse the ways around it:
a row that is born decided, one whose question is changed after it was asked, a decision made anew.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.db.migrations import RunPython

TABLE: Final = "approvals_approval"
ASKED: Final = (
    "id",
    "approval_id",
    "bureau",
    "kind",
    "subject",
    "content_hash",
    "reason",
    "requested_by_id",
    "requested_at",
)
"""What is asked for never changes."""
_DECISION: Final = ("state", "decided_by_id", "decided_at", "decided_hash", "note")


def _changed(columns: Sequence[str], unlike: str) -> str:
    return " OR ".join(f"NEW.{name} {unlike} OLD.{name}" for name in columns)


def _statements(unlike: str) -> dict[str, tuple[str, str]]:
    """Return event and condition of each trigger; `unlike` compares with regard to NULL."""
    decided = f"OLD.state <> 'waiting' AND ({_changed(_DECISION, unlike)})"
    return {
        "born_decided": ("BEFORE INSERT", "NEW.state <> 'waiting'"),
        "no_change": ("BEFORE UPDATE", _changed(ASKED, unlike)),
        "decided_once": ("BEFORE UPDATE", decided),
    }


def sqlite() -> list[str]:
    """Return the triggers in SQLite's language."""
    refuse = "BEGIN SELECT RAISE(ABORT, 'approvals: two people, once'); END"
    made = [
        f"CREATE TRIGGER {TABLE}_{name} {event} ON {TABLE} WHEN {condition} {refuse}"
        for name, (event, condition) in _statements("IS NOT").items()
    ]
    return [*made, f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} {refuse}"]


def postgresql() -> list[str]:
    """Return the triggers in PostgreSQL's language."""
    run = f"EXECUTE FUNCTION {TABLE}_refuse()"
    made = [
        f"CREATE TRIGGER {TABLE}_{name} {event} ON {TABLE} FOR EACH ROW WHEN ({condition}) {run}"
        for name, (event, condition) in _statements("IS DISTINCT FROM").items()
    ]
    return [
        (
            f"CREATE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'approvals: two people, once' USING ERRCODE = '23000'; END $$"
        ),
        *made,
        f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} FOR EACH ROW {run}",
        f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT {run}",
    ]


def guard() -> RunPython:
    """Return the migration's operation that puts the triggers in place. There is no way back."""

    def make(_apps: Any, schema_editor: Any) -> None:
        vendor = schema_editor.connection.vendor
        for statement in sqlite() if vendor == "sqlite" else postgresql():
            schema_editor.execute(statement)

    return RunPython(make, elidable=False)
