"""Triggers: no own message that needs release is stored without it, by whatever program (I9).

What needs it is read off the newest row of `releases_releasedemand`. Reach is not asked here: who is a
member stands in the signed directory, not in a table; the number of recipients is. Nor is the thread: on
SQLite a trigger that names a third table stands in the way of that table's own migrations.
"""

from typing import Any, Final

from django.db.migrations import RunPython

from comity.rules.release import NODE_FORMS

SUBMISSIONS: Final = "releases_submission"
DEMANDS: Final = "releases_releasedemand"
MESSAGES: Final = "line_message"
FIXED: Final = (
    "id",
    "submission_id",
    "bureau",
    "message_id",
    "author_id",
    "first",
    "act",
    "content_hash",
    "submitted_at",
)
_APPROVED: Final = (
    "EXISTS (SELECT 1 FROM approvals_approval a WHERE a.bureau = NEW.bureau AND a.kind = 'release'"
    " AND a.subject = 'submission:' || NEW.submission_id AND a.state = 'approved'"
    " AND a.content_hash = NEW.content_hash AND a.requested_by_id = NEW.author_id"
    " AND a.decided_by_id = NEW.released_by_id)"
)
# ruff: noqa: S608 - every part of these statements is a constant of this module
_NEWEST: Final = f"d.id = (SELECT max(n.id) FROM {DEMANDS} n WHERE n.bureau = NEW.bureau)"
_NODE_FORMS: Final = ", ".join(f"'{form}'" for form in sorted(NODE_FORMS))
_SAME: Final = ("subject", "text", "form", "label", "priority", "in_reply_to", "unit")
"""Parts that are text in a message and in a submission's content alike."""


def _submission_refusals(unlike: str) -> dict[str, tuple[str, str]]:
    changed = " OR ".join(f"NEW.{name} {unlike} OLD.{name}" for name in FIXED)
    content = f"NEW.content {unlike} OLD.content AND NEW.content IS NOT NULL"
    marks = f"NEW.released_by_id {unlike} OLD.released_by_id OR NEW.released_at {unlike} OLD.released_at"
    return {
        "born_released": ("BEFORE INSERT", "NEW.released_by_id IS NOT NULL"),
        "no_change": ("BEFORE UPDATE", f"{changed} OR {content}"),
        "released_once": ("BEFORE UPDATE", f"OLD.released_by_id IS NOT NULL AND ({marks})"),
        "approved": ("BEFORE UPDATE", f"NEW.released_by_id {unlike} OLD.released_by_id AND NOT {_APPROVED}"),
    }


def _unreleased(demanded: str, same: str) -> str:
    """Return the condition under which an own message must not be stored."""
    own = f"NEW.sender = NEW.bureau AND NEW.form NOT IN ({_NODE_FORMS})"
    needed = f"EXISTS (SELECT 1 FROM {DEMANDS} d WHERE {_NEWEST} AND ({demanded}))"
    released = (
        f"EXISTS (SELECT 1 FROM {SUBMISSIONS} s WHERE s.message_id = NEW.message_id"
        " AND s.bureau = NEW.bureau AND s.author_id = NEW.author AND s.released_by_id IS NOT NULL"
        f" AND s.released_by_id <> NEW.author AND {same})"
    )
    return f"{own} AND {needed} AND NOT {released}"


def sqlite() -> list[str]:
    """Return the triggers in SQLite's language."""
    refuse = "BEGIN SELECT RAISE(ABORT, 'releases: a second person first'); END"
    listed = " OR ".join(
        f"NEW.{one} IN (SELECT value FROM json_each(d.{many}))"
        for one, many in (("label", "labels"), ("priority", "priorities"), ("form", "forms"))
    )
    same = " AND ".join(f"json_extract(s.content, '$.{name}') IS NEW.{name}" for name in _SAME)
    parts = " AND ".join(
        f"json_extract(s.content, '$.{name}') IS json(NEW.{name})" for name in ("recipients", "fields")
    )
    files = (
        "(SELECT group_concat(json_extract(c.value, '$.sha256'))"
        " FROM json_each(s.content, '$.attachments') c)"
        " IS (SELECT group_concat(json_extract(m.value, '$.sha256')) FROM json_each(NEW.attachments) m)"
    )
    demanded = f"d.everything OR {listed} OR json_array_length(NEW.recipients) >= d.recipients"
    condition = _unreleased(demanded, f"{same} AND {parts} AND {files}")
    made = [
        f"CREATE TRIGGER {SUBMISSIONS}_{name} {event} ON {SUBMISSIONS} WHEN {when} {refuse}"
        for name, (event, when) in _submission_refusals("IS NOT").items()
    ]
    return [
        *made,
        f"CREATE TRIGGER {SUBMISSIONS}_no_delete BEFORE DELETE ON {SUBMISSIONS} {refuse}",
        f"CREATE TRIGGER {DEMANDS}_no_change BEFORE UPDATE ON {DEMANDS} {refuse}",
        f"CREATE TRIGGER {DEMANDS}_no_delete BEFORE DELETE ON {DEMANDS} {refuse}",
        f"CREATE TRIGGER {MESSAGES}_released BEFORE INSERT ON {MESSAGES} WHEN {condition} {refuse}",
        (
            f"CREATE TRIGGER {MESSAGES}_stays_whose BEFORE UPDATE OF sender, bureau, message_id ON {MESSAGES}"
            f" WHEN NEW.sender <> OLD.sender OR NEW.bureau <> OLD.bureau OR NEW.message_id <> OLD.message_id"
            f" {refuse}"
        ),
    ]


def postgresql() -> list[str]:
    """Return the triggers in PostgreSQL's language."""
    refuse = "RAISE EXCEPTION 'releases: a second person first' USING ERRCODE = '23000';"
    run = f"EXECUTE FUNCTION {SUBMISSIONS}_refuse()"
    made = []
    for name, (event, when) in _submission_refusals("IS DISTINCT FROM").items():
        if name == "approved":  # a trigger's own condition may hold no subquery here
            made.append(_function(f"{SUBMISSIONS}_approved", f"IF {when} THEN {refuse} END IF;"))
            made.append(_trigger(SUBMISSIONS, name, event, f"EXECUTE FUNCTION {SUBMISSIONS}_approved()"))
        else:
            made.append(_trigger(SUBMISSIONS, name, event, f"WHEN ({when}) {run}"))
    moved = "NEW.sender <> OLD.sender OR NEW.bureau <> OLD.bureau OR NEW.message_id <> OLD.message_id"
    return [
        (
            f"CREATE FUNCTION {SUBMISSIONS}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN {refuse} END $$"
        ),
        *made,
        *(_trigger(table, "no_delete", "BEFORE DELETE", run) for table in (SUBMISSIONS, DEMANDS)),
        _trigger(DEMANDS, "no_change", "BEFORE UPDATE", run),
        *(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {run}"
            for table in (SUBMISSIONS, DEMANDS)
        ),
        _function(f"{MESSAGES}_released", f"IF {_unreleased_in_postgresql()} THEN {refuse} END IF;"),
        _trigger(
            MESSAGES,
            "released",
            "BEFORE INSERT",
            f"WHEN (NEW.sender = NEW.bureau) EXECUTE FUNCTION {MESSAGES}_released()",
        ),
        _trigger(
            MESSAGES, "stays_whose", "BEFORE UPDATE OF sender, bureau, message_id", f"WHEN ({moved}) {run}"
        ),
    ]


def _unreleased_in_postgresql() -> str:
    listed = " OR ".join(
        f"d.{many} ? NEW.{one}"
        for one, many in (("label", "labels"), ("priority", "priorities"), ("form", "forms"))
    )
    same = " AND ".join(f"s.content->>'{name}' = NEW.{name}" for name in _SAME)
    parts = " AND ".join(f"s.content->'{name}' = NEW.{name}" for name in ("recipients", "fields"))
    digests = "(SELECT string_agg(x->>'sha256', ',') FROM jsonb_array_elements({}) x)"
    handed_in, leaving = digests.format("s.content->'attachments'"), digests.format("NEW.attachments")
    files = f"{handed_in} IS NOT DISTINCT FROM {leaving}"
    demanded = f"d.everything OR {listed} OR jsonb_array_length(NEW.recipients) >= d.recipients"
    return _unreleased(demanded, f"{same} AND {parts} AND {files}")


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$"


def _trigger(table: str, name: str, event: str, then: str) -> str:
    return f"CREATE TRIGGER {table}_{name} {event} ON {table} FOR EACH ROW {then}"


def guard() -> RunPython:
    """Return the migration's operation that puts the triggers in place. There is no way back."""

    def make(_apps: Any, schema_editor: Any) -> None:
        vendor = schema_editor.connection.vendor
        for statement in sqlite() if vendor == "sqlite" else postgresql():
            schema_editor.execute(statement)

    return RunPython(make, elidable=False)
