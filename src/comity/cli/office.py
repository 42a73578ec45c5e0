"""Entering the office of one node from a process that is not its server: Django set up, database ready.

A process can enter one office only: Django's settings are made once.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.node.home import NodeHome


def open_office(home: Path) -> NodeHome:
    """Set up the office of the node in `home` and bring its database up to date.

    Raises `ConfigurationError` when the node's settings or keys are wrong, or when the process has
    entered another office before.
    """
    from comity.office import runtime

    _keep_quiet()
    node = runtime.boot(home)
    if node.path.resolve() != home.resolve():
        raise ConfigurationError(ErrorCode.CONFIG_IN_USE, field="--home")
    runtime.prepare_database()
    return node


@contextmanager
def entered(home: Path) -> Iterator[NodeHome]:
    """Open the office of `home` and act for its bureau inside the block."""
    from comity.kernel.ids import bureau_of

    node = open_office(home)
    from comity.office.scoping import acting_for

    with acting_for(bureau_of(node.node)):
        yield node


def _keep_quiet() -> None:
    """Keep log lines off standard output, where the result goes; what commands do, the journal tells."""
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    logging.disable(logging.CRITICAL)
