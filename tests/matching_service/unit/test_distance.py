from typing import Any

import pytest

from matching_service.domain.distance import estimate_distance, great_circle_km, judge_distance
from matching_service.domain.snapshots import Location, Place, UnknownPlace, locate
from matching_service.domain.verdicts import MET, Met, Unknown, Violated
from tests.matching_service.unit.people import KOELN, north_of

AACHEN = Place(50.7766, 6.0834, "exact")


def code_of(verdict: Met | Violated | Unknown) -> str | None:
    return None if isinstance(verdict, Met) else verdict.code


def test_the_great_circle_between_koeln_and_aachen() -> None:
    assert great_circle_km(KOELN, AACHEN) == pytest.approx(64.1, abs=0.2)


def test_the_great_circle_to_the_antipode_is_half_the_circumference() -> None:
    there = Place(-KOELN.latitude, KOELN.longitude - 180, "exact")

    assert great_circle_km(KOELN, there) == pytest.approx(20015.1, abs=0.1)


@pytest.mark.parametrize(("mode", "km"), [("car", 13.0), ("transit", 15.0), (None, 15.0)])
def test_a_way_is_longer_than_the_great_circle_and_an_unknown_mode_counts_as_transit(
    mode: str | None, km: float
) -> None:
    assert estimate_distance(KOELN, north_of(KOELN, 10), mode).km == km


@pytest.mark.parametrize(
    ("road_km", "limit", "code"),
    [
        (29.9, 30, None),
        (30.0, 30, None),
        (30.1, 30, "too_far"),
        (30.0, None, None),
        (30.1, None, "too_far"),
        (0.0, 0, None),
        (0.1, 0, "too_far"),
    ],
)
def test_the_limit_is_inclusive_and_thirty_kilometres_unless_the_patient_says_otherwise(
    road_km: float, limit: int | None, code: str | None
) -> None:
    there = north_of(KOELN, road_km / 1.3)

    assert code_of(judge_distance(KOELN, there, "car", limit)) == code


@pytest.mark.parametrize(
    ("road_km", "limit", "code"),
    [
        (14.9, 30, None),
        (15.0, 30, None),
        (15.1, 30, "place_too_vague"),
        (30.0, 30, "place_too_vague"),
        (30.1, 30, "too_far"),
        (0.0, 14, "place_too_vague"),
        (0.0, 15, None),
    ],
)
@pytest.mark.parametrize("vague_one", ["patient", "therapist", "both"])
def test_a_place_known_by_its_prefix_passes_only_with_fifteen_kilometres_to_spare(
    road_km: float, limit: int, code: str | None, vague_one: str
) -> None:
    home = north_of(KOELN, 0, "exact" if vague_one == "therapist" else "approximate")
    practice = north_of(KOELN, road_km / 1.3, "exact" if vague_one == "patient" else "approximate")

    assert code_of(judge_distance(home, practice, "car", limit)) == code


@pytest.mark.parametrize(
    ("home", "practice", "missing"),
    [
        (UnknownPlace("pending"), KOELN, "patient.place"),
        (KOELN, UnknownPlace("unknown"), "therapist.place"),
        (UnknownPlace("unknown"), UnknownPlace("unknown"), "patient.place"),
    ],
)
def test_an_unknown_place_is_no_distance_of_zero(
    home: Location, practice: Location, missing: str
) -> None:
    verdict = judge_distance(home, practice, "car", 30)

    assert verdict == Unknown("place_unknown", {"missing": (missing,)})


def test_too_far_says_which_limit_would_do() -> None:
    verdict = judge_distance(KOELN, north_of(KOELN, 40.2 / 1.3), "car", 30)

    assert verdict == Violated(
        "too_far",
        {"distance_km": 40.2, "limit_km": 30, "approximate": True},
        {"patient.max_km": 41},
    )
    assert judge_distance(KOELN, north_of(KOELN, 40.2 / 1.3), "car", 41) is MET


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ((50.9, 6.9, "exact"), Place(50.9, 6.9, "exact")),
        ((50.9, 6.9, "approximate"), Place(50.9, 6.9, "approximate")),
        ((50.9, 6.9, "pending"), UnknownPlace("pending")),
        ((50.9, 6.9, "elsewhere"), UnknownPlace("elsewhere")),
        ((50.9, 6.9, None), UnknownPlace("unknown")),
        ((None, 6.9, "exact"), UnknownPlace("unknown")),
        ((None, None, "pending"), UnknownPlace("pending")),
    ],
)
def test_a_place_needs_both_coordinates_and_a_known_precision(row: Any, place: Location) -> None:
    assert locate(*row) == place
