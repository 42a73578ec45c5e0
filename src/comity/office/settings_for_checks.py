"""Django settings for the type checker and for making migrations: no node, no data."""

from typing import Any

from comity.office.settings_common import *  # noqa: F403 - Django settings are a module's names

SECRET_KEY = "for checks only; a node makes its own"  # noqa: S105 - guards nothing
DATABASES: dict[str, dict[str, Any]] = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
}
