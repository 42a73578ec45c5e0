"""Travel documents by the million as columns, for building an index in bulk."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

NUMBER_BYTES: Final = 22
"""The longest document number (Doc 9303-5); longer ones are added record by record."""


class DocumentColumns(NamedTuple):
    """One value per document in each column."""

    record_ids: NDArray[np.uint8]
    """Shape (n, 16)."""
    numbers: NDArray[Any]
    """`S22`: normal keys, capitals and digits."""
    versions: NDArray[np.uint32]
    expires: NDArray[np.uint32]
    """Seconds since 1970."""
    event_days: NDArray[np.int32]
    """Days since 1970, -1 for none."""
    templates: NDArray[np.uint32]
    """Place in the sequence of envelopes that comes with the columns."""

    def part(self, piece: slice) -> "DocumentColumns":
        """Return some of the documents."""
        return DocumentColumns(
            self.record_ids[piece],
            self.numbers[piece],
            self.versions[piece],
            self.expires[piece],
            self.event_days[piece],
            self.templates[piece],
        )
