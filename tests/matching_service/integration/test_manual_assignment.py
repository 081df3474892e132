"""Staff ask one therapist for one patient."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from shared.contracts.berlin import berlin_day
from tests.issuer import Issuer
from tests.matching_service.staff_desk import (
    BUNDLES,
    STAFF,
    answer,
    content,
    create,
    history,
    move,
    read_bundle,
    read_search,
    refusal,
    told,
)
from tests.matching_service.world import HAMBURG, World

PERMITS = "/api/v2/contact-permits"


def _assign(
    api: FlaskClient, search_id: int, therapist_id: int = 1, key: str | None = None, **more: Any
) -> Any:
    wanted = {"therapist_id": therapist_id, "search_id": search_id, "reason": "hat angerufen"}
    headers = {"Idempotency-Key": key} if key else {}
    return api.post(f"{STAFF}/manual-assignment", json={**wanted, **more}, headers=headers)


def _permit(api: FlaskClient, issuer: Issuer, bundle: dict[str, Any]) -> Any:
    wanted = {"therapist_id": bundle["therapist_id"], "purpose": "inquiry"}
    wanted["inquiry_id"] = bundle["id"]
    return api.post(PERMITS, json=wanted, headers=issuer.bearer("service"))


def _rows(database: Any, statement: str) -> list[tuple[Any, ...]]:
    with database.engine(database.url("matching_service")).connect() as session:
        return [tuple(row) for row in session.execute(text(statement))]


def test_a_draft_of_one_patient_is_made_and_its_contact_is_added_to_the_budget(
    api: FlaskClient, world: World, database: Any
) -> None:
    world.add_therapist(1)
    search_id = world.add_search(1, budget=1)
    content(_assign(api, search_id, key="once"), 201)
    world.add_therapist(2)

    made = _assign(api, search_id, 2, key="twice")
    again = _assign(api, search_id, 2, key="twice")

    bundle, search = content(made, 201), read_search(api, search_id)
    assert content(again, 201) == bundle == read_bundle(api, bundle["id"])
    assert made.headers["Location"] == f"{BUNDLES}/{bundle['id']}"
    assert (bundle["state"], bundle["bundle_size"], bundle["size_exception"]) == (
        "draft",
        1,
        "manual",
    )
    assert [p["search_id"] for p in bundle["patients"]] == [search_id]
    assert (search["total_requested_contacts"], search["used_contacts"]) == (3, 2)
    lines = history(api, search_id, "contact_request", "assigned")[-2:]
    assert [(line["to"], line["reason"], line["ref"]) for line in lines] == [
        ("1", "hat angerufen", f"bundle:{bundle['id']}"),
        (None, "hat angerufen", f"bundle:{bundle['id']}"),
    ]
    assert told(database)[-1] == ("bundle.created", bundle["id"])


def test_it_is_sent_although_it_is_only_one(api: FlaskClient, world: World) -> None:
    world.add_therapist(1)
    bundle = content(_assign(api, world.add_search(1)), 201)

    sent = content(api.post(f"{BUNDLES}/{bundle['id']}/send"), 202)

    assert (sent["state"], sent["bundle_size"]) == ("sending", 1)


@pytest.mark.parametrize(
    ("therapist", "patient", "codes"),
    [
        ({"opted_out": True}, {}, ["opted_out"]),
        ({"status": "gesperrt"}, {}, ["blocked"]),
        ({"kontakt_wieder_ab": date(2099, 1, 1)}, {}, ["later"]),
        ({"has_email": False, "has_phone": False}, {}, ["no_channel"]),
        (
            {**HAMBURG, "kassensitz": False, "status": "inaktiv"},
            {"therapist_gender_preference": "male"},
            ["blocked", "insurance", "gender", "too_far"],
        ),
        ({}, {"excluded_therapists": [1]}, ["excluded"]),
    ],
)
def test_hard_rules_hold_and_everything_unmet_is_named(
    api: FlaskClient,
    world: World,
    therapist: dict[str, Any],
    patient: dict[str, Any],
    codes: list[str],
) -> None:
    world.add_therapist(1, **therapist)
    search_id = world.add_search(1, **patient)

    refused = _assign(api, search_id, override_cooling={"reason": "trotzdem"})

    unmet = refusal(refused, 409, "not-eligible")["unmet"]
    assert [one["code"] for one in unmet] == codes
    assert all(one["message"].endswith(".") for one in unmet)
    assert read_search(api, search_id)["total_requested_contacts"] == 25


def test_what_waits_elsewhere_is_refused_with_its_place(api: FlaskClient, world: World) -> None:
    world.add_therapist(1, mailbox="praxis")
    world.add_therapist(2, mailbox="praxis")
    search_id, other = world.add_search(1), world.add_search(2)
    draft = content(_assign(api, search_id), 201)

    at_the_practice = refusal(_assign(api, other, 2), 409, "open-inquiry")
    content(move(api, other, "paused"))
    resting = refusal(_assign(api, other, 2), 409, "search-not-active")
    refusal(_assign(api, 99), 404, "not-found")
    refusal(_assign(api, search_id, 99), 404, "not-found")

    assert at_the_practice["bundle_id"] == draft["id"]
    assert resting["search_status"] == "paused"


def test_a_practice_that_answered_is_left_in_peace_unless_staff_say_why(
    api: FlaskClient, world: World, issuer: Issuer, database: Any
) -> None:
    """The mail of the answered inquiry went out a moment ago: the override lifts that quiet too."""
    world.add_therapist(1, mailbox="praxis")
    world.add_therapist(2, mailbox="praxis")
    answered = world.add_search(1)
    search_id = world.add_search(2)
    first = create(api, 1, pinned=[{"therapist_id": 1, "search_id": answered}], send=True)
    content(_permit(api, issuer, first), 201)
    answer(api, first, "rejected_capacity")

    refused = refusal(_assign(api, search_id, 2), 409, "cooling-active")
    draft = content(
        _assign(api, search_id, 2, override_cooling={"reason": "rief an, hat einen Platz"}), 201
    )
    content(api.post(f"{BUNDLES}/{draft['id']}/send"), 202)
    permit = content(_permit(api, issuer, draft), 201)
    claimed = api.post(f"{PERMITS}/{permit['id']}/claim", headers=issuer.bearer("service"))

    in_four_weeks = berlin_day(datetime.now(UTC)) + timedelta(days=28)
    assert refused["next_contactable_date"] == in_four_weeks.isoformat()
    assert claimed.status_code == 200, claimed.json
    assert _rows(database, "SELECT actor, reason FROM cooling_override") == [
        ("staff1", "rief an, hat einen Platz")
    ]
    assert _rows(
        database,
        "SELECT inquiry_id, override_id IS NOT NULL FROM mailbox_block"
        " WHERE kind = 'contact' ORDER BY id",
    ) == [(first["id"], False), (draft["id"], True)]


def test_a_practice_that_got_mail_this_week_is_not_written_to_by_hand_either(
    api: FlaskClient, world: World, issuer: Issuer
) -> None:
    world.add_therapist(1)
    batch = {"therapist_id": 1, "purpose": "v1_batch"}
    content(api.post(PERMITS, json=batch, headers=issuer.bearer("service")), 201)

    refusal(_assign(api, world.add_search(1)), 409, "contact-too-soon")


def test_an_override_without_a_cooling_records_nothing(
    api: FlaskClient, world: World, database: Any
) -> None:
    world.add_therapist(1)

    content(
        _assign(api, world.add_search(1), override_cooling={"reason": "sicher ist sicher"}), 201
    )

    assert _rows(database, "SELECT id FROM cooling_override") == []


@pytest.mark.parametrize("more", [{"reason": " "}, {"override_cooling": {}}, {"send": True}])
def test_a_reason_is_needed_and_nothing_else_is_understood(
    api: FlaskClient, world: World, more: dict[str, Any]
) -> None:
    world.add_therapist(1)

    refusal(_assign(api, world.add_search(1), **more), 422, "validation-failed")
