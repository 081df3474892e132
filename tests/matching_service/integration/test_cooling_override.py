"""A practice calls with an opening: staff end its cooling, and everybody can see who and why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.berlin import berlin_day
from tests.issuer import Issuer
from tests.matching_service.desk import BUNDLES, Desk
from tests.matching_service.integration.law.law_in_sql import Law
from tests.matching_service.world import World

COOLINGS = "/api/v2/staff/cooling-periods"


@pytest.fixture
def law(database: Any) -> Law:
    return Law(
        database.engine(database.url("matching_service")),
        database.engine(database.owner_url("matching_service")),
    )


@pytest.fixture
def desk(api: FlaskClient, world: World) -> Desk:
    for therapist_id in (1, 2):
        world.add_therapist(therapist_id, mailbox="praxis")
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    return Desk(api, world)


def _permit(desk: Desk, issuer: Issuer, bundle: dict[str, Any], status: int = 201) -> Any:
    wanted = {
        "therapist_id": bundle["therapist_id"],
        "purpose": "inquiry",
        "inquiry_id": bundle["id"],
    }
    headers = issuer.bearer("service")
    return desk.call("POST", "/api/v2/contact-permits", status, json=wanted, headers=headers)


def _cooling(desk: Desk) -> dict[str, Any]:
    [cooling] = desk.call("GET", COOLINGS, 200)["data"]
    found: dict[str, Any] = cooling
    return found


def _override(desk: Desk, cooling_id: int, status: int = 200, reason: str = "Platz frei") -> Any:
    path = f"{COOLINGS}/{cooling_id}/override"
    return desk.call("POST", path, status, json={"reason": reason})


def test_after_an_override_the_practice_can_be_asked_at_once(desk: Desk, issuer: Issuer) -> None:
    """Although it was written to today: the quiet after that mail is lifted as well."""
    bundle = desk.sent(1)
    _permit(desk, issuer, bundle)
    desk.answer(bundle, {})
    order = {"therapist_ids": [2]}
    before = desk.call("POST", f"{BUNDLES}/preview", 200, json=order)

    overridden = _override(desk, _cooling(desk)["id"])
    again = desk.draft(2, send=True)
    permit = _permit(desk, issuer, again)

    assert [one["reason"] for one in before["skipped"]] == ["cooling"]
    assert overridden["override"]["reason"] == "Platz frei"
    assert overridden == _cooling(desk)
    assert again["state"] == "sending"
    claim = f"/api/v2/contact-permits/{permit['id']}/claim"
    desk.call("POST", claim, 200, headers=issuer.bearer("service"))


def test_it_allows_one_mail_and_not_two(desk: Desk, issuer: Issuer) -> None:
    bundle = desk.sent(1)
    desk.answer(bundle, {})
    _override(desk, _cooling(desk)["id"])
    _permit(desk, issuer, desk.draft(2, send=True))

    headers = issuer.bearer("service")
    wanted = {"therapist_id": 1, "purpose": "v1_batch"}
    refused = desk.call("POST", "/api/v2/contact-permits", 409, json=wanted, headers=headers)
    preview = desk.call("POST", f"{BUNDLES}/preview", 200, json={"therapist_ids": [1]})

    assert refused["type"] == "/problems/contact-too-soon"
    assert preview["bundles"] == []


def test_others_are_told_from_when_the_practice_may_be_contacted(desk: Desk) -> None:
    desk.answer(desk.sent(1), {})
    cooling = _cooling(desk)

    _override(desk, cooling["id"])

    last, today = desk.events()[-1], berlin_day(datetime.now(UTC)).isoformat()
    assert last["type"] == "cooling.overridden"
    assert (last["data"]["version"], last["data"]["therapist_ids"]) == (cooling["id"], [1, 2])
    assert last["data"]["next_contactable_date"] == today


def test_another_cooling_of_the_same_practice_goes_on(desk: Desk, law: Law) -> None:
    desk.answer(desk.sent(1), {})
    first = _cooling(desk)
    mailbox = desk.rows("SELECT id FROM mailbox")[0]["id"]
    until = berlin_day(datetime.now(UTC)) + timedelta(days=60)
    second = law.answer(mailbox, until.isoformat()).id

    _override(desk, second)

    assert desk.events()[-1]["data"]["next_contactable_date"] == first["next_contactable_date"]
    refused = desk.call("POST", f"{BUNDLES}/preview", 200, json={"therapist_ids": [1]})
    assert refused["skipped"][0]["detail"] == {"until": first["next_contactable_date"]}


def test_the_same_override_again_changes_nothing_and_another_one_is_refused(desk: Desk) -> None:
    desk.answer(desk.sent(1), {})
    cooling_id = _cooling(desk)["id"]

    first = _override(desk, cooling_id)
    told = len(desk.events())
    again = _override(desk, cooling_id)
    other = _override(desk, cooling_id, 409, reason="doch nicht")

    assert again == first
    assert len(desk.events()) == told
    assert (other["type"], other["legal"]) == ("/problems/illegal-transition", [])


def test_a_cooling_that_is_over_needs_no_override(desk: Desk, law: Law) -> None:
    mailbox = desk.rows("SELECT id FROM mailbox")[0]["id"]
    law.turn_clock("2026-01-05T10:00Z")
    over = law.answer(mailbox, "2026-02-02").id

    assert _override(desk, over, 409)["current"] == "over"


def test_only_coolings_can_be_overridden_by_staff_with_a_reason(desk: Desk, issuer: Issuer) -> None:
    bundle = desk.sent(1)
    _permit(desk, issuer, bundle)
    contact = desk.rows("SELECT id FROM mailbox_block")[0]["id"]
    path = f"{COOLINGS}/{contact}/override"

    _override(desk, contact, 404)
    _override(desk, 4711, 404)
    desk.call("POST", path, 422, json={"reason": " "})
    desk.call("POST", path, 403, json={"reason": "x"}, headers=issuer.bearer("service"))


def test_a_list_of_coolings_says_how_many_there_are(desk: Desk, world: World, law: Law) -> None:
    mailboxes = [world.add_therapist(number) for number in (11, 12, 13)]
    for mailbox in mailboxes:
        law.answer(mailbox, "2099-01-01")

    first = desk.call("GET", f"{COOLINGS}?limit=2", 200)
    rest = desk.call("GET", f"{COOLINGS}?limit=2&cursor={first['next']}", 200)
    over = desk.call("GET", f"{COOLINGS}?active=false", 200)

    assert [first["total"], rest["total"], over["total"]] == [3, 3, 0]
    assert [len(first["data"]), len(rest["data"]), rest["next"]] == [2, 1, None]
