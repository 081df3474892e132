"""What matching does when a mail comes back, a letter is lost, or a reply waits to be read."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from matching_service.use_cases.search_moves import abandon_search_of_deleted_patient
from tests.matching_service.world import World

BUNDLES = "/api/v2/therapist-bundles"
AT = "2026-11-23T09:00:00Z"
Consume = Callable[..., None]


@pytest.fixture
def searches(world: World) -> list[int]:
    return [world.add_search(patient_id) for patient_id in (1, 2, 3)]


@pytest.fixture
def asked(api: FlaskClient, world: World, searches: list[int]) -> int:
    """An inquiry on its way to therapist 1."""
    assert searches
    world.add_therapist(1, mailbox="a")
    return create(api)


@pytest.fixture
def sent(asked: int, consume: Consume) -> int:
    tell(consume, "email_sent", asked)
    return asked


def create(api: FlaskClient) -> int:
    answer = api.post(f"{BUNDLES}/create", json={"send": True, "therapist_ids": [1]})
    return int((answer.json or {})["bundles"][0]["id"])


def tell(
    consume: Consume, moment: str, bundle_id: int | None, purpose: str = "inquiry", **data: Any
) -> None:
    about = {"email_id": 7, "bundle_id": bundle_id, "therapist_id": 1, "purpose": purpose}
    consume(f"communication.{moment}", bundle_id or 7, **about, at=AT, **data)


def tell_mailbox(consume: Consume, moment: str, version: int) -> None:
    data = {"mailbox_key": "a", "therapist_id": 1, "at": AT}
    consume(f"communication.{moment}", "a", **data, version=version)


def open_tasks(api: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/api/v2/staff/tasks?state=open").get_json()["data"]
    return found


def kinds(api: FlaskClient) -> list[tuple[str, int]]:
    return [(task["kind"], task["ref_id"]) for task in open_tasks(api)]


def bundle(api: FlaskClient, bundle_id: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{BUNDLES}/{bundle_id}").get_json()
    return found


def used_contacts(world: World, searches: list[int]) -> list[int]:
    return [world.search(search_id).used_contacts for search_id in searches]


def test_an_inquiry_whose_mail_came_back_is_a_draft_again_and_a_task(
    api: FlaskClient, sent: int, consume: Consume
) -> None:
    tell(consume, "email_bounced", sent, reason="bad_address")

    draft = bundle(api, sent)
    assert (draft["state"], draft["sent_date"], draft["follow_up_due_on"]) == ("draft", None, None)
    assert [row["status"] for row in draft["patients"]] == ["pending"] * 3
    assert kinds(api) == [("mail_bounced", sent)]
    assert "Adresse" in open_tasks(api)[0]["text"]


def test_a_mail_that_is_refused_because_of_its_address_is_the_same_task(
    api: FlaskClient, asked: int, consume: Consume
) -> None:
    tell(consume, "email_failed", asked, reason="bad_address")

    assert (bundle(api, asked)["state"], kinds(api)) == ("draft", [("mail_bounced", asked)])


def test_who_left_after_the_mail_that_never_arrived_has_used_no_contact(
    api: FlaskClient, world: World, searches: list[int], sent: int, consume: Consume
) -> None:
    with world.database.transaction() as session:
        abandon_search_of_deleted_patient(session, 3, datetime.now(UTC))
    assert used_contacts(world, searches) == [1, 1, 1]

    tell(consume, "email_bounced", sent, reason="bad_address")

    assert used_contacts(world, searches) == [1, 1, 0]
    assert bundle(api, sent)["bundle_size"] == 2


def test_an_answer_that_came_another_way_stays_an_answer(
    api: FlaskClient, searches: list[int], sent: int, consume: Consume
) -> None:
    answers = [{"search_id": search, "outcome": "rejected_capacity"} for search in searches]
    api.put(f"{BUNDLES}/{sent}/response", json={"responses": answers, "channel": "phone"})

    tell(consume, "email_bounced", sent, reason="bad_address")

    assert (bundle(api, sent)["state"], kinds(api)) == ("answered", [])


def test_the_same_inquiry_may_be_sent_again_within_the_seven_days(
    api: FlaskClient, sent: int, consume: Consume
) -> None:
    tell(consume, "email_bounced", sent, reason="not_delivered")

    again = api.post(f"{BUNDLES}/{sent}/send")

    assert (again.status_code, bundle(api, sent)["state"]) == (202, "sending")


@pytest.mark.parametrize(
    ("phone", "status", "slug"), [(True, 202, None), (False, 409, "no-channel")]
)
def test_a_practice_at_a_bad_address_has_the_telephone_or_no_channel(
    api: FlaskClient, world: World, sent: int, consume: Consume, phone: bool, status: int, slug: str
) -> None:
    world.add_therapist(1, mailbox="a", version=2, has_phone=phone)
    tell_mailbox(consume, "mailbox_failed", 1)
    tell(consume, "email_bounced", sent, reason="bad_address")

    again = api.post(f"{BUNDLES}/{sent}/send")

    assert again.status_code == status
    assert again.get_json().get("type") == (f"/problems/{slug}" if slug else None)


@pytest.mark.parametrize(("version", "reached"), [(1, False), (2, False), (3, True)])
def test_a_mailbox_is_reached_again_once_somebody_says_so_and_old_news_change_nothing(
    api: FlaskClient, sent: int, world: World, consume: Consume, version: int, reached: bool
) -> None:
    world.add_therapist(1, mailbox="a", version=2, has_phone=False)
    tell_mailbox(consume, "mailbox_failed", 2)
    tell(consume, "email_bounced", sent, reason="bad_address")

    tell_mailbox(consume, "mailbox_restored", version)

    assert (api.post(f"{BUNDLES}/{sent}/send").status_code == 202) is reached


def test_a_letter_that_did_not_arrive_waits_for_a_person_until_it_does(
    api: FlaskClient, sent: int, consume: Consume
) -> None:
    tell(consume, "email_failed", sent, "confirmation", reason="refused_by_mail_server")

    [task] = open_tasks(api)
    assert (task["kind"], task["ref"], task["ref_id"]) == ("letter_failed", "email", 7)
    assert (task["bundle_id"], task["therapist_id"]) == (sent, 1)
    assert bundle(api, sent)["state"] == "sent"

    tell(consume, "email_sent", sent, "confirmation")
    assert open_tasks(api) == []


def test_a_letter_of_which_nothing_is_known_is_a_task_until_it_comes_back(
    api: FlaskClient, sent: int, consume: Consume
) -> None:
    tell(consume, "email_unknown", sent, "confirmation")
    [task] = open_tasks(api)
    assert (task["kind"], task["ref"], task["ref_id"]) == ("letter_unknown", "email", 7)

    tell(consume, "email_bounced", sent, "confirmation", reason="bad_address")
    assert [task["kind"] for task in open_tasks(api)] == ["letter_failed"]


def test_a_letter_to_a_patient_is_a_task_about_the_search(
    api: FlaskClient, searches: list[int], consume: Consume
) -> None:
    about = {"email_id": 8, "therapist_id": None, "search_id": searches[0]}
    told = {"purpose": "search_started", "at": AT, "reason": "bad_address"}
    consume("communication.email_bounced", 8, bundle_id=None, **about, **told)

    [task] = open_tasks(api)
    assert (task["kind"], task["ref_id"], task["search_id"]) == ("letter_failed", 8, searches[0])


@pytest.mark.parametrize(
    ("purpose", "reason", "is_task"),
    [
        ("confirmation", "postponed_by_mail_server", True),
        ("confirmation", "nobody_left", False),
        ("confirmation", "therapist_gone", False),
        ("consent_missing", "refused_by_mail_server", True),
        ("reminder", "cooling-active", False),
        ("reminder", "refused_by_mail_server", False),
        ("reminder", "bad_address", True),
    ],
)
def test_only_what_somebody_will_miss_is_a_task(
    api: FlaskClient, sent: int, consume: Consume, purpose: str, reason: str, is_task: bool
) -> None:
    tell(consume, "email_failed", sent, purpose, reason=reason)

    assert bool(open_tasks(api)) is is_task


def test_a_reply_waits_for_a_person_until_it_is_settled(
    api: FlaskClient, sent: int, consume: Consume
) -> None:
    data = {"reply_id": 5, "bundle_id": sent, "therapist_id": 1, "at": AT}
    consume("communication.reply_received", 5, **data)

    [task] = open_tasks(api)
    assert (task["kind"], task["ref"], task["ref_id"]) == ("reply_waiting", "reply", 5)
    assert task["bundle_id"] == sent

    consume("communication.reply_settled", 5, **data)
    assert open_tasks(api) == []
