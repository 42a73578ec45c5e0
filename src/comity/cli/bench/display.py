"""How a run shows itself: a bar for each step on a terminal, a line for each step elsewhere, or nothing."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Protocol, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from comity.cli.bench.figures import Row, mark

TELL_EVERY_S: Final = 20.0
"""Between two lines about one step."""

Advance = Callable[[int], None]
"""Takes how much is done."""


class Display(Protocol):
    """Where steps are shown."""

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Show a step while the block runs; `total` where it is known how much there is to do."""


class Quiet:
    """Shows nothing."""

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Advance]:  # noqa: ARG002 - nothing is shown
        """Show nothing."""
        yield lambda _: None


class Lines:
    """A line when a step begins, when it has ended, and now and then between, on standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Write what is being done, how far it is, and how long it took."""
        began = told = time.perf_counter()
        self._console.print(f"{title} ...")

        def advance(done: int) -> None:
            nonlocal told
            now = time.perf_counter()
            if total and now - told > TELL_EVERY_S:
                told = now
                self._console.print(f"{title}  {100 * done // total} % after {now - began:.0f} s")

        yield advance
        self._console.print(f"{title}  {time.perf_counter() - began:.1f} s")


class Bars:
    """A bar per step, the ended ones above. Use it as a `with` block."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Advance]:
        """Draw the bar; without a total it only shows that something goes on."""
        task = self._progress.add_task(title, total=total)
        yield lambda done: self._progress.update(task, completed=done)
        self._progress.update(task, total=total or 1, completed=total or 1)


def print_rows(rows: Iterable[Row], beside: str) -> None:
    """Print figures with what stands beside each (`beside` is its title), and whether that is met."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("what", "seen", beside, ""):
        table.add_column(title, justify="right" if title == "seen" else "left")
    for row in rows:
        sign = Text(mark(row), style="green" if row.met else "bold red")
        table.add_row(Text(row.what), Text(row.seen), Text(row.beside, style="dim"), sign)
    Console().print(table)
