import pytest

from geocoding_service.domain.places import Place, PlaceStatus, Precision, UnknownPlace
from geocoding_service.gateways.postcodes import load_postcodes
from geocoding_service.use_cases.locate import locate_place, locate_places


@pytest.mark.parametrize("plz", ["52062", "10115", "80331", "50667", "20095"])
def test_a_known_postcode_is_an_exact_place(plz: str) -> None:
    place = locate_place(plz, load_postcodes())
    assert isinstance(place, Place)
    assert place.precision is Precision.PLZ5
    assert place.status is PlaceStatus.EXACT


def test_a_large_recipient_gets_the_middle_of_its_prefix_marked_approximate() -> None:
    place = locate_place("53105", load_postcodes())
    assert isinstance(place, Place)
    assert place.precision is Precision.PLZ3
    assert place.status is PlaceStatus.APPROXIMATE
    assert (place.latitude, place.longitude) == pytest.approx((50.72, 7.10), abs=0.05)


@pytest.mark.parametrize(
    ("plz", "reason"),
    [
        ("00000", UnknownPlace.UNKNOWN_POSTCODE),
        ("11011", UnknownPlace.UNKNOWN_POSTCODE),
        ("5206", UnknownPlace.MALFORMED_POSTCODE),
        ("Koeln", UnknownPlace.MALFORMED_POSTCODE),
        ("", UnknownPlace.MALFORMED_POSTCODE),
    ],
)
def test_what_cannot_be_located_is_unknown_with_a_reason(plz: str, reason: UnknownPlace) -> None:
    assert locate_place(plz, load_postcodes()) is reason


def test_many_places_keep_the_order_and_name_what_is_missing() -> None:
    located = locate_places(["80331", "00000", "52062", "x", "80331"], load_postcodes())
    assert list(located.found) == ["80331", "52062"]
    assert located.missing == {
        "00000": UnknownPlace.UNKNOWN_POSTCODE,
        "x": UnknownPlace.MALFORMED_POSTCODE,
    }


def test_no_postcode_is_no_place() -> None:
    located = locate_places([], load_postcodes())
    assert (located.found, located.missing) == ({}, {})
