"""How much a desk may have lying about, and how long."""

from datetime import timedelta
from typing import Final

from comity.rules.attachments import MAX_FILE_BYTES

UNSENT_LIFE: Final = timedelta(hours=24)
"""A draft outlives one shift and the next; what is not sent by then is removed."""
MAX_UNSENT_BYTES: Final = 8 * MAX_FILE_BYTES
"""Of one bureau together: what its desks may be attaching at one time."""
MAX_UNSENT_FILES: Final = 1000
"""Of one bureau together: fifty full messages in writing at one time."""
MAX_FORM_BYTES: Final = 2 * 1024 * 1024
"""Files that come with a form, without a script: they are held in memory, never in a plain file on disk."""
MAX_PREVIEW_SOURCE_BYTES: Final = 64 * 1024 * 1024
"""The picture of a full-page scan at 600 dpi; larger ones are got as originals."""
