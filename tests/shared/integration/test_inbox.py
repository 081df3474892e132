"""Events on their way in: effects once and in order, and a failure harms only its own key."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from shared.events.consumer import BATCH, TOGETHER
from shared.events.handlers import Handlers
from shared.events.transport import TransportLost
from tests.shared.integration.inboxes import TOPIC, Inbox, event


def test_an_event_has_its_effect_once(inbox: Inbox) -> None:
    assert inbox.receive(event("7")) == 1
    assert inbox.receive() == 0
    assert inbox.effects() == [("7", 1)]


def test_an_event_has_its_effect_once_although_the_acknowledgement_was_lost(
    inbox: Inbox, ends: Any
) -> None:
    inbox.ward.before_effect = lambda _: ends.sever("events")
    with pytest.raises(TransportLost):
        inbox.receive(event("7"), event("8"))
    inbox.ward.before_effect = lambda _: None

    assert inbox.receive() == 2
    assert inbox.effects() == [("7", 1), ("8", 1)]


def test_a_batch_may_take_longer_than_other_transactions_may_be_idle(inbox: Inbox) -> None:
    longest = "SELECT extract(epoch FROM current_setting(%s)::interval)"
    inbox.receive()

    with inbox.transport._reader.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute(longest, ("idle_in_transaction_session_timeout",))
        assert cursor.fetchone() == (300,)


@pytest.mark.parametrize(("kind", "transactions"), [("inbox", 1), ("alone", 3)])
def test_reactions_that_lock_several_rows_have_a_transaction_each(
    kind: str, transactions: int, request: pytest.FixtureRequest
) -> None:
    inbox: Inbox = request.getfixturevalue(kind)

    inbox.receive(event("7"), event("8"), event("7", 2))

    assert inbox.effects() == [("7", 1), ("8", 1), ("7", 2)]
    assert inbox.rows("SELECT count(DISTINCT xmin::text) FROM effect") == [(transactions,)]


def test_a_replay_repeats_no_reaction(inbox: Inbox) -> None:
    inbox.receive(event("7"))
    inbox.transport.rewind([TOPIC])

    assert inbox.receive() == 1
    assert inbox.effects() == [("7", 1)]


def test_types_that_nobody_handles_are_passed_over(inbox: Inbox) -> None:
    assert inbox.receive(event("7", kind="patient.deleted"), event("7", 2)) == 2
    assert inbox.effects() == [("7", 2)]
    assert inbox.receive() == 0


def test_a_failing_event_parks_its_key_and_nothing_else(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}

    inbox.receive(event("6"), event("7"), event("8"), event("7", 2), event("8", 2))

    assert inbox.effects() == [("6", 1), ("8", 1), ("8", 2)]
    assert inbox.parked() == [("7", 1, 1), ("7", 2, 0)]
    assert inbox.receive() == 0


def test_later_events_of_a_parked_key_queue_up_behind_it(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(event("7"))
    inbox.ward.broken = set()

    inbox.receive(event("7", 2), event("8"))
    inbox.receive(event("7", 3))

    assert inbox.effects() == [("8", 1)]
    assert inbox.parked() == [("7", 1, 1), ("7", 2, 0), ("7", 3, 0)]


def test_a_retry_heals_a_key_in_the_order_of_its_events(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(event("7"), event("7", 2), event("7", 3))
    inbox.ward.broken = set()

    assert inbox.retry() == 3
    assert inbox.effects() == [("7", 1), ("7", 2), ("7", 3)]
    assert inbox.parked() == []
    inbox.receive(event("7", 4))
    assert inbox.effects()[-1] == ("7", 4)


def test_a_retry_that_fails_keeps_the_whole_key_waiting_for_longer(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(event("7"), event("7", 2))

    assert inbox.retry() == 0
    assert inbox.parked() == [("7", 1, 2), ("7", 2, 0)]
    assert inbox.rows("SELECT next_attempt_at > clock_timestamp() FROM parked ORDER BY id") == [
        (True,),
        (False,),
    ]
    assert inbox.effects() == []


def test_a_key_that_stays_broken_does_not_hold_up_the_retry_of_others(inbox: Inbox) -> None:
    inbox.ward.broken = {"6", "7", "8"}
    inbox.receive(event("6"), event("7"), event("8"))
    inbox.ward.broken = {"6"}

    assert inbox.retry() == 2
    assert inbox.effects() == [("7", 1), ("8", 1)]


def test_what_is_not_due_is_not_retried(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(event("7"))
    inbox.ward.broken = set()

    assert inbox.consumer.retry_parked() == 0
    assert inbox.parked() == [("7", 1, 1)]


def test_a_parked_event_that_comes_again_is_parked_once(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(event("7"))
    inbox.transport.rewind([TOPIC])

    inbox.receive()

    assert inbox.parked() == [("7", 1, 1)]


def test_a_parked_event_says_what_failed_without_quoting_anybody(inbox: Inbox) -> None:
    inbox.ward.broken = {"7"}
    inbox.receive(event("7"), event("7", 2))

    assert inbox.rows("SELECT error FROM parked ORDER BY id") == [("ValueError",), (None,)]


def test_a_projection_gets_a_batch_at_once_in_order(projection: Inbox) -> None:
    projection.receive(event("7", kind="patient.created"), event("8"), event("7", 2))

    assert projection.ward.batches == [["7", "8", "7"]]


def test_a_replay_repeats_projections(projection: Inbox) -> None:
    projection.receive(event("7"), event("8"))
    projection.transport.rewind([TOPIC])
    projection.receive()

    assert projection.ward.batches == [["7", "8"], ["7", "8"]]


def test_a_failing_projection_is_tried_in_halves_down_to_its_culprit(projection: Inbox) -> None:
    projection.ward.broken = {"7"}

    projection.receive(event("6"), event("7"), event("8"))

    assert projection.ward.batches == [["6", "7", "8"], ["6"], ["7", "8"], ["7"], ["8"]]
    assert projection.parked() == [("7", 1, 1)]


def test_one_bad_event_costs_a_full_batch_a_few_transactions(projection: Inbox) -> None:
    projection.ward.broken = {"bad"}
    keys = [str(number) for number in range(BATCH)]
    keys[BATCH // 2] = "bad"

    assert projection.receive(*map(event, keys)) == BATCH

    assert projection.parked() == [("bad", 1, 1)]
    assert len(projection.ward.batches) <= BATCH / TOGETHER + 2 * math.log2(TOGETHER) + 2


def test_many_parked_keys_cost_the_others_nothing(projection: Inbox) -> None:
    keys = [str(number) for number in range(TOGETHER)]
    projection.ward.broken = set(keys[::2])
    projection.receive(*map(event, keys))
    projection.ward.batches.clear()

    projection.receive(*(event(key, 2) for key in keys))

    assert projection.ward.batches == [keys[1::2]]


def test_a_batch_that_is_broken_off_comes_again_and_takes_effect_once(inbox: Inbox) -> None:
    events = [event(str(number)) for number in range(TOGETHER + 1)]

    assert inbox.receive(*events, stopping=lambda: bool(inbox.effects())) == TOGETHER
    assert len(inbox.effects()) == TOGETHER
    assert inbox.receive() == len(events)

    assert inbox.effects() == [(e.key, 1) for e in events]


@pytest.mark.parametrize("register", [Handlers().projection, Handlers().reaction])
def test_a_handler_for_a_type_that_nobody_promises_cannot_be_registered(
    register: Callable[..., Callable[[object], object]],
) -> None:
    with pytest.raises(LookupError, match=r"patient\.moved"):
        register("patient.updated", "patient.moved")(lambda *_: None)
