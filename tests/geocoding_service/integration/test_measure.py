import pytest

from geocoding_service.domain.distance import Distance, TravelMode, UnknownDistance
from geocoding_service.domain.places import Place, Precision, UnknownPlace
from geocoding_service.gateways.postcodes import load_postcodes
from geocoding_service.use_cases.measure import (
    Pair,
    Whereabouts,
    measure_distance,
    measure_distances,
)

AT_THE_CATHEDRAL = Place(50.9413, 6.9583, Precision.POINT)


@pytest.mark.parametrize(
    ("origin", "destination", "mode", "kilometres"),
    [
        ("52062", "50667", TravelMode.CAR, 81.74),
        ("52062", "50667", TravelMode.TRANSIT, 94.32),
        ("50667", AT_THE_CATHEDRAL, TravelMode.CAR, 1.3),
        (AT_THE_CATHEDRAL, AT_THE_CATHEDRAL, TravelMode.CAR, 0.0),
    ],
)
def test_postcodes_and_coordinates_are_measured_alike(
    origin: Whereabouts, destination: Whereabouts, mode: TravelMode, kilometres: float
) -> None:
    distance = measure_distance(Pair(origin, destination), mode, load_postcodes())
    assert isinstance(distance, Distance)
    assert distance.distance_km == pytest.approx(kilometres, abs=0.05)
    assert distance.travel_mode is mode


def test_an_unknown_end_is_never_a_distance() -> None:
    distance = measure_distance(Pair("52062", "00000"), TravelMode.CAR, load_postcodes())
    assert distance == UnknownDistance(origin=None, destination=UnknownPlace.UNKNOWN_POSTCODE)


def test_answers_keep_the_order_of_the_pairs() -> None:
    pairs = [Pair("52062", plz) for plz in ("50667", "00000", "52064", "50667")]
    answers = measure_distances(pairs, TravelMode.CAR, load_postcodes())
    assert answers == [measure_distance(p, TravelMode.CAR, load_postcodes()) for p in pairs]
    assert [answer.status for answer in answers] == [
        "approximate",
        "unknown",
        "approximate",
        "approximate",
    ]
