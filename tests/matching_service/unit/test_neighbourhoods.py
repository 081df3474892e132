from hypothesis import given, settings
from hypothesis import strategies as st

from matching_service.domain.constraints import distance
from matching_service.domain.neighbourhoods import Neighbourhoods
from matching_service.domain.snapshots import Place, SearchSnapshot, UnknownPlace, pair_of
from matching_service.domain.verdicts import MET
from tests.matching_service.unit.people import KOELN, TODAY, a_patient, a_search, a_therapist

PLACES = st.builds(
    Place, st.floats(47.3, 55.0), st.floats(5.9, 15.0), st.sampled_from(["exact", "approximate"])
)
SEARCHES = st.builds(
    lambda place, km, mode: a_search(patient=a_patient(place=place, max_km=km, travel_mode=mode)),
    PLACES,
    st.none() | st.integers(0, 400),
    st.sampled_from(["car", "transit", None]),
)


@given(st.lists(SEARCHES, max_size=4), PLACES)
@settings(max_examples=40, deadline=None)
def test_nobody_within_reach_is_left_out(searches: list[SearchSnapshot], place: Place) -> None:
    therapist = a_therapist(place=place)
    within = [s for s in searches if distance(pair_of(s, therapist, TODAY)) is MET]

    near = Neighbourhoods(searches).reaching(place)

    assert [s for s in searches if s in near and s in within] == within


def test_people_on_the_other_side_of_the_country_are_spared_the_arithmetic() -> None:
    search = a_search(patient=a_patient(place=Place(52.52, 13.4, "exact")))

    assert Neighbourhoods([search]).reaching(KOELN) == []


def test_unknown_places_are_near_nobody() -> None:
    nowhere = a_search(patient=a_patient(place=UnknownPlace("pending")))

    assert Neighbourhoods([nowhere]).reaching(KOELN) == []
    assert Neighbourhoods([a_search()]).reaching(UnknownPlace("unknown")) == []
