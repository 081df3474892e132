"""Doing many things, and waiting for what others do."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from devstack.progress import Step
from devstack.story.door import HANDS, StoryFailed

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_ASKED_EVERY_SECONDS = 0.2
_GIVEN_UP_AFTER_SECONDS = 60.0
LONG = 600.0  # for what moves in large portions


def for_each(
    step: Step, what: str, items: Sequence[_Item], do: Callable[[_Item], _Result]
) -> list[_Result]:
    """Several at a time; the results have the order of the items."""
    results = []
    with ThreadPoolExecutor(HANDS) as hands:
        for result in hands.map(do, items):
            results.append(result)
            step.update(f"{what}: {len(results)} von {len(items)} …")
    return results


def wait_until_all(
    step: Step,
    what: str,
    wanted: int,
    count: Callable[[], int],
    *,
    patience: float = _GIVEN_UP_AFTER_SECONDS,
) -> None:
    """Gives up when nothing has moved for `patience` seconds, however long the whole takes."""
    done, moved_at = -1, time.monotonic()
    while True:
        before, done = done, count()
        if done >= wanted:
            return
        step.update(f"{what}: {done} von {wanted} …")
        if done != before:
            moved_at = time.monotonic()
        elif time.monotonic() - moved_at > patience:
            raise StoryFailed(f"{what}: seit {patience:.0f} s stehen {done} von {wanted}.")
        time.sleep(_ASKED_EVERY_SECONDS)
