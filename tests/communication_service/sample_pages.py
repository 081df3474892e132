"""One page of every kind that a practice may see, made up from nobody's data."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

from flask import Response

from communication_service.api import answer_html as html
from communication_service.api import answer_texts as texts
from communication_service.domain.answer_form import read_form
from communication_service.domain.answer_page import (
    AskedPatient,
    Outcome,
    RowStatus,
    Standing,
)
from communication_service.gateways.answers import AskedInquiry
from communication_service.use_cases.answer_page import OpenedInquiry
from communication_service.use_cases.write_mail import MailSender
from shared.http.problems import PROBLEMS, Problem

TODAY = date(2026, 12, 1)
_PAPER = html.Stationery(
    MailSender(name="Platzvermittlung", phone="0221 4710", legal_lines=("Köln",)),
    reference="PV-17",
    opt_out="/answer/x/opt-out",
)
_LINES = (
    "30–39 Jahre · Störung mit Beginn in Kindheit oder Jugend (F91–F98)",
    "Mo–Mi 8–12 und 16:30–20 Uhr; Do ab 18 Uhr; Fr, Sa ganztags",
    "Einzel- oder Gruppentherapie · gesetzlich versichert · rund 15 km entfernt",
)
_ANSWERED_AT = datetime(2026, 12, 1, 10, tzinfo=UTC)


def sample_pages() -> Mapping[str, Response]:
    return {
        "form": _form("ABCDEF"),
        "form_for_one": _form("A"),
        "form_with_somebody_gone": _form("ABC", waiting="AC"),
        "form_with_an_answer_for_somebody_gone": _form("ABC", waiting="AC", typed=_LATE),
        "form_with_a_note_on_somebody_gone": _form("ABC", waiting="AC", typed=_ONLY_A_NOTE),
        "form_with_errors": _form("ABC", typed=_WRONG),
        "form_with_a_notice": _form("AB", notice=texts.CHANGED_MEANWHILE),
        "form_to_be_sent_again": _form("AB", notice=texts.TRY_AGAIN, lines=()),
        "answered": html.answered_page(_PAPER, _OPENED, 200),
        "thanks": html.thanks_page(_PAPER, _OPENED, _FILLED, date(2026, 12, 29)),
        "opt_out": html.opt_out_page(_PAPER, noted=False),
        "opt_out_again": html.opt_out_page(_PAPER, noted=True),
        "opted_out": html.opted_out_page(_PAPER),
        **{f"standing_{one}": html.standing_page(_PAPER, one) for one in texts.STANDINGS},
        **{f"problem_{slug}": html.problem_page(_PAPER, Problem(slug)) for slug in _REFUSALS},
    }


_WRONG = {"outcome_A": "ja", "notes_A": "x" * 1001, "notes_B": "<b>&", "ask_again_from": "bald"}
_ONLY_A_NOTE = {"notes_B": "x" * 1001}
_LATE = {"outcome_B": "accepted", **_ONLY_A_NOTE}
_REFUSALS = [slug for slug, (status, _) in PROBLEMS.items() if status in texts.PROBLEMS]


def _form(
    letters: str,
    *,
    waiting: str = "",
    typed: Mapping[str, str] | None = None,
    notice: texts.Notice | None = None,
    lines: tuple[str, ...] = _LINES,
) -> Response:
    waiting = waiting or letters
    page = html.FormPage(
        letters=letters,
        waiting=waiting,
        lines=dict.fromkeys(waiting, lines),
        typed=typed or {},
        errors=read_form(typed, letters, waiting, TODAY).errors if typed else (),
        notice=notice,
    )
    return html.form_page(_PAPER, page, TODAY, 422 if typed else 200)


def _patient(number: int, status: RowStatus, outcome: Outcome | None) -> AskedPatient:
    return AskedPatient(number, number, status, outcome, None, None)


_PATIENTS = {
    "A": replace(_patient(1, RowStatus.ACCEPTED, Outcome.ACCEPTED), notes="gern ab Januar"),
    "B": _patient(2, RowStatus.CONFLICT, Outcome.ACCEPTED),
    "C": _patient(3, RowStatus.REJECTED, Outcome.REJECTED_CAPACITY),
    "D": _patient(4, RowStatus.REJECTED, Outcome.REJECTED_NOT_SUITABLE),
    "E": _patient(5, RowStatus.REJECTED, Outcome.REJECTED_OTHER),
    "F": _patient(6, RowStatus.WITHDRAWN, None),
}
_OPENED = OpenedInquiry(
    Standing.ANSWERED,
    AskedInquiry(17, 5, "answered", _ANSWERED_AT, tuple(_PATIENTS.values())),
    _PATIENTS,
)
_FILLED = read_form(
    {
        "outcome_A": "accepted",
        "notes_A": "gern ab Januar",
        "outcome_B": "accepted",
        "ask_again_from": "2027-03-01",
        "everybody_else": "rejected_capacity",
    },
    "ABCDEF",
    "ABCDE",
    TODAY,
)
