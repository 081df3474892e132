from math import nan

import pytest

from geocoding_service.domain.places import (
    Place,
    PlaceSource,
    PlaceStatus,
    Precision,
    is_postcode,
    postcode_in,
)


@pytest.mark.parametrize("text", ["52062", "01067", "99998", "00000"])
def test_five_digits_are_a_postcode(text: str) -> None:
    assert is_postcode(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5206",
        "520620",
        "D-52062",
        " 52062",
        "52062\n",
        "52 06",
        "5206a",
        pytest.param("٥٢٠٦٢", id="Arabic-Indic digits"),
    ],
)
def test_anything_else_is_not(text: str) -> None:
    assert not is_postcode(text)


@pytest.mark.parametrize(
    ("precision", "status", "source"),
    [
        (Precision.POINT, PlaceStatus.EXACT, PlaceSource.COORDINATES),
        (Precision.PLZ5, PlaceStatus.EXACT, PlaceSource.PLZ_CENTROIDS),
        (Precision.PLZ3, PlaceStatus.APPROXIMATE, PlaceSource.PLZ_CENTROIDS),
    ],
)
def test_precision_decides_status_and_source(
    precision: Precision, status: PlaceStatus, source: PlaceSource
) -> None:
    place = Place(50.0, 7.0, precision)
    assert (place.status, place.source) == (status, source)


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


@pytest.mark.parametrize(
    ("address", "plz"),
    [
        ("Markt 1, 52062 Aachen", "52062"),
        ("52062", "52062"),
        ("D-52062 Aachen", "52062"),
        ("Postfach 10101, 52062 Aachen", "52062"),
        ("Markt 1, Aachen", None),
        ("Telefon 0241123456", None),
        ("Markt 1, 5206 Aachen", None),
        ("", None),
    ],
)
def test_the_postcode_of_an_address_is_its_last_group_of_five_digits(
    address: str, plz: str | None
) -> None:
    assert postcode_in(address) == plz
