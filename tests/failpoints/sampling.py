"""At which of many points a run kills: at all of them with KILLS=all, else at every third."""

import os

_EVERY = 3


def chosen(points: int) -> list[int]:
    """The end is always among them."""
    every = 1 if os.environ.get("KILLS") == "all" else _EVERY
    return sorted({*range(0, points, every), points - 1})
