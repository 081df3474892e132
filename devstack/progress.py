"""What the terminal shows while something takes its time: every step by name, with its seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

_LINE_EVERY_SECONDS = 2.0


class Step:
    """Says how far it is: at once on a terminal, elsewhere by a line every two seconds."""

    def __init__(self, console: Console, status: Status) -> None:
        self._console = console
        self._status = status
        self._last_line = time.monotonic()

    def update(self, text: str) -> None:
        self._status.update(text)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._last_line >= _LINE_EVERY_SECONDS:
            self._last_line = now
            self._console.print(f"    {text}")


@contextmanager
def step(console: Console, name: str) -> Iterator[Step]:
    """A spinner on a terminal, a line at the beginning elsewhere, a line at the end everywhere."""
    begun = time.monotonic()
    if not console.is_terminal:
        console.print(f"  {name} …")
    with console.status(f"{name} …") as status:
        yield Step(console, status)
    console.print(f"[green]✓[/] {name} [dim]({time.monotonic() - begun:.1f} s)[/]")
