"""The small line under an answer to a name: from which score on names are shown, and why."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from comity.protocol.search import AlarmBasis, SourceReport


def alarm_lines(sources: Iterable[SourceReport]) -> list[str]:
    """Return one line for each threshold that was in force, in the reader's language."""
    return list(dict.fromkeys(_line(source.alarm) for source in sources if source.alarm is not None))


def _line(alarm: AlarmBasis) -> str:
    words = {"percent": f"{alarm.threshold / 10:.0f}\u00a0%", "rate": alarm.rate, "people": alarm.population}
    if alarm.overridden:
        return _("Names from %(percent)s likeness on, as the bureau has set it.") % words
    if alarm.calibrated:
        text = _("Names from %(percent)s likeness on: %(rate)s false alarms, measured on %(people)s people.")
        return text % words
    return (
        _("Names from %(percent)s likeness on: shipped for %(rate)s false alarms, not measured here.") % words
    )
