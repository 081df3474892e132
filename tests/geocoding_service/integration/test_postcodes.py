"""The package's real table, read from disk."""

import pytest

from geocoding_service.domain.places import Precision
from geocoding_service.gateways.postcodes import (
    Postcodes,
    UnusablePostcodeTableError,
    load_postcodes,
)


def test_all_of_germany_is_there() -> None:
    assert len(load_postcodes()) > 8_000


def test_the_table_is_loaded_once() -> None:
    assert load_postcodes() is load_postcodes()


@pytest.mark.parametrize(
    ("plz", "latitude", "longitude"),
    [
        pytest.param("52062", 50.777, 6.086, id="Aachen"),
        pytest.param("10115", 52.532, 13.385, id="Berlin"),
        pytest.param("80331", 48.136, 11.573, id="Muenchen"),
        pytest.param("50667", 50.941, 6.944, id="Koeln"),
        pytest.param("20095", 53.551, 10.000, id="Hamburg"),
    ],
)
def test_a_known_postcode_lies_where_the_town_lies(
    plz: str, latitude: float, longitude: float
) -> None:
    place = load_postcodes().centroid(plz)
    assert place is not None
    assert (place.latitude, place.longitude) == pytest.approx((latitude, longitude), abs=0.001)


def test_a_prefix_mean_is_the_middle_of_its_postcodes() -> None:
    postcodes = Postcodes({"52062": (50.0, 6.0), "52070": (51.0, 6.5), "10115": (52.5, 13.4)})
    place = postcodes.prefix_mean("52099")
    assert place is not None
    assert (place.latitude, place.longitude) == pytest.approx((50.5, 6.25))
    assert place.precision is Precision.PLZ3


@pytest.mark.parametrize(
    ("plz", "centroid"),
    [
        pytest.param("52062", (47.19, 6.0), id="too far south"),
        pytest.param("52062", (55.11, 6.0), id="too far north"),
        pytest.param("52062", (50.0, 5.79), id="too far west"),
        pytest.param("52062", (50.0, 15.11), id="too far east"),
        pytest.param("52062", (6.086, 50.777), id="latitude and longitude swapped"),
        pytest.param("52062", (float("nan"), 6.0), id="not a number"),
        pytest.param("5206", (50.0, 6.0), id="not a postcode"),
    ],
)
def test_a_table_with_an_impossible_row_is_refused_by_name(
    plz: str, centroid: tuple[float, float]
) -> None:
    with pytest.raises(UnusablePostcodeTableError, match=plz):
        Postcodes({plz: centroid})
