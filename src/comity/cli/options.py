"""Options that commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from comity.kernel.codes import Purpose

F = TypeVar("F", bound=Callable[..., Any])

HOME_VARIABLE: Final = "COMITY_HOME"

home_option = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar=HOME_VARIABLE,
    required=True,
    show_envvar=True,
    help="Data directory of the node.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document and nothing else."
)
as_option = click.option(
    "--as", "username", required=True, metavar="USERNAME", help="Account that acts; the journal names it."
)
by_option = click.option(
    "--as",
    "username",
    default="",
    metavar="USERNAME",
    help="Account that acts; left out, the operator of this machine does.",
)
purpose_option = click.option(
    "--purpose",
    type=click.Choice([purpose.value for purpose in Purpose]),
    required=True,
    help="Why the data are asked for.",
)


def examples(*lines: str) -> str:
    """Return the end of a help text with commands as they are typed."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
