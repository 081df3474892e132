"""A map of squares that says which searches can reach a place at all.

Searches lie sorted by how far they reach, then by square, so that whoever might reach a place are
a few unbroken stretches. It may let too many through, never too few: the distance decides.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Positions = NDArray[np.int64]

_CLASSES = 6  # of reach: near ones need not be looked for far away
_MOST_SQUARES = 300  # in either direction
_SQUARES_PER_REACH = 3
_SPARE = 1.0001


class Level(NamedTuple):
    """Searches of similar reach. Angles are degrees. `begin` has a place for every square and one
    more; square (row, column) holds the sorted searches from `begin[row * columns + column]`."""

    reach: float
    south: float
    west: float
    height: float
    width: float
    rows: int
    columns: int
    begin: Positions


@dataclass(frozen=True, slots=True)
class Grid:
    """`order`: the searches as they lie, by their former positions."""

    order: Positions
    levels: tuple[Level, ...]


def grid_of(latitude: Reals, longitude: Reals, squared_chord: Reals) -> Grid:
    """`squared_chord`: the farthest reach of each search; below zero reaches nothing."""
    reach = np.degrees(2 * np.arcsin(np.minimum(1.0, np.sqrt(np.maximum(squared_chord, 0)) / 2)))
    reaching = np.flatnonzero(squared_chord >= 0)
    by_reach = reaching[np.argsort(reach[reaching], kind="stable")]
    orders: list[Positions] = []
    levels = []
    for part in np.array_split(by_reach, _CLASSES):
        if len(part):
            first = sum(len(order) for order in orders)
            farthest = float(reach[part].max()) * _SPARE + 1e-6
            level, order = _level(latitude[part], longitude[part], farthest, first)
            levels.append(level)
            orders.append(part[order])
    empty = np.empty(0, np.int64)
    return Grid(np.concatenate(orders) if orders else empty, tuple(levels))


def _level(latitude: Reals, longitude: Reals, reach: float, first: int) -> tuple[Level, Positions]:
    south, west = float(latitude.min()), float(longitude.min())
    height = max(reach / _SQUARES_PER_REACH, (float(latitude.max()) - south) / _MOST_SQUARES)
    width = max(reach / _SQUARES_PER_REACH, (float(longitude.max()) - west) / _MOST_SQUARES)
    row = ((latitude - south) / height).astype(np.int64)
    column = ((longitude - west) / width).astype(np.int64)
    rows, columns = int(row.max()) + 1, int(column.max()) + 1
    square = row * columns + column
    order = np.argsort(square, kind="stable")
    counts = np.bincount(square, minlength=rows * columns)
    begin = first + np.concatenate([[0], np.cumsum(counts)])
    return Level(reach, south, west, height, width, rows, columns, begin.astype(np.int64)), order
