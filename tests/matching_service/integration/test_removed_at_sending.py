"""Whoever no longer fits when a draft is sent is taken out, and named with the reasons."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.matching_service.desk import BUNDLES, Desk
from tests.matching_service.world import HAMBURG, World

TOO_FAR_AND_EXCLUDED: dict[str, Any] = {"version": 2, "excluded_therapists": [1], **HAMBURG}


@pytest.fixture
def desk(api: FlaskClient, world: World) -> Desk:
    world.add_therapist(1)
    return Desk(api, world)


def _draft_of(desk: Desk, patients: int) -> tuple[dict[str, Any], list[int]]:
    searches = [desk.world.add_search(patient_id) for patient_id in range(1, patients + 1)]
    return desk.draft(1), searches


def _reasons(removed: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(one["code"], one["detail"]) for one in removed["reasons"]]


def _notes(desk: Desk, search_id: int) -> list[tuple[str, str, str]]:
    lines = [line for line in desk.history(search_id) if line["kind"] == "removed_from_bundle"]
    return [(line["actor"], line["reason"], line["ref"]) for line in lines]


def test_the_answer_and_the_history_of_the_search_say_who_was_taken_out_and_why(
    desk: Desk,
) -> None:
    draft, (far, *others) = _draft_of(desk, 4)
    desk.world.add_patient(1, **TOO_FAR_AND_EXCLUDED)

    sent = desk.call("POST", f"{BUNDLES}/{draft['id']}/send", 202)

    assert [patient["search_id"] for patient in sent["patients"]] == others
    assert sent["bundle_size"] == 3
    [removed] = sent["removed"]
    assert removed["search_id"] == far
    [excluded, distance] = _reasons(removed)
    assert excluded == ("excluded", {"by": "patient"})
    assert (distance[0], distance[1]["limit_km"]) == ("too_far", 30)
    assert removed["reasons"][0]["text"] == "Ausgeschlossen (vom Patienten)."
    [(actor, codes, ref)] = _notes(desk, far)
    assert (codes, ref) == ("excluded, too_far", f"bundle:{draft['id']}")
    assert actor != "system"
    assert _notes(desk, others[0]) == []


def test_nobody_is_named_when_everybody_fits(desk: Desk) -> None:
    draft, _ = _draft_of(desk, 3)

    sent = desk.call("POST", f"{BUNDLES}/{draft['id']}/send", 202)

    assert sent["removed"] == []


def test_a_refusal_names_who_would_be_taken_out_and_takes_nobody_out(desk: Desk) -> None:
    draft, (far, *_) = _draft_of(desk, 3)
    desk.world.add_patient(1, **TOO_FAR_AND_EXCLUDED)

    refused = desk.call("POST", f"{BUNDLES}/{draft['id']}/send", 409)

    assert refused["type"] == "/problems/bundle-too-small"
    assert (refused["size"], refused["needed"]) == (2, 3)
    [removed] = refused["removed"]
    assert removed["search_id"] == far
    assert [code for code, _ in _reasons(removed)] == ["excluded", "too_far"]
    assert desk.read(draft) == draft
    assert _notes(desk, far) == []


def test_a_refusal_for_want_of_patients_alone_names_nobody(desk: Desk) -> None:
    draft, (first, *_) = _draft_of(desk, 3)
    tag, without = {"If-Match": f'"{draft["version"]}"'}, {"remove": [first]}
    desk.call("PATCH", f"{BUNDLES}/{draft['id']}", 200, json=without, headers=tag)

    refused = desk.call("POST", f"{BUNDLES}/{draft['id']}/send", 409)

    assert (refused["size"], refused["removed"]) == (2, [])
