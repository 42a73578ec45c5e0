"""How the tour shows itself: a live list on a terminal, plain lines elsewhere, or nothing."""

from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text


class Quiet:
    """Shows nothing."""

    def begin(self, title: str) -> None:
        """Show nothing."""

    def note(self, text: str) -> None:
        """Show nothing."""

    def end(self, title: str, shown: str, *, held: bool) -> None:
        """Show nothing."""


class Lines:
    """One line per step that has ended, on standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)

    def begin(self, title: str) -> None:
        """Wait for the end."""

    def note(self, text: str) -> None:
        """Wait for the end."""

    def end(self, title: str, shown: str, *, held: bool) -> None:
        """Write the line."""
        self._console.print(_line(title, shown, held=held))


class Terminal:
    """The list so far, and what is going on now. Use it as a `with` block."""

    def __init__(self) -> None:
        self._done = Table.grid(padding=(0, 2))
        self._done.add_column()
        self._done.add_column(justify="right")
        self._now = Spinner("dots")
        self._title = ""
        self._live = Live(Group(self._done, self._now), console=Console(stderr=True), refresh_per_second=10)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._live.update(self._done)
        self._live.stop()

    def begin(self, title: str) -> None:
        """Show the step as going on."""
        self._title = title
        self._now.update(text=Text(title, style="bold"))

    def note(self, text: str) -> None:
        """Show what it does now."""
        self._now.update(text=Text.assemble((self._title, "bold"), ("  " + text, "dim")))

    def end(self, title: str, shown: str, *, held: bool) -> None:
        """Add it to the list."""
        self._done.add_row(_mark(title, held=held), Text(shown, style="" if held else "red"))
        self._now.update(text=Text(""))


def _mark(title: str, *, held: bool) -> Text:
    return Text.assemble(("✓ ", "green") if held else ("✗ ", "bold red"), title)


def _line(title: str, shown: str, *, held: bool) -> Text:
    return _mark(title, held=held).append(f"  {shown}", style="dim" if held else "red")
