"""What is down passes, and the events come again; what breaks over one event parks that event."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from shared.db import Contended
from shared.http.service_client import ServiceFailed, ServiceUnavailable
from tests.shared.integration.inboxes import Inbox, event

KILL_MYSELF = text("SELECT pg_terminate_backend(pg_backend_pid())")


def _other_service_down(_: Session) -> None:
    raise ServiceUnavailable


def _kill_connection(session: Session) -> None:
    session.execute(KILL_MYSELF)


OUTAGES = pytest.mark.parametrize(
    ("outage", "error"),
    [
        pytest.param(_other_service_down, ServiceUnavailable, id="another service"),
        pytest.param(_kill_connection, OperationalError, id="the database"),
    ],
)


@OUTAGES
def test_an_outage_parks_nothing_and_the_events_come_again(
    inbox: Inbox, outage: Callable[[Session], object], error: type[Exception]
) -> None:
    inbox.ward.before_effect = outage
    with pytest.raises(error):
        inbox.receive(event("7"), event("8"))
    inbox.ward.before_effect = lambda _: None
    assert inbox.parked() == []

    assert inbox.receive() == 2
    assert inbox.effects() == [("7", 1), ("8", 1)]


@pytest.mark.parametrize("kind", ["reaction", "projection"])
def test_a_service_that_breaks_over_one_event_parks_its_key_and_nothing_else(
    inbox: Inbox, projection: Inbox, kind: str
) -> None:
    mine = {"reaction": inbox, "projection": projection}[kind]
    mine.ward.broken, mine.ward.failure = {"7"}, ServiceFailed(500, {})

    mine.receive(event("6"), event("7"), event("8"))

    assert mine.parked() == [("7", 1, 1)]
    assert mine.receive() == 0


def test_an_outage_during_a_retry_costs_time_but_no_attempt(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(event("7"))
    inbox.ward.before_effect = _other_service_down

    assert inbox.retry() == 0

    assert inbox.parked() == [("7", 1, 1)]
    assert inbox.rows("SELECT next_attempt_at > clock_timestamp() FROM parked") == [(True,)]


def test_an_outage_over_one_key_does_not_hold_up_the_retry_of_others(inbox: Inbox) -> None:
    inbox.ward.broken = {"6", "7", "8"}
    inbox.receive(event("6"), event("7"), event("8"))
    inbox.ward.broken, inbox.ward.failure = {"6"}, ServiceUnavailable()

    assert inbox.retry() == 2
    assert inbox.effects() == [("7", 1), ("8", 1)]


def test_a_retry_whose_connection_is_lost_changes_nothing(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(event("7"))
    inbox.ward.broken, inbox.ward.before_effect = set(), _kill_connection
    with pytest.raises(OperationalError):
        inbox.retry()
    inbox.ward.before_effect = lambda _: None

    assert inbox.parked() == [("7", 1, 1)]
    assert inbox.retry() == 1


def test_a_value_that_cannot_even_be_sent_to_the_database_is_no_outage(inbox: Inbox) -> None:
    unsendable = event("7")
    unsendable.data["version"] = {"a": "table"}  # type: ignore[index]

    inbox.receive(event("6"), unsendable, event("8"))

    assert inbox.effects() == [("6", 1), ("8", 1)]
    assert [key for key, *_ in inbox.rows("SELECT key FROM parked")] == ["7"]


def test_a_retry_that_fails_at_its_commit_does_not_hold_up_the_others(
    inbox: Inbox, ends: Any
) -> None:
    inbox.ward.broken = {"7", "8"}
    inbox.receive(event("7"), event("8"))
    inbox.ward.broken = set()
    _raise(ends, "23514", when="NEW.key = '7'", at_commit=True)

    assert inbox.retry() == 1

    assert inbox.effects() == [("8", 1)]
    assert inbox.parked() == [("7", 1, 2)]


CONTENDED = pytest.mark.parametrize("state", ["40001", "40P01", "55P03", "57014"])


@CONTENDED
def test_an_event_that_always_runs_out_of_locks_or_time_is_parked_and_nothing_else(
    inbox: Inbox, ends: Any, state: str
) -> None:
    _raise(ends, state, when="NEW.key = '7'")

    inbox.receive(event("6"), event("7"), event("8"))
    inbox.retry()

    assert inbox.effects() == [("6", 1), ("8", 1)]
    assert inbox.parked() == [("7", 1, 2)]
    assert inbox.receive() == 0


@CONTENDED
def test_events_that_are_in_each_others_way_together_go_through_alone(
    inbox: Inbox, ends: Any, state: str
) -> None:
    in_company = "EXISTS (SELECT FROM effect WHERE xmin = pg_current_xact_id()::xid)"
    _raise(ends, state, when=in_company)

    inbox.receive(event("7"), event("8"), event("7", 2))

    assert inbox.effects() == [("7", 1), ("8", 1), ("7", 2)]
    assert inbox.parked() == []


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_an_event_that_gives_way_to_another_transaction_begins_anew_and_is_not_parked(
    inbox: Inbox, ends: Any, state: str
) -> None:
    ends.as_owner("matching_service", "CREATE SEQUENCE attempt")  # no rollback takes it back
    ends.as_owner("matching_service", "GRANT USAGE ON SEQUENCE attempt TO matching_service_app")
    _raise(ends, state, when="nextval('attempt') <= 2")

    inbox.receive(event("7"))

    assert inbox.effects() == [("7", 1)]
    assert inbox.parked() == []


def test_an_event_whose_surroundings_changed_under_it_begins_anew_and_is_not_parked(
    inbox: Inbox,
) -> None:
    surprises = [Contended(), Contended()]

    def look(_: Session) -> None:
        if surprises:
            raise surprises.pop()

    inbox.ward.before_effect = look

    inbox.receive(event("7"))

    assert inbox.effects() == [("7", 1)]
    assert inbox.parked() == []


def _raise(ends: Any, state: str, when: str, *, at_commit: bool = False) -> None:
    trigger, moment = "TRIGGER stumble BEFORE", ""
    if at_commit:
        trigger, moment = "CONSTRAINT TRIGGER stumble AFTER", "DEFERRABLE INITIALLY DEFERRED"
    ends.as_owner(
        "matching_service",
        f"""
        CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {when} THEN RAISE SQLSTATE '{state}'; END IF;
            RETURN NEW;
        END $$;
        CREATE {trigger} INSERT ON effect {moment} FOR EACH ROW EXECUTE FUNCTION stumble();
        """,
    )
