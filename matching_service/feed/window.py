"""The latest messages, in memory once for all pages."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

_KEPT = 2000  # some 0.5 MB


class Window:
    """Numbers have no gaps, so a message's place follows from its number."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._messages: deque[bytes] = deque(maxlen=kept)
        self._head: int | None = None
        self._changed = threading.Condition()

    @property
    def head(self) -> int | None:
        """The number of the latest message, None before the first look."""
        return self._head

    def begin(self, head: int) -> None:
        """What was here belongs to another count."""
        with self._changed:
            self._messages.clear()
            self._head = head
            self._changed.notify_all()

    def extend(self, messages: Sequence[bytes], head: int) -> None:
        with self._changed:
            self._messages.extend(messages)
            self._head = head
            self._changed.notify_all()

    def wake(self) -> None:
        """Whoever waits looks at its own `given_up`."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, position: int, seconds: float, given_up: Callable[[], bool]) -> None:
        """Returns when there is something after `position`, or no time or hope is left."""
        with self._changed:
            self._changed.wait_for(lambda: given_up() or self._is_past(position), seconds)

    def after(self, position: int, at_most: int) -> list[bytes] | None:
        """What follows; None when that has left the window already."""
        with self._changed:
            if not self._is_past(position):
                return []
            start = len(self._messages) - (self._past(position))
            return None if start < 0 else list(islice(self._messages, start, start + at_most))

    def _is_past(self, position: int) -> bool:
        return self._past(position) > 0

    def _past(self, position: int) -> int:
        return 0 if self._head is None else self._head - position
