"""Which score a name must reach to be shown: the bureau's own threshold, the measured or the shipped one.

What was measured by another matcher, or against an index of another size, is not used: answers then go by
the shipped thresholds, and every answer says so.
"""

import threading
import time
from pathlib import Path
from typing import Final

from comity.index.calibrating import CALIBRATION_FILE, matcher_version, read_calibration
from comity.index.evidence import shape_of
from comity.index.questions import NameQuestion
from comity.kernel.codes import AlarmRate, QueryShape
from comity.kernel.errors import ConfigurationError, IntegrityError
from comity.matching.calibration import Calibration, Measured
from comity.matching.names import Script
from comity.matching.thresholds import shipped
from comity.node.alarm_settings import Overrides
from comity.protocol.search import AlarmBasis
from comity.rules.alarms import BOUNDS

LOOK_AGAIN_S: Final = 1.0
"""How often the file is looked at again: a new calibration is in force within this time."""
_RATES: Final = tuple(AlarmRate)
"""Loosest first."""


class Alarms:
    """The thresholds in force for one index; used by all threads that ask it."""

    def __init__(
        self,
        directory: Path | None = None,
        rate: AlarmRate = AlarmRate.ONE_IN_1000,
        overrides: Overrides | None = None,
    ) -> None:
        self._directory = directory
        self._rate = rate
        self._overrides = overrides or {}
        self._calibration: Calibration | None = None
        self._signature: tuple[int, int] | None = None
        self._look_at = float("-inf")
        self._looking = threading.Lock()

    def basis(self, question: NameQuestion, names: int) -> AlarmBasis:
        """Return the threshold for a question to an index with so many names, and where it comes from."""
        script, shape = question.form.script, shape_of(question)
        own = self._overrides.get((script, shape), self._overrides.get((None, shape)))
        if own is not None:
            return AlarmBasis(
                script=script, shape=shape, threshold=own, rate="", calibrated=False, overridden=True
            )
        calibration = self._current()
        if calibration is None or not calibration.fits(names, matcher_version()):
            return self._shipped(script, shape, names)
        one = calibration.find(script, shape, self._rate)
        if one is None or one.threshold is None:
            # Too few people for this rate: at least what a looser one was measured to need.
            looser = [calibration.find(script, shape, rate) for rate in _RATES[: _RATES.index(self._rate)]]
            known = [each.threshold for each in looser if each and each.threshold is not None]
            return self._shipped(script, shape, names, max(known, default=0))
        return self._measured(one, calibration.sequence)

    def _shipped(self, script: Script, shape: QueryShape, names: int, least: int = 0) -> AlarmBasis:
        lowest, highest = BOUNDS[shape]
        threshold = min(max(shipped(script, shape, self._rate, names), least, lowest), highest)
        return AlarmBasis(script=script, shape=shape, threshold=threshold, rate=self._rate, calibrated=False)

    def _measured(self, one: Measured, sequence: int) -> AlarmBasis:
        if one.threshold is None:
            raise ValueError(one.script)
        return AlarmBasis(
            script=one.script,
            shape=one.shape,
            threshold=one.threshold,
            rate=self._rate if one.kept else f"{one.share:.2%}",
            calibrated=True,
            sequence=sequence,
            population=one.people,
        )

    def _current(self) -> Calibration | None:
        """Return the calibration on the disk, read again when the file was replaced."""
        if time.monotonic() >= self._look_at and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self._calibration

    def _look(self) -> None:
        self._look_at = time.monotonic() + LOOK_AGAIN_S
        if self._directory is None:
            return
        try:
            found = (self._directory / CALIBRATION_FILE).stat()
        except FileNotFoundError:
            self._calibration, self._signature = None, None
            return
        signature = (found.st_ino, found.st_mtime_ns)
        if signature == self._signature:
            return
        try:
            self._calibration = read_calibration(self._directory)
        except (IntegrityError, ConfigurationError):
            # Answers then say that nothing was measured; `comity index status` says why.
            self._calibration = None
        self._signature = signature
