from math import nan

import pytest

from geocoding_service.domain.places import (
    Finding,
    Place,
    PlaceSource,
    PlaceStatus,
    Precision,
    UnknownPlace,
    finer,
)


@pytest.mark.parametrize(
    ("precision", "status", "is_an_address"),
    [
        (Precision.POINT, PlaceStatus.EXACT, True),
        (Precision.STREET, PlaceStatus.EXACT, True),
        (Precision.PLZ5, PlaceStatus.EXACT, False),
        (Precision.TOWN, PlaceStatus.APPROXIMATE, False),
        (Precision.PLZ3, PlaceStatus.APPROXIMATE, False),
    ],
)
def test_precision_decides_the_status_and_what_counts_as_an_address(
    precision: Precision, status: PlaceStatus, is_an_address: bool
) -> None:
    place = Place(50.0, 7.0, precision)
    assert (place.status, place.is_an_address) == (status, is_an_address)


@pytest.mark.parametrize(
    ("one", "other", "wins"),
    [
        (Precision.POINT, Precision.PLZ5, Precision.POINT),
        (Precision.STREET, Precision.PLZ5, Precision.STREET),
        (Precision.TOWN, Precision.PLZ5, Precision.PLZ5),
        (Precision.TOWN, Precision.PLZ3, Precision.TOWN),
        (Precision.TOWN, None, Precision.TOWN),
    ],
)
def test_of_two_answers_the_finer_one_counts(
    one: Precision, other: Precision | None, wins: Precision
) -> None:
    said = Finding(Place(50.0, 7.0, one), PlaceSource.NOMINATIM)
    by_postcode = (
        Finding(Place(50.0, 7.0, other), PlaceSource.PLZ_CENTROIDS)
        if other
        else UnknownPlace.NO_POSTCODE
    )
    assert finer(said, by_postcode).place.precision is wins


@pytest.mark.parametrize(("latitude", "longitude"), [(90, 180), (-90, -180), (0, 0)])
def test_the_edges_of_the_earth_are_places(latitude: float, longitude: float) -> None:
    place = Place(latitude, longitude, Precision.POINT)
    assert (place.latitude, place.longitude) == (latitude, longitude)


@pytest.mark.parametrize(
    ("latitude", "longitude"), [(90.001, 0), (-90.001, 0), (0, 180.001), (0, -180.001), (nan, 0)]
)
def test_coordinates_off_the_earth_are_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(ValueError, match="not on earth"):
        Place(latitude, longitude, Precision.POINT)
