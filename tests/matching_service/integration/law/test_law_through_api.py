"""The same laws, met through the HTTP door."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import text

from matching_service.config import Config
from tests.issuer import Issuer
from tests.matching_service.conftest import deadlocks, environment_of
from tests.matching_service.integration.law.law_in_sql import Law
from tests.matching_service.integration.law.test_cooling import EXEMPT, MIDNIGHTS
from tests.matching_service.world import World
from tests.served import served

BUNDLES = "/api/v2/therapist-bundles"


class Permits:
    """The communication service asking for contacts with therapist 1."""

    def __init__(self, api: FlaskClient, issuer: Issuer) -> None:
        self._api = api
        self._header = issuer.bearer("service", subject="communication-service")

    def ask(
        self, purpose: str = "inquiry", key: str | None = None, **more: int
    ) -> tuple[int, dict[str, Any]]:
        wanted = {"therapist_id": 1, "purpose": purpose, **more}
        headers = {**self._header, **({"Idempotency-Key": key} if key else {})}
        answer = self._api.post("/api/v2/contact-permits", json=wanted, headers=headers)
        return answer.status_code, answer.json or {}


@pytest.fixture
def permits(api: FlaskClient, issuer: Issuer) -> Permits:
    return Permits(api, issuer)


@pytest.mark.parametrize(("date", "last_moment", "midnight"), MIDNIGHTS)
def test_a_permit_is_refused_until_the_date_and_given_from_its_first_moment(
    permits: Permits, world: World, law: Law, date: str, last_moment: str, midnight: str
) -> None:
    mailbox = world.add_therapist(1)
    law.turn_clock("2026-01-05T10:00Z")
    law.answer(mailbox, date)

    law.turn_clock(last_moment)
    refused, problem = permits.ask()
    law.turn_clock(midnight)
    given, _ = permits.ask()

    assert (refused, problem["type"]) == (409, "/problems/cooling-active")
    assert problem["next_contactable_date"] == date
    assert given == 201


@pytest.mark.parametrize("purpose", EXEMPT)
def test_what_is_owed_to_a_therapist_may_be_sent_while_cooling(
    permits: Permits, world: World, law: Law, purpose: str
) -> None:
    law.answer(world.add_therapist(1), "2099-01-01")

    assert permits.ask(purpose)[0] == 201


def test_a_second_unsolicited_mail_is_refused_for_seven_days_to_the_second(
    permits: Permits, world: World, law: Law
) -> None:
    world.add_therapist(1)
    law.turn_clock("2026-11-02T09:00Z")
    first, _ = permits.ask("inquiry")
    law.turn_clock("2026-11-09T08:59:59.999999Z")
    early, problem = permits.ask("reminder")
    law.turn_clock("2026-11-09T09:00Z")
    in_time, _ = permits.ask("reminder")

    assert (first, early, in_time) == (201, 409, 201)
    assert problem["type"] == "/problems/contact-too-soon"
    assert problem["contactable_from"] == "2026-11-09T09:00:00+00:00"


@pytest.mark.parametrize("purpose", ["v1_batch", *EXEMPT])
def test_the_same_key_is_the_same_contact_and_another_key_another(
    permits: Permits, world: World, purpose: str
) -> None:
    world.add_therapist(1)

    first = permits.ask(purpose, key="email 1")
    again = permits.ask(purpose, key="email 1")
    other = permits.ask(purpose, key="email 2")

    assert first == again
    assert first[0] == 201
    if purpose == "v1_batch":
        assert other[1]["type"] == "/problems/contact-too-soon"
    else:
        assert other[1]["id"] != first[1]["id"]


def test_a_permit_that_was_not_used_on_its_day_is_asked_for_anew(
    api: FlaskClient, permits: Permits, world: World, law: Law
) -> None:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    created = api.post(f"{BUNDLES}/create", json={"send": True}).json or {}
    inquiry_id = created["bundles"][0]["id"]
    law.turn_clock("2026-11-02T22:59Z")
    _, first = permits.ask(inquiry_id=inquiry_id)
    law.turn_clock("2026-11-02T23:00Z")
    given, second = permits.ask(inquiry_id=inquiry_id)
    law.turn_clock("2026-11-09T22:59:59Z")
    too_soon, problem = permits.ask("reminder")

    assert (given, second["id"] != first["id"]) == (201, True)
    assert too_soon == 409
    assert problem["contactable_from"].startswith("2026-11-09T23:00:00")


def test_an_answer_from_weeks_ago_is_recorded_and_cools_no_longer_than_it_would_have(
    api: FlaskClient, world: World, law: Law
) -> None:
    world.add_therapist(1)
    for patient_id in (1, 2, 3):
        world.add_search(patient_id)
    created = api.post(f"{BUNDLES}/create", json={"send": True}).json or {}
    bundle = created["bundles"][0]
    forty_days_ago = datetime.now(UTC) - timedelta(days=40)
    with law.owner.begin() as owner:
        owner.execute(
            text("UPDATE therapeutenanfrage SET created_date = :then, let_go_at = :then"),
            {"then": forty_days_ago},
        )

    answer = api.put(
        f"{BUNDLES}/{bundle['id']}/response", json=_rejecting(bundle, at=forty_days_ago)
    )
    next_wave = api.post(f"{BUNDLES}/preview", json={}).json or {}

    assert answer.status_code == 200, answer.json
    assert [b["therapist_id"] for b in next_wave["bundles"]] == [1]


def test_of_many_acceptances_at_once_each_patient_has_one_and_nobody_gets_an_error(
    world: World, config: Config, issuer: Issuer, database: Any
) -> None:
    therapists = list(range(1, 9))
    for therapist_id in therapists:
        world.add_therapist(therapist_id)
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3)]
    header = issuer.bearer("staff")
    with served("matching_service", environment_of(config)) as url:
        wave = requests.post(
            f"{url}{BUNDLES}/create", json={"send": True}, headers=header, timeout=60
        ).json()
        answers = _accept_all_at_once(url, header, wave["bundles"])

    assert Counter(a.status_code for a in answers) == {200: len(therapists)}
    placed = sum(a.json()["bundle"]["placed_count"] for a in answers)
    conflicts = sum(len(a.json()["conflicts"]) for a in answers)
    assert (placed, conflicts) == (3, 3 * len(therapists) - 3)
    with database.engine(database.url("matching_service")).connect() as rows:
        accepted = rows.scalars(
            text("SELECT platzsuche_id FROM therapeut_anfrage_patient WHERE status = 'accepted'")
        ).all()
    assert sorted(accepted) == searches
    assert deadlocks(database) == 0


def _accept_all_at_once(
    url: str, header: dict[str, str], bundles: list[dict[str, Any]]
) -> list[requests.Response]:
    start = Barrier(len(bundles))

    def accept(bundle: dict[str, Any]) -> requests.Response:
        start.wait()
        return requests.put(
            f"{url}{BUNDLES}/{bundle['id']}/response",
            json=_answering(bundle, "accepted"),
            headers=header,
            timeout=60,
        )

    with ThreadPoolExecutor(len(bundles)) as pool:
        return list(pool.map(accept, bundles))


def _answering(bundle: dict[str, Any], outcome: str) -> dict[str, Any]:
    responses = [{"search_id": p["search_id"], "outcome": outcome} for p in bundle["patients"]]
    return {"responses": responses, "channel": "phone"}


def _rejecting(bundle: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    return {**_answering(bundle, "rejected_capacity"), "responded_at": at.isoformat()}
