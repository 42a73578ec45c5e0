"""Triggers: nothing is disclosed without the approval of exactly this message by a second person (I9)."""

from typing import Any, Final

from django.db.migrations import RunPython

TABLE: Final = "disclosures_disclosure"
_APPROVED: Final = (
    "EXISTS (SELECT 1 FROM approvals_approval a WHERE a.id = NEW.approval_id AND a.bureau = NEW.bureau"
    " AND a.kind = 'disclosure' AND a.subject = 'message:' || NEW.message_id AND a.state = 'approved')"
)


def sqlite() -> list[str]:
    """Return the triggers in SQLite's language."""
    refuse = "BEGIN SELECT RAISE(ABORT, 'disclosures: approved ones only'); END"
    return [
        f"CREATE TRIGGER {TABLE}_approved BEFORE INSERT ON {TABLE} WHEN NOT {_APPROVED} {refuse}",
        f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE ON {TABLE} {refuse}",
        f"CREATE TRIGGER {TABLE}_no_delete BEFORE DELETE ON {TABLE} {refuse}",
    ]


def postgresql() -> list[str]:
    """Return the triggers in PostgreSQL's language."""
    refuse = "RAISE EXCEPTION 'disclosures: approved ones only' USING ERRCODE = '23000';"
    run = f"EXECUTE FUNCTION {TABLE}_refuse()"
    return [
        f"CREATE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse} END $$",
        (
            f"CREATE FUNCTION {TABLE}_approved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF NOT {_APPROVED} THEN {refuse} END IF; RETURN NEW; END $$"
        ),
        (
            f"CREATE TRIGGER {TABLE}_approved BEFORE INSERT ON {TABLE} FOR EACH ROW"
            f" EXECUTE FUNCTION {TABLE}_approved()"
        ),
        f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE ON {TABLE} FOR EACH ROW {run}",
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
