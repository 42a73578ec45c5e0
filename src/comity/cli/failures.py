"""How a command ends: exit codes, and errors as code, field and remedy.

0 done · 1 refused or failed, nothing changed · 2 wrong usage · 3 done in part · 4 not allowed.
"""

from enum import IntEnum
from typing import Any, Final

import click
import msgspec

from comity.kernel.errors import AccessError, AuthenticationError, ComityError, ErrorCode


class Exit(IntEnum):
    """Exit codes; scripts may rely on them."""

    OK = 0
    ERROR = 1
    USAGE = 2
    PARTIAL = 3
    DENIED = 4


_DENIED_CODES: Final = frozenset({ErrorCode.ACCESS_NOT_FOUND, ErrorCode.ACCESS_DENIED})


class Command(click.Command):
    """A command that reports the product's errors in one form, as JSON where `--json` was given."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a `ComityError` ends it with its exit code."""
        try:
            return super().invoke(ctx)
        except ComityError as error:
            report(error, as_json=bool(ctx.params.get("as_json")))
            ctx.exit(exit_code(error))


def exit_code(error: ComityError) -> Exit:
    """Return how a command ends that met `error`."""
    denied = isinstance(error, AccessError | AuthenticationError) or error.code in _DENIED_CODES
    return Exit.DENIED if denied else Exit.ERROR


def report(error: ComityError, *, as_json: bool) -> None:
    """Say what was wrong and what to do about it: on standard output as JSON, else on standard error."""
    if as_json:
        click.echo(msgspec.json.encode(error.public()))
        return
    place = f" [{error.field}]" if error.field else ""
    told = getattr(error, "peer_code", "")
    peer = f" ({told})" if told else ""
    click.echo(
        click.style(f"{error.code}{peer}{place}: ", fg="red", bold=True, reset=True) + error.message, err=True
    )
    click.echo(f"  {error.remedy}", err=True)
    if error.code is ErrorCode.NOT_READY and error.detail:
        click.echo(f"The end of its log:\n{error.detail}", err=True)
