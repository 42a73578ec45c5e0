"""`python -m comity.copies --home DIR`: keep the copy of the node at DIR until told to stop."""

import argparse
import logging
import sys
from pathlib import Path
from typing import Final

import structlog

from comity.copies.process import run
from comity.kernel.errors import ComityError

_LOG = structlog.get_logger("comity.copies")
EXIT_REFUSED: Final = 1


def configure_log() -> None:
    """Write one JSON object a line to the error stream. Events name counts and codes, never persons (I11)."""
    # Libraries would log addresses and headers; only their warnings come through.
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format='{"event": "library", "logger": "%(name)s"}'
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


def main() -> int:
    """Run the process; return 1 when the node does not open."""
    parser = argparse.ArgumentParser(prog="python -m comity.copies", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="data directory of the node")
    configure_log()
    try:
        run(parser.parse_args().home)
    except ComityError as error:
        _LOG.error("copies:process:refused", code=str(error.code), field=error.field)
        return EXIT_REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
