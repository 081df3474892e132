"""Each step of a dialogue has its time-out, but whoever drips bytes would renew it for ever."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from threading import Timer


@contextlib.contextmanager
def cut_off_after(seconds: float, wire: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Whoever reads from the wire by then finds it closed."""
    timer = Timer(seconds, _cut, [wire])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(wire: Callable[[], socket.socket | None]) -> None:
    if (connected := wire()) is not None:
        with contextlib.suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)
