"""A loop tells how it gets on, also while it is in the middle of a round."""

import threading
from datetime import timedelta

import pytest

from shared.events import loops
from shared.events.loops import Loop


def test_a_round_that_does_not_end_is_trouble_until_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, may_end, stop = threading.Event(), threading.Event(), threading.Event()

    def run() -> int:
        begun.set()
        may_end.wait()
        return 0

    loop = Loop("slow", run)
    thread = loop.start(stop)
    begun.wait()
    troubles = [loop.trouble]
    monkeypatch.setattr(loops, "_LONGEST_ROUND", timedelta())
    troubles.append(loop.trouble)
    stop.set()
    may_end.set()
    thread.join()
    troubles.append(loop.trouble)

    assert [trouble and trouble.error for trouble in troubles] == [None, "Stuck", None]
