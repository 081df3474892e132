from datetime import timedelta
from itertools import product

import pytest

from matching_service.domain.errors import FieldError, IllegalTransition, InvalidFields
from matching_service.domain.lifecycle import (
    AcceptanceEnd,
    InquiryState,
    MoveFacts,
    RowStatus,
    SearchEnd,
    SearchStatus,
    answered_row,
    check_fields_of_move,
    check_inquiry_move,
    check_search_move,
    conflict_kind,
    excludes_therapist,
    legal_search_moves,
)
from tests.matching_service.unit.people import TODAY

TOMORROW = TODAY + timedelta(days=1)
ACTIVE, PAUSED, IN_SESSIONS, SUCCESSFUL, ABANDONED = SearchStatus

LEGAL_FOR_STAFF = {
    ACTIVE: (PAUSED, ABANDONED),
    PAUSED: (ACTIVE, ABANDONED),
    IN_SESSIONS: (SUCCESSFUL, ACTIVE, ABANDONED),
    SUCCESSFUL: (),
    ABANDONED: (),
}
EVERYTHING_KNOWN = {
    ACTIVE: MoveFacts(end_reason="trial_failed"),
    PAUSED: MoveFacts(resume_date=TOMORROW),
    IN_SESSIONS: MoveFacts(accepted=True),
    SUCCESSFUL: MoveFacts(first_meeting_on=TODAY, sessions_held=1, patient_continues=True),
    ABANDONED: MoveFacts(end_reason="withdrew"),
}


@pytest.mark.parametrize(("current", "legal"), list(LEGAL_FOR_STAFF.items()))
def test_the_moves_that_staff_may_ask_for(
    current: SearchStatus, legal: tuple[SearchStatus, ...]
) -> None:
    assert legal_search_moves(current) == legal


@pytest.mark.parametrize(
    ("current", "to"),
    [(current, to) for current, legal in LEGAL_FOR_STAFF.items() for to in legal]
    + [(ACTIVE, IN_SESSIONS)],
)
def test_a_legal_move_with_everything_it_needs_is_allowed(
    current: SearchStatus, to: SearchStatus
) -> None:
    check_search_move(current, to, EVERYTHING_KNOWN[to], TODAY)


@pytest.mark.parametrize(
    ("current", "to"),
    [
        (current, to)
        for current, to in product(SearchStatus, SearchStatus)
        if to not in LEGAL_FOR_STAFF[current]
    ],
)
def test_any_other_move_is_refused_and_lists_the_legal_ones(
    current: SearchStatus, to: SearchStatus
) -> None:
    facts = MoveFacts(
        end_reason="withdrew", first_meeting_on=TODAY, sessions_held=1, patient_continues=True
    )

    with pytest.raises(IllegalTransition) as refusal:
        check_search_move(current, to, facts, TODAY)

    assert refusal.value.legal == LEGAL_FOR_STAFF[current]


@pytest.mark.parametrize("current", [PAUSED, IN_SESSIONS, SUCCESSFUL, ABANDONED])
def test_an_acceptance_takes_only_an_active_search_into_sessions(current: SearchStatus) -> None:
    with pytest.raises(IllegalTransition):
        check_search_move(current, IN_SESSIONS, MoveFacts(accepted=True), TODAY)


@pytest.mark.parametrize(
    ("current", "to", "facts", "errors"),
    [
        (ACTIVE, ABANDONED, MoveFacts(), {"end_reason": "required"}),
        (PAUSED, ABANDONED, MoveFacts(end_reason="bored"), {"end_reason": "not_allowed"}),
        (
            ACTIVE,
            ABANDONED,
            MoveFacts(end_reason="therapy_started"),
            {"end_reason": "not_allowed"},
        ),
        (IN_SESSIONS, ACTIVE, MoveFacts(), {"end_reason": "required"}),
        (IN_SESSIONS, ACTIVE, MoveFacts(end_reason="moved"), {"end_reason": "not_allowed"}),
        (
            ACTIVE,
            PAUSED,
            MoveFacts(resume_date=TODAY),
            {"resume_date": "must_be_in_the_future"},
        ),
        (
            IN_SESSIONS,
            SUCCESSFUL,
            MoveFacts(),
            {
                "first_meeting_on": "required",
                "sessions_held": "at_least_one",
                "patient_continues": "must_be_true",
            },
        ),
        (
            IN_SESSIONS,
            SUCCESSFUL,
            MoveFacts(first_meeting_on=TOMORROW, sessions_held=0, patient_continues=False),
            {
                "first_meeting_on": "must_not_be_in_the_future",
                "sessions_held": "at_least_one",
                "patient_continues": "must_be_true",
            },
        ),
    ],
)
def test_what_a_move_still_needs_is_named_at_once(
    current: SearchStatus, to: SearchStatus, facts: MoveFacts, errors: dict[str, str]
) -> None:
    with pytest.raises(InvalidFields) as refusal:
        check_search_move(current, to, facts, TODAY)

    assert refusal.value.errors == tuple(FieldError(*error) for error in errors.items())


@pytest.mark.parametrize(
    ("current", "to", "given", "strange"),
    [
        (ACTIVE, PAUSED, ["resume_date"], []),
        (
            ACTIVE,
            PAUSED,
            ["resume_date", "end_reason", "sessions_held"],
            ["end_reason", "sessions_held"],
        ),
        (PAUSED, ACTIVE, ["resume_date"], ["resume_date"]),
        (IN_SESSIONS, ACTIVE, ["end_reason", "first_meeting_on"], ["first_meeting_on"]),
        (IN_SESSIONS, ABANDONED, ["end_reason", "patient_continues"], ["patient_continues"]),
        (
            IN_SESSIONS,
            SUCCESSFUL,
            ["first_meeting_on", "sessions_held", "therapy_starts_on", "patient_continues"],
            [],
        ),
    ],
)
def test_a_move_takes_only_what_belongs_to_it(
    current: SearchStatus, to: SearchStatus, given: list[str], strange: list[str]
) -> None:
    refused: tuple[FieldError, ...] = ()
    try:
        check_fields_of_move(current, to, given)
    except InvalidFields as refusal:
        refused = refusal.errors

    assert refused == tuple(FieldError(name, "not_allowed") for name in strange)


def test_a_pause_may_be_open_ended() -> None:
    check_search_move(ACTIVE, PAUSED, MoveFacts(), TODAY)


@pytest.mark.parametrize("end", [end for end in SearchEnd if end != "therapy_started"])
def test_every_other_end_reason_abandons_a_search(end: SearchEnd) -> None:
    check_search_move(IN_SESSIONS, ABANDONED, MoveFacts(end_reason=end), TODAY)


@pytest.mark.parametrize("end", AcceptanceEnd)
def test_every_end_of_an_acceptance_brings_the_search_back(end: AcceptanceEnd) -> None:
    check_search_move(IN_SESSIONS, ACTIVE, MoveFacts(end_reason=end), TODAY)


def test_only_a_correction_does_not_exclude_the_therapist() -> None:
    kept = [end for end in AcceptanceEnd if not excludes_therapist(end)]

    assert kept == [AcceptanceEnd.CORRECTION]


DRAFT, SENDING, SENT, ANSWERED, CLOSED, CANCELLED = InquiryState
INQUIRY_WAYS = {
    DRAFT: {SENDING, CANCELLED},
    SENDING: {DRAFT, SENT, ANSWERED, CLOSED},
    SENT: {DRAFT, ANSWERED, CLOSED},
    ANSWERED: set(),
    CLOSED: {ANSWERED},
    CANCELLED: set(),
}


@pytest.mark.parametrize(("current", "to"), list(product(InquiryState, InquiryState)))
def test_an_inquiry_moves_only_along_its_ways(current: InquiryState, to: InquiryState) -> None:
    if to in INQUIRY_WAYS[current]:
        check_inquiry_move(current, to)
        return
    with pytest.raises(IllegalTransition) as refusal:
        check_inquiry_move(current, to)
    assert set(refusal.value.legal) == INQUIRY_WAYS[current]


TAKES_THE_PLACE = {(RowStatus.PENDING, ACTIVE), (RowStatus.NO_RESPONSE, ACTIVE)}


@pytest.mark.parametrize(("row", "search"), list(product(RowStatus, SearchStatus)))
def test_an_acceptance_that_comes_too_late_is_a_conflict_and_never_an_error(
    row: RowStatus, search: SearchStatus
) -> None:
    takes_the_place = (row, search) in TAKES_THE_PLACE
    becomes = RowStatus.ACCEPTED if takes_the_place else RowStatus.CONFLICT

    assert answered_row(row, search, accepted=True) is becomes


@pytest.mark.parametrize(("row", "search"), list(product(RowStatus, SearchStatus)))
def test_a_refusal_leaves_the_withdrawn_withdrawn_wherever_the_search_is(
    row: RowStatus, search: SearchStatus
) -> None:
    becomes = RowStatus.WITHDRAWN if row is RowStatus.WITHDRAWN else RowStatus.REJECTED

    assert answered_row(row, search, accepted=False) is becomes


@pytest.mark.parametrize(
    ("search", "kind"),
    [
        (PAUSED, "late_acceptance"),
        (ABANDONED, "late_acceptance"),
        (IN_SESSIONS, "conflict"),
        (SUCCESSFUL, "conflict"),
        (ACTIVE, "conflict"),
    ],
)
def test_an_acceptance_for_a_resting_search_is_late_rather_than_in_conflict(
    search: SearchStatus, kind: str
) -> None:
    assert conflict_kind(search) == kind


@pytest.mark.parametrize(("row", "search"), list(product(RowStatus, SearchStatus)))
def test_nobody_is_in_conflict_with_themselves(row: RowStatus, search: SearchStatus) -> None:
    assert answered_row(row, search, accepted=True, has_place=True) is RowStatus.WITHDRAWN
