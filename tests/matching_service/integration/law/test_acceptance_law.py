"""A patient is accepted once at a time: the first commit wins, the other becomes a conflict."""

import pytest

from tests.matching_service.integration.law.law_in_sql import Law, refused
from tests.matching_service.integration.law.placement_in_sql import ACCEPT, Placement
from tests.matching_service.integration.law.side_by_side import run_side_by_side

UNIQUE_VIOLATION = "23505"


def _rows_of_one_search(placement: Placement, count: int) -> list[int]:
    search = placement.search()
    return [placement.rows(placement.inquiry(search))[0] for _ in range(count)]


def test_a_second_acceptance_is_refused(placement: Placement) -> None:
    first, second = _rows_of_one_search(placement, 2)
    placement.accept(first)
    with refused("uq_one_acceptance"):
        placement.accept(second)


def test_of_many_acceptances_in_one_moment_one_wins_and_the_others_become_conflicts(
    law: Law, placement: Placement
) -> None:
    rows = _rows_of_one_search(placement, 8)

    outcomes = run_side_by_side(law.app, [(ACCEPT, {"row": row}) for row in rows])

    assert sorted(outcomes) == [UNIQUE_VIOLATION] * 7 + ["done"]
    winner = rows[outcomes.index("done")]
    for loser in (row for row in rows if row != winner):
        _record_conflict(law, winner, loser)
    assert law.one("SELECT count(*) FROM conflict WHERE winner_row_id = :row", row=winner)[0] == 7


def _record_conflict(law: Law, winner: int, loser: int) -> None:
    law.run(
        "UPDATE therapeut_anfrage_patient SET status = 'conflict', outcome = 'accepted'"
        " WHERE id = :loser",
        loser=loser,
    )
    law.run(
        "INSERT INTO conflict (kind, platzsuche_id, winner_row_id, loser_row_id,"
        " loser_inquiry_id, responded_at)"
        " SELECT 'conflict', platzsuche_id, :winner, id, therapeutenanfrage_id, now()"
        " FROM therapeut_anfrage_patient WHERE id = :loser",
        winner=winner,
        loser=loser,
    )


def test_after_a_failed_trial_the_patient_is_accepted_elsewhere(
    law: Law, placement: Placement
) -> None:
    first, second = _rows_of_one_search(placement, 2)
    placement.accept(first)
    law.run(
        "UPDATE therapeut_anfrage_patient SET ended_at = now(), end_reason = 'trial_failed'"
        " WHERE id = :row",
        row=first,
    )
    placement.accept(second)


def test_two_patients_of_one_bundle_are_both_accepted(placement: Placement) -> None:
    inquiry = placement.inquiry(placement.search(), placement.search())
    for row in placement.rows(inquiry):
        placement.accept(row)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("status = 'accepted'", "ck_therapeut_anfrage_patient_accepted"),
        ("status = 'withdrawn'", "ck_therapeut_anfrage_patient_withdrawn"),
        ("status = 'maybe'", "ck_therapeut_anfrage_patient_status"),
        ("outcome = 'perhaps'", "ck_therapeut_anfrage_patient_outcome"),
        ("ended_at = now()", "ck_therapeut_anfrage_patient_ended"),
        ("end_reason = 'trial_failed'", "ck_therapeut_anfrage_patient_ended"),
        ("end_reason = 'boredom', ended_at = now()", "ck_therapeut_anfrage_patient_end_reason"),
        ("platzsuche_id = platzsuche_id + 1", "row_stays_with_search_and_inquiry"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused(
    law: Law, placement: Placement, change: str, why: str
) -> None:
    placement.inquiry(placement.search())
    with refused(why):
        law.run(f"UPDATE therapeut_anfrage_patient SET {change}")


def test_a_search_appears_once_in_an_inquiry(placement: Placement) -> None:
    search = placement.search()
    inquiry = placement.inquiry(search)
    with refused("uq_therapeut_anfrage_patient_search"):
        placement.row(inquiry, search)
