"""From a plan to an answer, through the HTTP door."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from shared.contracts.berlin import berlin_day
from tests.issuer import Issuer
from tests.matching_service.world import HAMBURG, World

BUNDLES = "/api/v2/therapist-bundles"


def _json(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_data(as_text=True)
    content: dict[str, Any] = answer.json
    return content


def _create(api: FlaskClient, **order: Any) -> dict[str, Any]:
    return _json(api.post(f"{BUNDLES}/create", json=order), 201)


def _sent_bundle(api: FlaskClient, therapist_id: int) -> dict[str, Any]:
    created = _create(api, therapist_ids=[therapist_id], send=True)
    bundle: dict[str, Any] = created["bundles"][0]
    assert bundle["state"] == "sending", created
    return bundle


def _answer(api: FlaskClient, bundle: dict[str, Any], outcomes: dict[int, str], **more: Any) -> Any:
    responses = [{"search_id": s, "outcome": o} for s, o in outcomes.items()]
    body = {"responses": responses, "channel": "phone", **more}
    return api.put(f"{BUNDLES}/{bundle['id']}/response", json=body)


def _all(bundle: dict[str, Any], outcome: str, **but: str) -> dict[int, str]:
    ids = [p["search_id"] for p in bundle["patients"]]
    return {s: but.get(str(s), outcome) for s in ids}


def _events(database: Any) -> list[str]:
    with database.engine(database.url("matching_service")).connect() as session:
        return list(session.scalars(text("SELECT body->>'type' FROM outbox ORDER BY id")))


def test_a_preview_writes_no_bundle_and_creation_from_it_makes_exactly_it(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    for patient_id in range(1, 8):
        world.add_search(patient_id)

    preview = _json(api.post(f"{BUNDLES}/preview", json={}), 200)
    nothing = _json(api.get(BUNDLES), 200)
    created = _create(api, plan_id=preview["plan_id"])

    assert nothing["total"] == 0
    assert [p["search_id"] for p in preview["bundles"][0]["patients"]] == [
        p["search_id"] for p in created["bundles"][0]["patients"]
    ]
    assert preview["bundles"][0]["id"] is None
    assert created["bundles"][0]["bundle_size"] == 6


def test_a_part_of_a_preview_that_became_stale_is_skipped_and_says_so(
    api: FlaskClient, world: World
) -> None:
    for therapist_id in (1, 2):
        world.add_therapist(therapist_id)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    preview = _json(api.post(f"{BUNDLES}/preview", json={}), 200)
    world.add_therapist(2, version=2, status="gesperrt")

    created = _create(api, plan_id=preview["plan_id"])

    assert [b["therapist_id"] for b in created["bundles"]] == [1]
    assert [(s["therapist_id"], s["reason"]) for s in created["skipped"]] == [
        (2, "changed_meanwhile")
    ]


def test_the_same_creation_with_the_same_key_makes_no_second_wave(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    key = {"Idempotency-Key": "wave-1"}

    first = _json(api.post(f"{BUNDLES}/create", json={}, headers=key), 201)
    again = _json(api.post(f"{BUNDLES}/create", json={}, headers=key), 201)

    assert again["bundles"] == first["bundles"]
    assert again["plan_id"] == first["plan_id"]


def test_nobody_far_away_is_proposed(api: FlaskClient, world: World) -> None:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    far = world.add_search(4, **HAMBURG)

    created = _create(api)

    assert far not in [p["search_id"] for p in created["bundles"][0]["patients"]]
    assert {"search_id": far, "reason": "no_eligible_therapist"} in created["unplaced"]


def test_an_answer_places_one_cools_the_mailbox_and_the_next_wave_says_why(
    api: FlaskClient, world: World, database: Any
) -> None:
    world.add_therapist(1, mailbox="praxis")
    world.add_therapist(2, mailbox="praxis")
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3)]
    bundle = _sent_bundle(api, 1)

    answered = _json(
        _answer(api, bundle, _all(bundle, "rejected_capacity", **{str(searches[0]): "accepted"})),
        200,
    )
    told = _events(database)
    for patient_id in (4, 5, 6):
        world.add_search(patient_id)
    next_wave = _create(api)

    in_four_weeks = berlin_day(datetime.now(UTC)) + timedelta(days=28)
    assert answered["bundle"]["state"] == "answered"
    assert answered["bundle"]["response_type"] == "partial"
    assert answered["next_contactable_date"] == in_four_weeks.isoformat()
    assert world.search(searches[0]).status == "in_sessions"
    assert [(s["therapist_id"], s["reason"]) for s in next_wave["skipped"]] == [
        (1, "cooling"),
        (2, "cooling"),
    ]
    assert next_wave["skipped"][0]["detail"] == {"until": in_four_weeks.isoformat()}
    coolings = _json(api.get("/api/v2/staff/cooling-periods?active=true"), 200)["data"]
    assert [(c["therapist_ids"], c["next_contactable_date"]) for c in coolings] == [
        ([1, 2], in_four_weeks.isoformat())
    ]
    assert told[-4:] == [
        "bundle.sent",
        "search.status_changed",
        "cooling.started",
        "bundle.responded",
    ]


def test_the_same_answer_again_changes_nothing_and_another_one_is_refused(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    bundle = _sent_bundle(api, 1)
    rejection = _all(bundle, "rejected_capacity")

    first = _json(_answer(api, bundle, rejection), 200)
    again = _json(_answer(api, bundle, rejection), 200)
    other = _answer(api, bundle, _all(bundle, "accepted"))

    assert again == first
    refusal = _json(other, 409)
    assert refusal["type"] == "/problems/already-answered"
    assert refusal["bundle"] == first["bundle"]


def test_an_answer_has_to_cover_every_pending_patient_and_no_other(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3)]
    bundle = _sent_bundle(api, 1)

    problem = _json(_answer(api, bundle, {searches[0]: "accepted", 999: "accepted"}), 422)

    assert problem["type"] == "/problems/incomplete-response"
    assert (problem["missing"], problem["unknown"]) == (searches[1:], [999])
    assert world.search(searches[0]).status == "active"


@pytest.mark.parametrize(
    ("responded_at", "code"),
    [
        (timedelta(minutes=5), "in_the_future"),
    ],
)
def test_an_answer_from_the_future_is_refused(
    api: FlaskClient, world: World, responded_at: timedelta, code: str
) -> None:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    bundle = _sent_bundle(api, 1)
    moment = (datetime.now(UTC) + responded_at).isoformat()

    problem = _json(_answer(api, bundle, _all(bundle, "accepted"), responded_at=moment), 422)

    assert [(e["field"], e["code"]) for e in problem["errors"]] == [("responded_at", code)]


def test_two_acceptances_have_one_winner_and_one_conflict_and_no_error(
    api: FlaskClient, world: World
) -> None:
    for therapist_id in (1, 2):
        world.add_therapist(therapist_id)
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3)]
    first, second = _sent_bundle(api, 1), _sent_bundle(api, 2)
    wish = {str(searches[0]): "accepted"}

    won = _json(_answer(api, first, _all(first, "rejected_capacity", **wish)), 200)
    lost = _json(_answer(api, second, _all(second, "rejected_capacity", **wish)), 200)

    assert won["conflicts"] == []
    assert [(c["kind"], c["search_id"], c["state"]) for c in lost["conflicts"]] == [
        ("conflict", searches[0], "open")
    ]
    assert lost["bundle"]["accepted_count"] == 1
    assert lost["bundle"]["placed_count"] == 0
    assert world.search(searches[0]).accepted_therapist_id == 1


def test_after_a_failed_trial_the_search_goes_on_without_that_therapist(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3)]
    bundle = _sent_bundle(api, 1)
    wish = {str(searches[0]): "accepted"}
    _json(_answer(api, bundle, _all(bundle, "rejected_capacity", **wish)), 200)
    path = f"/api/v2/patient-searches/{searches[0]}/transitions"

    back = _json(api.post(path, json={"to": "active", "end_reason": "trial_failed"}), 200)
    world.add_therapist(2)
    other = _sent_bundle(api, 2)
    again = _json(_answer(api, other, _all(other, "accepted")), 200)

    assert [e["therapist_id"] for e in back["excluded_therapists"]] == [1]
    assert again["conflicts"] == []
    assert world.search(searches[0]).accepted_therapist_id == 2


def test_a_search_in_sessions_can_be_abandoned(api: FlaskClient, world: World) -> None:
    world.add_therapist(1)
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3)]
    bundle = _sent_bundle(api, 1)
    _json(_answer(api, bundle, _all(bundle, "accepted")), 200)
    path = f"/api/v2/patient-searches/{searches[0]}/transitions"

    gone = _json(api.post(path, json={"to": "abandoned", "end_reason": "withdrew"}), 200)

    assert (gone["status"], gone["end_reason"]) == ("abandoned", "withdrew")


def test_not_suitable_excludes_the_therapist_for_that_search_only(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3)]
    bundle = _sent_bundle(api, 1)
    wish = {str(searches[1]): "rejected_not_suitable"}

    _json(_answer(api, bundle, _all(bundle, "rejected_capacity", **wish)), 200)

    assert [world.search(s).excluded_therapists for s in searches] == [[], [1], []]


def test_a_search_moves_on_to_therapy_only_with_its_dates(api: FlaskClient, world: World) -> None:
    world.add_therapist(1)
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3)]
    bundle = _sent_bundle(api, 1)
    _json(_answer(api, bundle, _all(bundle, "accepted")), 200)
    path = f"/api/v2/patient-searches/{searches[0]}/transitions"

    too_early = _json(api.post(path, json={"to": "successful"}), 422)
    done = _json(
        api.post(
            path,
            json={
                "to": "successful",
                "first_meeting_on": "2026-11-02",
                "sessions_held": 2,
                "therapy_starts_on": "2026-12-01",
                "patient_continues": True,
            },
        ),
        200,
    )
    final = _json(api.post(path, json={"to": "active", "end_reason": "no_show"}), 409)

    assert [e["field"] for e in too_early["errors"]] == [
        "first_meeting_on",
        "sessions_held",
        "patient_continues",
    ]
    assert (done["status"], done["first_meeting_on"], done["sessions_held"]) == (
        "successful",
        "2026-11-02",
        2,
    )
    assert (final["type"], final["legal"]) == ("/problems/illegal-transition", [])


def test_a_paused_search_leaves_every_bundle_and_empties_drafts(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3)]
    bundle = _create(api)["bundles"][0]

    for search_id in searches:
        path = f"/api/v2/patient-searches/{search_id}/transitions"
        _json(api.post(path, json={"to": "paused", "resume_date": "2030-01-01"}), 200)

    cancelled = _json(api.get(f"{BUNDLES}/{bundle['id']}"), 200)
    assert (cancelled["state"], cancelled["patients"]) == ("cancelled", [])
    assert world.search(searches[0]).used_contacts == 0


def test_sending_checks_again_and_refuses_what_has_become_too_small(
    api: FlaskClient, world: World
) -> None:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    bundle = _create(api)["bundles"][0]
    world.add_patient(3, version=2, **HAMBURG)

    refused = _json(api.post(f"{BUNDLES}/{bundle['id']}/send"), 409)

    assert refused["type"] == "/problems/bundle-too-small"
    unchanged = _json(api.get(f"{BUNDLES}/{bundle['id']}"), 200)
    assert (unchanged["state"], len(unchanged["patients"])) == ("draft", 3)


def test_one_unfinished_search_per_patient(api: FlaskClient, world: World) -> None:
    first = world.add_search(1)

    with pytest.raises(Exception) as refused:
        world.add_search(1)

    assert getattr(refused.value, "search_id", None) == first


def test_a_permit_is_given_once_and_refused_after_an_answer(
    api: FlaskClient, world: World, issuer: Issuer
) -> None:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    bundle = _sent_bundle(api, 1)
    service = issuer.bearer("service", subject="communication-service")
    wanted = {"therapist_id": 1, "purpose": "inquiry", "inquiry_id": bundle["id"]}

    first = _json(api.post("/api/v2/contact-permits", json=wanted, headers=service), 201)
    again = _json(api.post("/api/v2/contact-permits", json=wanted, headers=service), 201)
    claim = f"/api/v2/contact-permits/{first['id']}/claim"
    claimed = _json(api.post(claim, headers=service), 200)
    second_mail = _json(
        api.post(
            "/api/v2/contact-permits",
            json={**wanted, "purpose": "reminder"},
            headers=service,
        ),
        409,
    )
    _json(_answer(api, bundle, _all(bundle, "rejected_other")), 200)
    late = _json(api.post(claim, headers=service), 409)

    assert again["id"] == first["id"]
    assert claimed["claimed_at"] is not None
    assert second_mail["type"] == "/problems/contact-too-soon"
    assert late["why"] == "cooling"
    as_staff = api.post("/api/v2/contact-permits", json=wanted)
    assert as_staff.status_code == 403


def test_a_pin_that_cannot_be_kept_is_named_with_its_reason(api: FlaskClient, world: World) -> None:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    far = world.add_search(4, **HAMBURG)

    created = _create(api, pinned=[{"therapist_id": 1, "search_id": far}])

    assert created["skipped"] == [
        {
            "therapist_id": 1,
            "reason": "pin_refused",
            "detail": {"search_id": far, "code": "too_far"},
        }
    ]
    assert created["bundles"][0]["bundle_size"] == 3
