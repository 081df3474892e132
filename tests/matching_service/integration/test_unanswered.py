"""Silence ends an inquiry: it is no answer, so nobody is left in peace for it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from matching_service.domain.bundles import BundleRules
from matching_service.use_cases.inquiries import close_unanswered
from matching_service.use_cases.phone_calls import note_call_scheduled
from matching_service.use_cases.sending import (
    note_mail_failed,
    note_mail_unknown,
    send_inquiry,
)
from shared.contracts.berlin import BERLIN, berlin_day, berlin_midnight
from tests.matching_service.desk import Desk
from tests.matching_service.world import World

SENT = datetime(2026, 10, 1, 21, 30, tzinfo=UTC)  # 23:30 in Berlin
DAY_28 = datetime(2026, 10, 29, tzinfo=BERLIN)


@pytest.fixture
def searches(world: World) -> list[int]:
    world.add_therapist(1)
    return [world.add_search(patient_id, budget=1) for patient_id in (1, 2, 3)]


@pytest.fixture
def desk(api: FlaskClient, world: World, searches: list[int]) -> Desk:
    assert searches
    return Desk(api, world)


def _close(world: World, now: datetime, days: int = 28) -> int:
    with world.database.transaction() as session:
        return close_unanswered(session, days, now)


def _send(world: World, bundle_id: int, at: datetime, recall: timedelta = timedelta()) -> None:
    with world.database.transaction() as session:
        send_inquiry(session, bundle_id, rules=BundleRules(), recall=recall, actor="anna", now=at)


def test_on_the_28th_berlin_day_an_inquiry_is_closed_and_not_a_moment_earlier(
    desk: Desk, world: World
) -> None:
    bundle = desk.sent(1, at=SENT)

    assert _close(world, DAY_28 - timedelta(microseconds=1)) == 0
    assert desk.read(bundle)["state"] == "sent"
    assert _close(world, DAY_28) == 1
    assert _close(world, DAY_28) == 0

    closed = desk.read(bundle)
    assert (closed["state"], closed["response_type"]) == ("closed", "no_response")
    assert set(desk.statuses(bundle).values()) == {"no_response"}
    assert closed["follow_up_due_on"] is None


def test_silence_costs_no_contact_and_starts_no_cooling(
    desk: Desk, world: World, searches: list[int]
) -> None:
    desk.sent(1, at=SENT)
    assert [world.search(one).used_contacts for one in searches] == [1, 1, 1]

    _close(world, DAY_28)

    assert [world.search(one).used_contacts for one in searches] == [0, 0, 0]
    assert desk.rows("SELECT * FROM mailbox_block WHERE kind = 'cooling'") == []
    last = desk.events()[-1]
    assert (last["type"], last["data"]["response_type"]) == ("bundle.closed", "no_response")
    assert last["data"]["search_ids"] == searches
    assert desk.draft(1)["bundle_size"] == 3  # may be asked again


def test_who_was_withdrawn_before_stays_withdrawn(
    desk: Desk, world: World, searches: list[int]
) -> None:
    bundle = desk.sent(1, at=SENT)
    desk.move(searches[0], "paused")

    _close(world, DAY_28)

    assert list(desk.statuses(bundle).values()) == ["withdrawn", "no_response", "no_response"]


@pytest.mark.parametrize(
    ("days", "closes_on"), [(14, date(2026, 10, 15)), (42, date(2026, 11, 12))]
)
def test_how_long_we_wait_is_a_setting(
    desk: Desk, world: World, days: int, closes_on: date
) -> None:
    desk.sent(1, at=SENT)
    midnight = datetime(closes_on.year, closes_on.month, closes_on.day, tzinfo=BERLIN)

    assert _close(world, midnight - timedelta(seconds=1), days) == 0
    assert _close(world, midnight, days) == 1


def test_an_inquiry_that_was_let_go_ends_in_time_although_nobody_knows_of_its_mail(
    desk: Desk, world: World, searches: list[int]
) -> None:
    bundle = desk.draft(1, send=True)
    ends = berlin_midnight(berlin_day(datetime.now(UTC)) + timedelta(days=28))

    assert _close(world, ends - timedelta(microseconds=1)) == 0
    assert desk.read(bundle)["state"] == "sending"
    assert _close(world, ends) == 1
    assert _close(world, ends) == 0

    closed = desk.read(bundle)
    assert (closed["state"], closed["response_type"]) == ("closed", "no_response")
    assert [world.search(one).used_contacts for one in searches] == [0, 0, 0]
    assert desk.draft(1)["bundle_size"] == 3  # the mailbox is free again


def test_what_can_still_be_recalled_is_not_closed(desk: Desk, world: World) -> None:
    bundle = desk.draft(1)
    _send(world, bundle["id"], SENT, recall=timedelta(days=60))

    assert _close(world, DAY_28) == 0


def test_an_inquiry_that_is_sent_once_more_waits_from_then_on(desk: Desk, world: World) -> None:
    bundle = desk.draft(1)
    _send(world, bundle["id"], SENT)
    with world.database.transaction() as session:
        note_mail_failed(session, bundle["id"], 7, "no_email", SENT + timedelta(days=20))
    assert desk.rows("SELECT let_go_at FROM therapeutenanfrage") == [{"let_go_at": None}]
    _send(world, bundle["id"], SENT + timedelta(days=20))

    assert _close(world, DAY_28 + timedelta(days=20) - timedelta(microseconds=1)) == 0
    assert _close(world, DAY_28 + timedelta(days=20)) == 1


def test_calling_about_an_inquiry_whose_mail_may_have_arrived_gives_it_no_more_time(
    desk: Desk, world: World, searches: list[int]
) -> None:
    bundle = desk.draft(1)
    _send(world, bundle["id"], SENT)
    with world.database.transaction() as session:
        note_mail_unknown(session, bundle["id"], 7, SENT)
        note_call_scheduled(session, bundle["id"], 9, SENT + timedelta(days=14))
    assert desk.read(bundle)["state"] == "sent"
    assert _close(world, DAY_28) == 1

    answered_on = (SENT + timedelta(days=10)).isoformat()
    answer = desk.answer(bundle, {searches[0]: "accepted"}, responded_at=answered_on)
    assert answer["bundle"]["state"] == "answered"


def test_an_answer_after_the_closing_is_still_an_answer(
    desk: Desk, world: World, searches: list[int]
) -> None:
    bundle = desk.sent(1, at=SENT)
    _close(world, DAY_28)

    answered = desk.answer(bundle, {searches[0]: "accepted"})

    assert (answered["bundle"]["state"], answered["bundle"]["response_type"]) == (
        "answered",
        "partial",
    )
    assert world.search(searches[0]).status == "in_sessions"


def test_an_inquiry_that_loses_its_last_patient_is_closed_and_no_response_is_claimed(
    desk: Desk, searches: list[int]
) -> None:
    bundle = desk.sent(1)
    for one in searches:
        assert desk.read(bundle)["state"] == "sent"
        desk.move(one, "abandoned", end_reason="moved")

    closed = desk.read(bundle)
    assert (closed["state"], closed["response_type"]) == ("closed", None)
    assert desk.events()[-2]["type"] == "bundle.closed"
