"""What the terminal shows while the stack comes up: every step by name, with its seconds."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status


@contextmanager
def step(console: Console, name: str) -> Iterator[Status]:
    """A spinner on a terminal, a line at the beginning elsewhere, a line at the end everywhere."""
    begun = time.monotonic()
    if not console.is_terminal:
        console.print(f"  {name} …")
    with console.status(f"{name} …") as status:
        yield status
    console.print(f"[green]✓[/] {name} [dim]({time.monotonic() - begun:.1f} s)[/]")
