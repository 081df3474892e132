from datetime import date

import pytest

from matching_service.domain.explanations import Reason, explain_pair, rank_therapists
from matching_service.domain.snapshots import UnknownPlace
from tests.matching_service.unit.people import (
    KOELN,
    TODAY,
    a_patient,
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


def test_therapists_are_ranked_by_fit_then_openness_then_distance() -> None:
    therapists = [
        a_therapist(1, place=north_of(KOELN, 20)),
        a_therapist(2, place=north_of(KOELN, 5)),
        a_therapist(3, place=north_of(KOELN, 20), potentially_available=True),
        a_therapist(4, preferred_diagnoses=("F40",), potentially_available=True),
        a_therapist(5, kassensitz=False),
        a_therapist(6, place=UnknownPlace("unknown")),
    ]

    ranked = rank_therapists(a_search(), therapists, TODAY)

    assert [(one.therapist_id, one.rank) for one in ranked] == [
        (3, 1),
        (2, 2),
        (1, 3),
        (4, 4),
        (5, None),
        (6, None),
    ]


def test_one_therapist_of_a_mailbox_is_eligible_and_the_others_say_who() -> None:
    therapists = [a_therapist(1, mailbox_id=50), a_therapist(2, mailbox_id=50)]

    first, second = rank_therapists(a_search(), therapists, TODAY)

    assert (first.therapist_id, first.eligible) == (1, True)
    assert (second.therapist_id, second.eligible) == (2, False)
    assert second.reasons == (Reason("same_mailbox", {"therapist_id": 1}),)


def test_a_colleague_who_is_not_eligible_does_not_hold_the_mailbox() -> None:
    therapists = [a_therapist(1, mailbox_id=50, kassensitz=False), a_therapist(2, mailbox_id=50)]

    ranked = rank_therapists(a_search(), therapists, TODAY)

    assert [one.therapist_id for one in ranked if one.eligible] == [2]


@pytest.mark.parametrize("count", [0, 1])
def test_ranking_needs_no_minimum_of_therapists(count: int) -> None:
    therapists = [a_therapist(number) for number in range(count)]

    assert len(rank_therapists(a_search(patient=a_patient()), therapists, TODAY)) == count
