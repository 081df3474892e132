from geocoding_service.domain.distance import DistanceSource, Route, TravelMode
from geocoding_service.domain.nearby import find_nearby, worth_routing
from geocoding_service.domain.places import Place, Precision, UnknownPlace

AACHEN = Place(50.7771, 6.0864, Precision.PLZ5)
NEXT_DOOR = Place(50.7772, 6.0864, Precision.PLZ5)
DUEREN = Place(50.80, 6.48, Precision.PLZ5)
KOELN = Place(50.9405, 6.9441, Precision.PLZ5)


def test_who_is_within_the_limit_comes_nearest_first() -> None:
    nearby = find_nearby(AACHEN, [DUEREN, KOELN, NEXT_DOOR], TravelMode.CAR, 40, {})

    assert [position for position, _ in nearby.within] == [2, 0]


def test_equally_near_candidates_keep_their_order() -> None:
    nearby = find_nearby(AACHEN, [DUEREN, AACHEN, DUEREN, AACHEN], TravelMode.CAR, 40, {})

    assert [position for position, _ in nearby.within] == [1, 3, 0, 2]


def test_the_limit_itself_is_within_reach() -> None:
    (found,) = find_nearby(AACHEN, [DUEREN], TravelMode.CAR, 1000, {}).within
    limit = found[1].distance_km

    assert len(find_nearby(AACHEN, [DUEREN], TravelMode.CAR, limit, {}).within) == 1
    assert find_nearby(AACHEN, [DUEREN], TravelMode.CAR, limit - 0.001, {}).within == []


def test_a_candidate_without_a_place_is_neither_near_nor_far() -> None:
    nearby = find_nearby(AACHEN, [UnknownPlace.NO_POSTCODE, KOELN], TravelMode.CAR, 1000, {})

    assert nearby.unplaced == [(0, UnknownPlace.NO_POSTCODE)]
    assert [position for position, _ in nearby.within] == [1]


def test_a_route_counts_before_an_estimate_and_may_put_somebody_out_of_reach() -> None:
    routes = {DUEREN: Route(41_000, 1800), NEXT_DOOR: Route(500, 60)}

    nearby = find_nearby(AACHEN, [DUEREN, NEXT_DOOR, AACHEN], TravelMode.CAR, 40, routes)

    assert [(at, d.source) for at, d in nearby.within] == [
        (2, DistanceSource.PLZ_CENTROIDS),
        (1, DistanceSource.OSRM),
    ]


def test_worth_a_route_is_who_a_straight_road_would_reach_each_place_once() -> None:
    unknown = UnknownPlace.NO_POSTCODE
    candidates: list[Place | UnknownPlace] = [KOELN, DUEREN, unknown, NEXT_DOOR, DUEREN]

    assert worth_routing(AACHEN, candidates, 40, most=10) == [NEXT_DOOR, DUEREN]
    assert worth_routing(AACHEN, candidates, 40, most=1) == [NEXT_DOOR]


def test_a_search_is_exact_when_everybody_found_has_a_route_to_an_address() -> None:
    here = Place(50.7771, 6.0864, Precision.POINT)
    there, elsewhere = (Place(50.78, 6.09 + i / 100, Precision.POINT) for i in range(2))
    routes = {there: Route(900, 120)}

    def is_exact(*candidates: Place) -> bool:
        return find_nearby(here, candidates, TravelMode.CAR, 40, routes).is_exact

    assert is_exact(there)
    assert not is_exact(there, elsewhere)
    assert not is_exact()
