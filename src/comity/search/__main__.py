"""`python -m comity.search --home DIR`: the search process of one node."""

import argparse
import sys
from pathlib import Path

from comity.kernel.errors import ComityError
from comity.search.server import run


def main() -> int:
    """Run until told to stop; return 1 when this installation cannot serve."""
    parser = argparse.ArgumentParser(prog="comity.search", description="Answer officers' searches.")
    parser.add_argument("--home", type=Path, required=True, help="data directory of the node")
    arguments = parser.parse_args()
    try:
        run(arguments.home)
    except ComityError as error:
        sys.stderr.write(f"{error}\n{error.remedy}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
