"""How two test processes share one run (`pytest -n 2`): which tests stay together, and which come first.

What is expensive is made once per process and engine: worlds of real nodes, templates of offices. So tests
that take the same world stay in one process, others go file by file and engine by engine, and each
process meets an engine once. Long groups come first, so that none is left over at the end.
"""

import pytest

from tests.harness.engines import ENGINES

WORLDS = ("world", "line_world")
"""Fixtures that are real nodes; whoever takes one shares it with every other test that does."""

NO_ENGINE = "any"


def engine_of(item: pytest.Item) -> str:
    """Return the name of the engine that a test runs on, `any` where it takes none."""
    callspec = getattr(item, "callspec", None)
    return NO_ENGINE if callspec is None else str(callspec.params.get("engine", NO_ENGINE))


def group_of(item: pytest.Item) -> str:
    """Return the name of the group that a test belongs to; a group is never split."""
    taken = getattr(item, "fixturenames", ())
    shared = next((name for name in WORLDS if name in taken), None)
    return f"{shared or item.location[0]}-{engine_of(item)}"


def order_of(item: pytest.Item) -> tuple[int, int]:
    """Sort key of a test: worlds, then tests without engine, then engine after engine."""
    world = any(name in getattr(item, "fixturenames", ()) for name in WORLDS)
    engine = engine_of(item)
    return 0 if world else 1, ENGINES.index(engine) + 1 if engine in ENGINES else 0
