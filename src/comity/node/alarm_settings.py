"""[search.thresholds]: scores that a bureau sets itself, for all scripts or for one, within the rules.

[search]
alarm_rate = "0.1%"

[search.thresholds]
name = 600                  # a name alone, in every script
arabic = { name_date = 380 }  # a name in Arabic letters with a whole date of birth
"""

from collections.abc import Mapping

from comity.kernel.codes import QueryShape
from comity.kernel.errors import ConfigurationError, ErrorCode
from comity.matching.names import Script
from comity.rules.alarms import check_threshold

Thresholds = dict[str, int | dict[str, int]]
"""By shape, or by the name of a script and then by shape."""
Overrides = Mapping[tuple[Script | None, QueryShape], int]
"""By script (None: every one that has no threshold of its own) and shape."""

SECTION = "search.thresholds"
_SCRIPTS = {script.name.lower(): script for script in Script}
_SHAPES = {str(shape): shape for shape in QueryShape}


def overrides_of(thresholds: Thresholds) -> Overrides:
    """Return the checked thresholds.

    Raises `ConfigurationError` naming the key: config.unknown_key, config.odd_value.
    """
    found: dict[tuple[Script | None, QueryShape], int] = {}
    for key, value in thresholds.items():
        if isinstance(value, int):
            found[None, _shape(key, f"{SECTION}.{key}", value)] = value
        else:
            script = _SCRIPTS.get(key)
            if script is None:
                raise ConfigurationError(ErrorCode.CONFIG_UNKNOWN_KEY, field=f"{SECTION}.{key}")
            for name, threshold in value.items():
                found[script, _shape(name, f"{SECTION}.{key}.{name}", threshold)] = threshold
    return found


def _shape(name: str, field: str, value: int) -> QueryShape:
    if name not in _SHAPES:
        raise ConfigurationError(ErrorCode.CONFIG_UNKNOWN_KEY, field=field)
    check_threshold(_SHAPES[name], value, field)
    return _SHAPES[name]
