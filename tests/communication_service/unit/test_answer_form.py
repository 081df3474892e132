from datetime import date

import pytest

from communication_service.domain.answer_form import FilledForm, GivenAnswer, read_form
from communication_service.domain.answer_page import Outcome

TODAY = date(2026, 12, 1)
YES, NO = Outcome.ACCEPTED, Outcome.REJECTED_CAPACITY
ALL_ELSE = {"everybody_else": "rejected_capacity"}


def read(typed: dict[str, str], needed: str = "ABC") -> FilledForm:
    return read_form(typed, "ABC", needed, TODAY)


def errors_of(typed: dict[str, str], needed: str = "ABC") -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in read(typed, needed).errors]


def outcomes_of(form: FilledForm) -> dict[str, str]:
    return {letter: given.outcome for letter, given in form.answers.items()}


def test_everybody_who_waits_needs_an_answer_and_each_one_missing_is_named() -> None:
    assert errors_of({"outcome_B": "accepted"}) == [
        ("outcome_A", "required"),
        ("outcome_C", "required"),
    ]


def test_whoever_has_left_needs_no_answer() -> None:
    assert errors_of({"outcome_A": "accepted", "outcome_C": "accepted"}, needed="AC") == []


def test_an_acceptance_of_somebody_who_has_left_meanwhile_is_kept() -> None:
    typed = {f"outcome_{letter}": "accepted" for letter in "ABC"}
    assert outcomes_of(read(typed, needed="AC")) == {"A": YES, "B": YES, "C": YES}


def test_an_answer_about_somebody_who_was_never_asked_for_is_ignored() -> None:
    typed = {"outcome_A": "accepted", "outcome_Z": "accepted", "search_id": "1"}
    assert outcomes_of(read(typed, needed="A")) == {"A": YES}


@pytest.mark.parametrize("word", ["ja", "ACCEPTED", "accepted ", "withdrawn", "1"])
def test_a_word_that_is_no_answer_is_named(word: str) -> None:
    assert errors_of({"outcome_A": word}, needed="A") == [("outcome_A", "unknown_value")]


def test_one_button_refuses_for_all_who_have_no_answer_yet() -> None:
    form = read({"outcome_B": "accepted", **ALL_ELSE})
    assert form.errors == ()
    assert outcomes_of(form) == {"A": NO, "B": YES, "C": NO}


def test_that_button_can_say_nothing_else() -> None:
    assert len(errors_of({"everybody_else": "accepted"})) == 3


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", None),
        ("  \r\n ", None),
        (" ab März ", "ab März"),
        ("eins\r\nzwei", "eins\nzwei"),
        ("a\x00b\x1bc\ud800d", "a b c d"),
        ("x" * 1000, "x" * 1000),
    ],
)
def test_notes_are_kept_without_what_cannot_be_printed(typed: str, kept: str | None) -> None:
    form = read({"outcome_A": "accepted", "notes_A": typed}, needed="A")
    assert form.answers["A"] == GivenAnswer(YES, kept)
    assert form.errors == ()


def test_notes_that_are_too_long_are_refused_and_named() -> None:
    assert errors_of({"outcome_A": "accepted", "notes_A": "x" * 1001}, needed="A") == [
        ("notes_A", "too_long")
    ]


@pytest.mark.parametrize(
    ("typed", "day", "code"),
    [
        ("", None, None),
        ("2027-03-01", date(2027, 3, 1), None),
        (" 1.3.2027 ", date(2027, 3, 1), None),
        ("01. 03. 2027", date(2027, 3, 1), None),
        ("2026-12-02", date(2026, 12, 2), None),
        ("2026-12-01", date(2026, 12, 1), "not_ahead"),
        ("2020-01-01", date(2020, 1, 1), "not_ahead"),
        ("2029-11-30", date(2029, 11, 30), None),
        ("2029-12-01", date(2029, 12, 1), "too_far_ahead"),
        ("März", None, "wrong_format"),
        ("2027-02-30", None, "wrong_format"),
        ("0000-01-01", None, "wrong_format"),
        ("٢٠٢٧-٠٣-٠١", None, "wrong_format"),
        ("9999-12-31", date(9999, 12, 31), "too_far_ahead"),
    ],
)
def test_the_day_to_ask_again_lies_ahead_but_not_years_away(
    typed: str, day: date | None, code: str | None
) -> None:
    filled = {"outcome_A": "accepted", "ask_again_from": typed}
    assert read(filled, needed="A").ask_again_from == day
    assert errors_of(filled, needed="A") == ([("ask_again_from", code)] if code else [])


def test_everything_that_was_typed_can_be_shown_again() -> None:
    typed = {"outcome_A": "ja", "notes_B": "x" * 2000, "ask_again_from": "bald"}
    assert read(typed).typed == typed
