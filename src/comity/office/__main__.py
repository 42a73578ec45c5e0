"""`python -m comity.office --home DIR`: serve pages, machine API and the node door of one node."""

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

import structlog

from comity.kernel.errors import ComityError
from comity.office import runtime


def main() -> int:
    """Serve until SIGTERM; exit code 2 when the installation is set up wrongly."""
    parser = argparse.ArgumentParser(prog="python -m comity.office", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="data directory of the node")
    options = parser.parse_args()
    set_up_log()
    try:
        home = runtime.boot(options.home)
        runtime.prepare_database()
        _prepare_directory()
    except ComityError as error:
        structlog.get_logger("comity.office").critical("refused", code=str(error.code), field=error.field)
        return 2
    from comity.office.server import OfficeServer

    OfficeServer(home, _application).run()
    return 0


def set_up_log() -> None:
    """Write one JSON object per line to stderr."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
    )
    # Libraries name paths and parameters in their lines; ours are the ones that may be kept (I11).
    logging.disable(logging.CRITICAL)


def _prepare_directory() -> None:
    """Sign the directory anew at the secretariat, whose own may have run out while it was down."""
    from comity.office.members.directory import publish_when_due

    publish_when_due(runtime.clock().now())


def _application() -> Any:
    from comity.office.wsgi import application

    return application


if __name__ == "__main__":
    sys.exit(main())
