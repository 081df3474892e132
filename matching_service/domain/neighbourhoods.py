"""Which searches can reach a place at all: a coarse map that spares most of the distances.

It may let too many through, never too few: the exact distance decides afterwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, floor, radians

from matching_service.domain.distance import detour_factor, limit_km
from matching_service.domain.snapshots import Location, Place, SearchSnapshot

CELL_DEGREES = 0.25
KM_PER_DEGREE = 111.0  # a little less than in truth: the boxes get larger, not smaller
ROUNDING_KM = 0.1

Cell = tuple[int, int]


class Neighbourhoods:
    """Remembers per cell of the map which searches reach it; keeps the order of `searches`."""

    def __init__(self, searches: Sequence[SearchSnapshot]) -> None:
        self._boxes = [(_box(search), search) for search in searches]
        self._reaching: dict[Cell, list[tuple[_Box, SearchSnapshot]]] = {}

    def reaching(self, place: Location) -> list[SearchSnapshot]:
        if not isinstance(place, Place):
            return []
        near = self._reaching_cell(_cell_of(place))
        return [search for box, search in near if box.contains(place)]

    def _reaching_cell(self, cell: Cell) -> list[tuple["_Box", SearchSnapshot]]:
        if cell not in self._reaching:
            self._reaching[cell] = [
                (box, search) for box, search in self._boxes if box is not None and box.meets(cell)
            ]
        return self._reaching[cell]


@dataclass(frozen=True, slots=True)
class _Box:
    south: float
    north: float
    west: float
    east: float

    def contains(self, place: Place) -> bool:
        return (
            self.south <= place.latitude <= self.north and self.west <= place.longitude <= self.east
        )

    def meets(self, cell: Cell) -> bool:
        south, west = cell[0] * CELL_DEGREES, cell[1] * CELL_DEGREES
        return (
            self.south <= south + CELL_DEGREES
            and south <= self.north
            and self.west <= west + CELL_DEGREES
            and west <= self.east
        )


def _cell_of(place: Place) -> Cell:
    return floor(place.latitude / CELL_DEGREES), floor(place.longitude / CELL_DEGREES)


def _box(search: SearchSnapshot) -> _Box | None:
    patient, place = search.patient, search.patient.place
    if not isinstance(place, Place):
        return None
    reach_km = (limit_km(patient.max_km) + ROUNDING_KM) / detour_factor(patient.travel_mode)
    tall = reach_km / KM_PER_DEGREE
    narrowest = min(89.0, abs(place.latitude) + tall)
    wide = tall / cos(radians(narrowest))
    return _Box(
        place.latitude - tall, place.latitude + tall, place.longitude - wide, place.longitude + wide
    )
