from math import pi

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geocoding_service.domain.distance import (
    DETOUR_FACTOR,
    EARTH_RADIUS_KM,
    Distance,
    DistanceSource,
    Route,
    TravelMode,
    UnknownDistance,
    distance_between,
    estimated_distance,
    great_circle_km,
    routed_distance,
    travel_time_minutes,
)
from geocoding_service.domain.places import Place, Precision, UnknownPlace

AACHEN = Place(50.7771, 6.0864, Precision.PLZ5)
KOELN = Place(50.9405, 6.9441, Precision.PLZ5)
SOMEWHERE_NEAR_KOELN = Place(50.94, 6.95, Precision.PLZ3)
MALFORMED = UnknownPlace.MALFORMED_POSTCODE
UNKNOWN = UnknownPlace.UNKNOWN_POSTCODE

points = st.builds(
    Place,
    latitude=st.floats(-90, 90),
    longitude=st.floats(-180, 180),
    precision=st.sampled_from(Precision),
)


@pytest.mark.parametrize(
    ("origin", "destination", "expected_km"),
    [
        pytest.param((0, 0), (0, 90), EARTH_RADIUS_KM * pi / 2, id="a quarter of the equator"),
        pytest.param((90, 0), (-90, 0), EARTH_RADIUS_KM * pi, id="pole to pole"),
        pytest.param((0, 179.5), (0, -179.5), EARTH_RADIUS_KM * pi / 180, id="date line"),
        pytest.param((52.5200, 13.4050), (48.1374, 11.5755), 504.4, id="Berlin to Munich"),
    ],
)
def test_the_great_circle_has_the_length_of_the_map(
    origin: tuple[float, float], destination: tuple[float, float], expected_km: float
) -> None:
    one, other = Place(*origin, Precision.POINT), Place(*destination, Precision.POINT)
    assert great_circle_km(one, other) == pytest.approx(expected_km, abs=0.5)


@given(points, points, st.sampled_from(TravelMode))
def test_the_way_back_is_as_long_as_the_way_there(
    one: Place, other: Place, mode: TravelMode
) -> None:
    assert great_circle_km(one, other) == pytest.approx(great_circle_km(other, one))
    there, back = distance_between(one, other, mode), distance_between(other, one, mode)
    assert isinstance(there, Distance)
    assert isinstance(back, Distance)
    assert there.precision == back.precision


@given(points)
def test_nobody_is_away_from_himself(place: Place) -> None:
    assert great_circle_km(place, place) == 0


@pytest.mark.parametrize(("mode", "factor"), [(TravelMode.CAR, 1.3), (TravelMode.TRANSIT, 1.5)])
def test_the_way_is_longer_than_the_straight_line(mode: TravelMode, factor: float) -> None:
    distance = distance_between(AACHEN, KOELN, mode)
    assert isinstance(distance, Distance)
    assert distance.distance_km == pytest.approx(factor * great_circle_km(AACHEN, KOELN))


def test_every_travel_mode_has_a_detour_factor() -> None:
    assert set(DETOUR_FACTOR) == set(TravelMode)


@pytest.mark.parametrize(
    ("mode", "distance_km", "minutes"),
    [
        (TravelMode.CAR, 0, 5),
        (TravelMode.CAR, 0.01, 6),
        (TravelMode.CAR, 50, 65),
        (TravelMode.TRANSIT, 0, 10),
        (TravelMode.TRANSIT, 30, 70),
    ],
)
def test_travel_time_counts_from_door_to_door(
    mode: TravelMode, distance_km: float, minutes: int
) -> None:
    assert travel_time_minutes(distance_km, mode) == minutes


P, S, FIVE, TOWN = Precision.POINT, Precision.STREET, Precision.PLZ5, Precision.TOWN


@pytest.mark.parametrize(
    ("precisions", "source"),
    [
        ((P, P), DistanceSource.HAVERSINE),
        ((P, TOWN), DistanceSource.HAVERSINE),
        ((P, FIVE), DistanceSource.PLZ_CENTROIDS),
        ((FIVE, Precision.PLZ3), DistanceSource.PLZ_CENTROIDS),
    ],
)
def test_an_estimate_says_what_it_leans_on_and_is_always_approximate(
    precisions: tuple[Precision, Precision], source: DistanceSource
) -> None:
    ends = [Place(50.0, 7.0, precision) for precision in precisions]
    distance = estimated_distance(ends[0], ends[1], TravelMode.CAR)
    assert (distance.source, distance.route_available) == (source, False)
    assert (distance.approximate, distance.status) == (True, "approximate")


@pytest.mark.parametrize("source", [DistanceSource.OSRM, DistanceSource.CACHE])
@pytest.mark.parametrize(
    ("precisions", "approximate"),
    [((P, P), False), ((P, S), False), ((P, FIVE), True), ((TOWN, S), True)],
)
def test_a_route_is_exact_between_addresses_only(
    precisions: tuple[Precision, Precision], approximate: bool, source: DistanceSource
) -> None:
    ends = [Place(50.0, 7.0, precision) for precision in precisions]
    distance = routed_distance(ends[0], ends[1], Route(81_740, 3601), source)
    assert (distance.distance_km, distance.travel_time_minutes) == (81.74, 61)
    assert (distance.route_available, distance.approximate) == (True, approximate)


def test_even_a_route_to_the_next_door_takes_a_minute() -> None:
    there = Place(50.0, 7.0, P)
    distance = routed_distance(there, there, Route(0, 0), DistanceSource.OSRM)
    assert distance.travel_time_minutes == 1


@pytest.mark.parametrize(
    ("origin", "destination", "precision"),
    [
        (AACHEN, KOELN, Precision.PLZ5),
        (AACHEN, SOMEWHERE_NEAR_KOELN, Precision.PLZ3),
        (SOMEWHERE_NEAR_KOELN, AACHEN, Precision.PLZ3),
        (Place(50.0, 7.0, Precision.POINT), AACHEN, Precision.PLZ5),
        (Place(50.0, 7.0, Precision.POINT), Place(50.0, 8.0, Precision.POINT), Precision.POINT),
    ],
)
def test_a_distance_is_as_vague_as_its_vaguer_end(
    origin: Place, destination: Place, precision: Precision
) -> None:
    distance = distance_between(origin, destination, TravelMode.CAR)
    assert isinstance(distance, Distance)
    assert distance.precision is precision


@pytest.mark.parametrize(
    ("origin", "destination", "expected"),
    [
        (UNKNOWN, KOELN, UnknownDistance(UNKNOWN, None)),
        (AACHEN, MALFORMED, UnknownDistance(None, MALFORMED)),
        (UNKNOWN, MALFORMED, UnknownDistance(UNKNOWN, MALFORMED)),
        (UNKNOWN, UNKNOWN, UnknownDistance(UNKNOWN, UNKNOWN)),
    ],
)
def test_an_end_without_a_place_makes_the_distance_unknown_and_says_why(
    origin: Place | UnknownPlace, destination: Place | UnknownPlace, expected: UnknownDistance
) -> None:
    distance = distance_between(origin, destination, TravelMode.CAR)
    assert distance == expected
    assert distance.status == "unknown"
