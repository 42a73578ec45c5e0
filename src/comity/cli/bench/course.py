"""What one run is about: how much is made and asked, and what every part of it needs."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from comity.cli.bench.display import Display
from comity.cli.bench.documents import Documents
from comity.kernel.clock import Clock


@dataclass(frozen=True)
class Course:
    """One run."""

    documents: Documents
    peer: Documents
    """What the peer is given: the same, or fewer where filling it would take most of the run."""
    persons: int
    seconds: float
    """How long each load over HTTP lasts; questions in process are counted by it too."""
    at: datetime
    """The instant at which everything is asked in process."""
    clock: Clock
    display: Display
    folder: Path | None = None
    """Where temporary folders are made; None: where the system makes them."""
