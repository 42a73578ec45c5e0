"""`python -m comity.office.attachments.rendering TYPE < FILE > PICTURE`; exit code 1 when there is none."""

import os
import sys

from comity.office.attachments.rendering.confinement import confine
from comity.office.attachments.rendering.pictures import load_decoders, picture_of


def main() -> int:
    """Read all, give up every right, then look at the content."""
    media_type = sys.argv[1]
    load_decoders()
    data = sys.stdin.buffer.read()
    confine()
    try:
        made = picture_of(data, media_type)
    except Exception:  # noqa: BLE001 - whatever a broken or hostile file brings about, there is no picture
        return 1
    sys.stdout.buffer.write(made)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    os._exit(main())
