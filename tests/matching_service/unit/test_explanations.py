from datetime import date

from matching_service.domain.explanations import Reason, explain_pair
from matching_service.domain.snapshots import UnknownPlace
from tests.matching_service.unit.people import (
    KOELN,
    TODAY,
    a_search,
    a_therapist,
    north_of,
)


def test_an_eligible_pair_tells_its_estimated_distance_and_no_obstacle() -> None:
    explanation = explain_pair(a_search(), a_therapist(place=north_of(KOELN, 10)), TODAY)

    assert explanation.eligible
    assert (explanation.distance_km, explanation.approximate) == (13.0, True)
    assert (explanation.reasons, explanation.would_need) == ((), ())


def test_everything_that_stands_in_the_way_is_told_with_what_it_would_take() -> None:
    therapist = a_therapist(
        next_contactable_date=date(2026, 12, 1), kassensitz=None, place=north_of(KOELN, 40)
    )

    explanation = explain_pair(a_search(remaining_contacts=0), therapist, TODAY)

    assert not explanation.eligible
    assert [reason.code for reason in explanation.reasons] == [
        "cooling",
        "insurance",
        "too_far",
        "budget_used",
    ]
    assert explanation.would_need == (
        Reason("cooling", {"date": "2026-12-01"}),
        Reason("insurance", {"known": ("therapist.kassensitz",)}),
        Reason("too_far", {"patient.max_km": 52}),
        Reason("budget_used", {"search.contact_requests": 1}),
    )


def test_an_unknown_distance_is_told_as_unknown() -> None:
    explanation = explain_pair(a_search(), a_therapist(place=UnknownPlace("pending")), TODAY)

    assert (explanation.distance_km, explanation.approximate) == (None, False)
    assert [reason.code for reason in explanation.reasons] == ["place_unknown"]


def test_preferences_weigh_but_do_not_stand_in_the_way() -> None:
    therapist = a_therapist(preferred_diagnoses=("F40",), gender_preference=None)

    explanation = explain_pair(a_search(), therapist, TODAY)

    assert explanation.eligible
    assert [(reason.code, reason.detail["state"]) for reason in explanation.preferences] == [
        ("diagnosis", "relaxed"),
        ("gender_preference", "unknown"),
    ]
