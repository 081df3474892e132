"""What may become of an acceptance that came too late, and who could be named instead."""

from itertools import product

import pytest

from matching_service.domain.chances import Chances
from matching_service.domain.conflicts import (
    MOST_ALTERNATIVES,
    Resolution,
    Source,
    check_resolution,
    rank_alternatives,
)
from matching_service.domain.errors import IllegalTransition
from matching_service.domain.lifecycle import (
    CORRECTED_ROWS,
    InquiryState,
    RowStatus,
    SearchStatus,
    Undo,
    check_correctable,
    unanswered_row,
)
from tests.matching_service.unit.people import TODAY, a_search, a_therapist

ACTIVE, PAUSED, IN_SESSIONS, SUCCESSFUL, ABANDONED = SearchStatus
KEEP, SWAP, OFFERED, INFORMED, MOOT = Resolution

POSSIBLE = {
    ACTIVE: {SWAP, OFFERED, INFORMED, MOOT},
    PAUSED: {SWAP, OFFERED, INFORMED, MOOT},
    IN_SESSIONS: {KEEP, SWAP, OFFERED, INFORMED, MOOT},
    SUCCESSFUL: {KEEP, OFFERED, INFORMED, MOOT},
    ABANDONED: {INFORMED, MOOT},
}


@pytest.mark.parametrize(("search", "wanted"), list(product(SearchStatus, Resolution)))
def test_where_the_search_is_decides_what_a_conflict_can_end_with(
    search: SearchStatus, wanted: Resolution
) -> None:
    if wanted in POSSIBLE[search]:
        check_resolution(search, wanted)
        return
    with pytest.raises(IllegalTransition) as refusal:
        check_resolution(search, wanted)
    assert set(refusal.value.legal) == POSSIBLE[search]


@pytest.mark.parametrize(
    ("row", "undo"),
    [
        (RowStatus.ACCEPTED, Undo.PLACE),
        (RowStatus.CONFLICT, Undo.CONFLICT),
        (RowStatus.REJECTED, Undo.NOTHING),
        (RowStatus.WITHDRAWN, Undo.NOTHING),
        (RowStatus.NO_RESPONSE, Undo.NOTHING),
    ],
)
def test_a_correction_first_takes_back_what_the_answer_had_led_to(
    row: RowStatus, undo: Undo
) -> None:
    assert CORRECTED_ROWS[row] is undo


@pytest.mark.parametrize(
    ("withdrawn", "before"), [(True, RowStatus.WITHDRAWN), (False, RowStatus.PENDING)]
)
def test_from_there_it_goes_the_way_of_a_first_answer(withdrawn: bool, before: RowStatus) -> None:
    assert unanswered_row(withdrawn=withdrawn) is before


@pytest.mark.parametrize("state", InquiryState)
def test_only_an_answered_inquiry_can_be_corrected(state: InquiryState) -> None:
    if state is InquiryState.ANSWERED:
        check_correctable(state)
        return
    with pytest.raises(IllegalTransition):
        check_correctable(state)


def test_the_same_bundle_comes_first_and_then_who_gains_most() -> None:
    therapist = a_therapist(1)
    beside = [a_search(1, waiting_days=1), a_search(2, waiting_days=50)]
    others = [a_search(3, waiting_days=400), a_search(4, waiting_days=300)]

    ranked = rank_alternatives(therapist, beside, others, Chances(), TODAY)

    assert [(one.search_id, one.source) for one in ranked] == [
        (2, Source.SAME_BUNDLE),
        (1, Source.SAME_BUNDLE),
        (3, Source.ELIGIBLE),
        (4, Source.ELIGIBLE),
    ]
    assert ranked[0].score > ranked[1].score


def test_who_is_not_active_or_does_not_fit_or_has_no_contact_left_is_no_alternative() -> None:
    therapist = a_therapist(1)
    beside = [
        a_search(1, status="paused"),
        a_search(2, excluded_therapists=frozenset({1})),
        a_search(3, remaining_contacts=0),  # has had its contact with this therapist already
    ]
    others = [a_search(4, remaining_contacts=0)]

    ranked = rank_alternatives(therapist, beside, others, Chances(), TODAY)

    assert [one.search_id for one in ranked] == [3]


def test_only_the_best_few_are_named() -> None:
    many = [a_search(number, waiting_days=number) for number in range(1, 50)]

    ranked = rank_alternatives(a_therapist(1), [], many, Chances(), TODAY)

    assert [one.search_id for one in ranked] == list(range(49, 49 - MOST_ALTERNATIVES, -1))
