"""Long runs that can be stopped: once, and then they clear up undisturbed."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import click

from comity.cli.failures import Exit

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stoppable(ctx: click.Context, *, otherwise: str = "") -> Iterator[None]:
    """End with a word when the run is stopped, or has no PostgreSQL; `otherwise` says what to do then."""
    from comity.cli.bench.cluster import NoPostgresError

    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        yield
    except NoPostgresError as error:
        message = f"{error}{otherwise}"
        raise click.ClickException(message) from error
    except KeyboardInterrupt:
        click.echo("\nStopped. Nothing was kept.", err=True)
        ctx.exit(Exit.ERROR)


def _interrupt(_number: int, _frame: object) -> None:
    """End the run with all its processes; a second signal does not keep it from clearing up."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
