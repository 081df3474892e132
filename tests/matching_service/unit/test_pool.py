from datetime import date
from typing import Any

import pytest

from matching_service.domain.pool import contact_obstacles, mailbox_still_free, openness
from matching_service.domain.verdicts import MET, Violated
from tests.matching_service.unit.people import TODAY, a_therapist

TOMORROW = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("differences", "codes"),
    [
        ({}, []),
        ({"status": "gesperrt"}, ["blocked"]),
        ({"status": "inaktiv"}, ["blocked"]),
        ({"status": None}, ["blocked"]),
        ({"opted_out": True}, ["opted_out"]),
        ({"kontakt_wieder_ab": TOMORROW}, ["later"]),
        ({"kontakt_wieder_ab": TODAY}, []),
        ({"has_email": False}, []),
        ({"has_phone": False}, []),
        ({"has_email": False, "has_phone": False}, ["no_channel"]),
        ({"next_contactable_date": TOMORROW}, ["cooling"]),
        ({"next_contactable_date": TODAY}, []),
        ({"has_open_inquiry": True}, ["open_inquiry"]),
        ({"status": "gesperrt", "has_open_inquiry": True}, ["blocked", "open_inquiry"]),
    ],
)
def test_who_may_be_asked_today(differences: dict[str, Any], codes: list[str]) -> None:
    obstacles = contact_obstacles(a_therapist(**differences), TODAY)

    assert [obstacle.code for obstacle in obstacles] == codes


def test_a_therapist_whose_only_phone_is_missing_has_no_channel() -> None:
    obstacles = contact_obstacles(a_therapist(has_email=False, has_phone=False), TODAY)

    assert [obstacle.code for obstacle in obstacles] == ["no_channel"]


def test_a_cooling_therapist_says_until_when() -> None:
    (cooling,) = contact_obstacles(a_therapist(next_contactable_date=TOMORROW), TODAY)

    assert cooling.detail == {"until": "2026-11-24"}


def test_a_mailbox_belongs_to_one_therapist_at_a_time() -> None:
    colleague = a_therapist(2, mailbox_id=7)

    assert mailbox_still_free(colleague, {8: 1}) is MET
    assert mailbox_still_free(colleague, {7: 1}) == Violated("same_mailbox", {"therapist_id": 1})


@pytest.mark.parametrize(
    ("differences", "weight"),
    [
        ({}, 0),
        ({"potentially_available": True}, 1),
        ({"free_from": TODAY}, 1),
        ({"free_from": TOMORROW}, 0),
        ({"potentially_available": True, "free_from": date(2026, 1, 1)}, 2),
    ],
)
def test_openness_counts_signs_of_a_free_place(differences: dict[str, Any], weight: int) -> None:
    assert openness(a_therapist(**differences), TODAY) == weight
