from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from matching_service.domain.explanations import Explanation, Reason
from matching_service.domain.ranking import (
    eligible_for,
    line_up,
    line_up_for,
    search_obstacles,
)
from matching_service.domain.snapshots import SearchSnapshot, TherapistSnapshot, UnknownPlace
from tests.matching_service.unit.people import (
    KOELN,
    TODAY,
    a_patient,
    a_search,
    a_therapist,
    north_of,
)


def _lined_up(search: SearchSnapshot, therapists: Sequence[TherapistSnapshot]) -> list[Explanation]:
    return [one.explained() for one in line_up_for(search, therapists, TODAY)]


def test_therapists_are_ranked_by_fit_then_openness_then_distance() -> None:
    therapists = [
        a_therapist(1, place=north_of(KOELN, 20)),
        a_therapist(2, place=north_of(KOELN, 5)),
        a_therapist(3, place=north_of(KOELN, 20), potentially_available=True),
        a_therapist(4, preferred_diagnoses=("F40",), potentially_available=True),
        a_therapist(5, kassensitz=False),
        a_therapist(6, place=UnknownPlace("unknown")),
    ]

    ranked = _lined_up(a_search(), therapists)

    assert [(one.therapist_id, one.rank) for one in ranked] == [
        (3, 1),
        (2, 2),
        (1, 3),
        (4, 4),
        (5, None),
        (6, None),
    ]


def test_the_eligible_alone_are_the_beginning_of_the_whole_line() -> None:
    search = a_search()
    kinds: list[dict[str, Any]] = [
        {},
        {"kassensitz": False},
        {"place": north_of(KOELN, 25)},
        {"place": north_of(KOELN, 80)},
        {"has_open_inquiry": True},
        {"potentially_available": True},
        {"preferred_diagnoses": ("F40",)},
    ]
    therapists = [
        a_therapist(number, mailbox_id=number % 5, **changes)
        for number, changes in enumerate(kinds * 3, start=1)
    ]

    whole = line_up_for(search, therapists, TODAY)

    assert eligible_for(search, therapists, TODAY) == [one for one in whole if one.is_eligible]
    assert [one.explained().eligible for one in whole] == [one.is_eligible for one in whole]
    assert 0 < sum(one.is_eligible for one in whole) < len(whole)


def test_one_therapist_of_a_mailbox_is_eligible_and_the_others_say_who() -> None:
    therapists = [a_therapist(1, mailbox_id=50), a_therapist(2, mailbox_id=50)]

    first, second = _lined_up(a_search(), therapists)

    assert (first.therapist_id, first.eligible) == (1, True)
    assert (second.therapist_id, second.eligible) == (2, False)
    assert second.reasons == (Reason("same_mailbox", {"therapist_id": 1}),)


def test_a_colleague_who_is_not_eligible_does_not_hold_the_mailbox() -> None:
    therapists = [a_therapist(1, mailbox_id=50, kassensitz=False), a_therapist(2, mailbox_id=50)]

    ranked = _lined_up(a_search(), therapists)

    assert [one.therapist_id for one in ranked if one.eligible] == [2]


@pytest.mark.parametrize("count", [0, 1])
def test_ranking_needs_no_minimum_of_therapists(count: int) -> None:
    therapists = [a_therapist(number) for number in range(count)]

    assert len(_lined_up(a_search(patient=a_patient()), therapists)) == count


def test_who_is_not_eligible_follows_the_nearest_first() -> None:
    therapists = [
        a_therapist(1, place=UnknownPlace("unknown")),
        a_therapist(2, place=north_of(KOELN, 60)),
        a_therapist(3, place=north_of(KOELN, 40)),
        a_therapist(4, place=north_of(KOELN, 20)),
    ]

    ranked = _lined_up(a_search(), therapists)

    assert [one.therapist_id for one in ranked] == [4, 3, 2, 1]


@pytest.mark.parametrize("status", ["paused", "in_sessions", "successful", "abandoned"])
def test_on_behalf_of_a_search_that_rests_or_has_ended_nobody_is_asked(status: str) -> None:
    ranked = _lined_up(a_search(status=status), [a_therapist(1)])

    assert [(one.eligible, one.rank) for one in ranked] == [(False, None)]
    assert ranked[0].reasons == (Reason("search_not_active", {"status": status}),)
    assert ranked[0].would_need == (Reason("search_not_active", {"search.status": "active"}),)


def test_what_keeps_everybody_from_being_asked_is_told_of_the_search_itself() -> None:
    nowhere = a_patient(place=UnknownPlace("pending"))
    search = a_search(status="paused", remaining_contacts=0, patient=nowhere)

    codes = [obstacle.code for obstacle in search_obstacles(search)]

    assert codes == ["search_not_active", "budget_used", "place_unknown"]
    assert search_obstacles(a_search()) == ()


def test_without_a_search_therapists_are_ranked_by_openness_and_say_why_they_cannot_be_asked() -> (
    None
):
    therapists = [
        a_therapist(1),
        a_therapist(2, potentially_available=True),
        a_therapist(3, next_contactable_date=date(2026, 12, 1)),
        a_therapist(4, mailbox_id=2),
    ]

    ranked = [one.explained() for one in line_up(therapists, TODAY)]

    assert [(one.therapist_id, one.rank) for one in ranked] == [
        (2, 1),
        (1, 2),
        (3, None),
        (4, None),
    ]
    assert [reason.code for reason in ranked[2].reasons] == ["cooling"]
    assert [reason.code for reason in ranked[3].reasons] == ["same_mailbox"]
