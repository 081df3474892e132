from geocoding_service.domain.distance import TravelMode
from geocoding_service.domain.nearby import find_nearby
from geocoding_service.domain.places import Place, Precision, UnknownPlace

AACHEN = Place(50.7771, 6.0864, Precision.PLZ5)
NEXT_DOOR = Place(50.7772, 6.0864, Precision.PLZ5)
DUEREN = Place(50.80, 6.48, Precision.PLZ5)
KOELN = Place(50.9405, 6.9441, Precision.PLZ5)


def test_who_is_within_the_limit_comes_nearest_first() -> None:
    nearby = find_nearby(AACHEN, [DUEREN, KOELN, NEXT_DOOR], TravelMode.CAR, 40)

    assert [position for position, _ in nearby.within] == [2, 0]


def test_equally_near_candidates_keep_their_order() -> None:
    nearby = find_nearby(AACHEN, [DUEREN, AACHEN, DUEREN, AACHEN], TravelMode.CAR, 40)

    assert [position for position, _ in nearby.within] == [1, 3, 0, 2]


def test_the_limit_itself_is_within_reach() -> None:
    (found,) = find_nearby(AACHEN, [DUEREN], TravelMode.CAR, 1000).within
    limit = found[1].distance_km

    assert len(find_nearby(AACHEN, [DUEREN], TravelMode.CAR, limit).within) == 1
    assert find_nearby(AACHEN, [DUEREN], TravelMode.CAR, limit - 0.001).within == []


def test_a_candidate_without_a_place_is_neither_near_nor_far() -> None:
    nearby = find_nearby(AACHEN, [UnknownPlace.NO_POSTCODE, KOELN], TravelMode.CAR, 1000)

    assert nearby.unplaced == [(0, UnknownPlace.NO_POSTCODE)]
    assert [position for position, _ in nearby.within] == [1]
