from datetime import UTC, datetime, timedelta

import pytest

from communication_service.domain.mail_states import (
    BACK_OFF,
    LEASE,
    MAX_ATTEMPTS,
    TRANSITIONS,
    IllegalMailTransitionError,
    MailEvent,
    MailState,
    next_attempt_at,
    next_state,
    state_after_recovery,
)
from communication_service.gateways.smtp import DIALOGUE_SECONDS

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)

# Rows: states; columns: events. A dot is an illegal move.
EVENTS = (
    MailEvent.RELEASED,
    MailEvent.CLAIMED,
    MailEvent.HANDED_OVER,
    MailEvent.ACCEPTED,
    MailEvent.REFUSED_FOR_NOW,
    MailEvent.REFUSED_FOR_GOOD,
    MailEvent.REPLY_LOST,
    MailEvent.LEASE_EXPIRED,
    MailEvent.CALLED_BACK,
    MailEvent.BOUNCED,
)
TRUTH = """
DRAFT        QUEUED  .        .            .     .       .       .        .        .      .
QUEUED       .       SENDING  .            .     .       .       .        .        DRAFT  .
SENDING      .       .        HANDED_OVER  .     QUEUED  FAILED  .        QUEUED   .      .
HANDED_OVER  .       .        .            SENT  QUEUED  FAILED  UNKNOWN  UNKNOWN  .      FAILED
SENT         .       .        .            .     .       .       .        .        .      FAILED
FAILED       QUEUED  .        .            .     .       .       .        .        .      .
UNKNOWN      .       .        .            .     .       .       .        .        .      FAILED
"""
MOVES = [
    (MailState(state), event, cell)
    for state, *cells in (line.split() for line in TRUTH.strip().splitlines())
    for event, cell in zip(EVENTS, cells, strict=True)
]


def test_the_truth_table_names_every_state_and_event() -> None:
    assert {(state, event) for state, event, _ in MOVES} == {
        (state, event) for state in MailState for event in MailEvent
    }


@pytest.mark.parametrize(("state", "event", "cell"), [move for move in MOVES if move[2] != "."])
def test_a_legal_move_leads_to_its_state(state: MailState, event: MailEvent, cell: str) -> None:
    assert next_state(state, event) == MailState(cell)


@pytest.mark.parametrize(("state", "event", "cell"), [move for move in MOVES if move[2] == "."])
def test_any_other_move_is_refused(state: MailState, event: MailEvent, cell: str) -> None:
    with pytest.raises(IllegalMailTransitionError):
        next_state(state, event)


def test_only_a_report_that_it_came_back_ends_a_mail_whose_outcome_is_unknown() -> None:
    ways = {event for state, event in TRANSITIONS if state is MailState.UNKNOWN}
    assert ways == {MailEvent.BOUNCED}


@pytest.mark.parametrize("state", [MailState.SENDING, MailState.HANDED_OVER])
def test_a_mail_under_lease_is_left_to_its_sender(state: MailState) -> None:
    assert state_after_recovery(state, lease_until=NOW + MOMENT, now=NOW) == state


@pytest.mark.parametrize(
    ("state", "recovered"),
    [(MailState.SENDING, MailState.QUEUED), (MailState.HANDED_OVER, MailState.UNKNOWN)],
)
def test_an_expired_lease_is_tried_again_only_before_the_hand_over(
    state: MailState, recovered: MailState
) -> None:
    assert state_after_recovery(state, lease_until=NOW, now=NOW) == recovered


@pytest.mark.parametrize("attempts", range(1, MAX_ATTEMPTS))
def test_every_further_attempt_waits_longer_than_the_one_before(attempts: int) -> None:
    waits = [timedelta(0), *BACK_OFF]
    assert next_attempt_at(attempts, NOW) == NOW + waits[attempts]
    assert waits[attempts] > waits[attempts - 1]


def test_after_the_last_attempt_there_is_no_other() -> None:
    assert next_attempt_at(MAX_ATTEMPTS, NOW) is None


def test_a_lease_outlives_the_longest_smtp_dialogue() -> None:
    assert timedelta(seconds=2 * DIALOGUE_SECONDS) < LEASE
