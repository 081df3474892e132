"""What a practice has filled in, and what is wrong with it."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from communication_service.domain.answer_page import Outcome

OUTCOME, NOTES = "outcome", "notes"
ASK_AGAIN_FROM = "ask_again_from"
EVERYBODY_ELSE = "everybody_else"
LONGEST_NOTES = 1000
LATEST_WISH = timedelta(days=3 * 365)

_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_GERMAN = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})")


@dataclass(frozen=True)
class GivenAnswer:
    outcome: Outcome
    notes: str | None


@dataclass(frozen=True)
class FormError:
    """`field` is the name of the input; `code` says what is wrong with it."""

    field: str
    code: str


@dataclass(frozen=True)
class FilledForm:
    """`answers` by letter; `typed` is everything as it came, to be shown again."""

    answers: Mapping[str, GivenAnswer]
    ask_again_from: date | None
    errors: tuple[FormError, ...]
    typed: Mapping[str, str]


def field_of(kind: str, letter: str) -> str:
    return f"{kind}_{letter}"


def read_form(
    typed: Mapping[str, str], asked: Collection[str], needed: Collection[str], today: date
) -> FilledForm:
    """`asked` are the letters that the inquiry knows, `needed` those that must have an answer.

    An answer about somebody who has left meanwhile is kept: an acceptance must not get lost.
    """
    filled = _with_everybody_else(typed, needed)
    errors = [*_errors_of_answers(filled, asked, needed), *_errors_of_wish(filled, today)]
    return FilledForm(
        answers={
            letter: GivenAnswer(outcome, _notes(filled, letter))
            for letter in asked
            if (outcome := _outcome(filled, letter)) is not None
        },
        ask_again_from=_day(filled.get(ASK_AGAIN_FROM, "")),
        errors=tuple(errors),
        typed=filled,
    )


def _with_everybody_else(typed: Mapping[str, str], needed: Collection[str]) -> dict[str, str]:
    """One button refuses for all who have no answer yet."""
    if typed.get(EVERYBODY_ELSE) != Outcome.REJECTED_CAPACITY:
        return dict(typed)
    unanswered = (field_of(OUTCOME, letter) for letter in needed)
    refused = {name: Outcome.REJECTED_CAPACITY.value for name in unanswered if not typed.get(name)}
    return {**typed, **refused}


def _errors_of_answers(
    typed: Mapping[str, str], asked: Collection[str], needed: Collection[str]
) -> Iterator[FormError]:
    for letter in asked:
        name = field_of(OUTCOME, letter)
        if typed.get(name) and _outcome(typed, letter) is None:
            yield FormError(name, "unknown_value")
        elif letter in needed and not typed.get(name):
            yield FormError(name, "required")
        if len(_notes(typed, letter) or "") > LONGEST_NOTES:
            yield FormError(field_of(NOTES, letter), "too_long")


def _errors_of_wish(typed: Mapping[str, str], today: date) -> Iterator[FormError]:
    written = typed.get(ASK_AGAIN_FROM, "").strip()
    if not written:
        return
    day = _day(written)
    if day is None:
        yield FormError(ASK_AGAIN_FROM, "wrong_format")
    elif day <= today:
        yield FormError(ASK_AGAIN_FROM, "not_ahead")
    elif day > today + LATEST_WISH:
        yield FormError(ASK_AGAIN_FROM, "too_far_ahead")


def _outcome(typed: Mapping[str, str], letter: str) -> Outcome | None:
    written = typed.get(field_of(OUTCOME, letter), "")
    return Outcome(written) if written in set(Outcome) else None


def _notes(typed: Mapping[str, str], letter: str) -> str | None:
    """Without signs that cannot be printed, or stored. Browsers end lines with two signs."""
    written = typed.get(field_of(NOTES, letter), "").replace("\r\n", "\n")
    printable = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in written)
    return printable.strip() or None


def _day(written: str) -> date | None:
    """As browsers send it, or as people write it."""
    iso, german = _ISO.fullmatch(written.strip()), _GERMAN.fullmatch(written.strip())
    if iso is None and german is None:
        return None
    parts = iso.groups() if iso else german.groups()[::-1] if german else ()
    try:
        return date(*map(int, parts))
    except ValueError:
        return None
