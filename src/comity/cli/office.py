"""Entering the office of one node from a process that is not its server: Django set up, database ready.

A process can enter one office only: Django's settings are made once.
"""

from pathlib import Path

from comity.kernel.errors import ConfigurationError, ErrorCode


def open_office(home: Path) -> None:
    """Set up the office of the node in `home` and bring its database up to date.

    Raises `ConfigurationError` when the node's settings or keys are wrong, or when the process has
    entered another office before.
    """
    from comity.office import runtime

    if runtime.boot(home).path.resolve() != home.resolve():
        raise ConfigurationError(ErrorCode.CONFIG_IN_USE, field="--home")
    runtime.prepare_database()
