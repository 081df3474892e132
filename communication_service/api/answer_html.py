"""The pages that practices see: German, without scripts, and not for anybody else's eyes."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

from flask import Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from communication_service.api import answer_texts as texts
from communication_service.domain.answer_form import (
    ASK_AGAIN_FROM,
    LONGEST_NOTES,
    NOTES,
    OUTCOME,
    FilledForm,
    FormError,
    field_of,
)
from communication_service.domain.answer_page import AskedPatient, Outcome, Standing
from communication_service.use_cases.answer_page import OpenedInquiry
from communication_service.use_cases.write_mail import MailSender
from shared.contracts.berlin import berlin_day
from shared.http.problems import Problem

_PACKAGE = "communication_service.api"
_STYLE = (files(_PACKAGE) / "answer_templates" / "page.css").read_text().strip()
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_TEMPLATES = Environment(
    loader=PackageLoader(_PACKAGE, "answer_templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Language": "de",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True)
class Stationery:
    """What is the same on all pages of one visit; `opt_out` leads to the page for that."""

    sender: MailSender
    reference: str = ""
    opt_out: str = ""


@dataclass(frozen=True)
class FormPage:
    """`lines` describe those who wait; where there are none, the mail has to do."""

    letters: Sequence[str]
    waiting: Sequence[str]
    lines: Mapping[str, tuple[str, ...]]
    typed: Mapping[str, str]
    errors: Sequence[FormError] = ()
    notice: texts.Notice | None = None


def form_page(paper: Stationery, page: FormPage, today: date, status: int = 200) -> Response:
    errors = {error.field: _error(error) for error in page.errors}
    return _rendered(
        "form.html.j2",
        paper,
        status,
        title="Unsere Anfrage an Sie" if not page.typed else "Ihre Antwort",
        one=len(page.waiting) == 1,
        people=[_person(letter, page, errors) for letter in page.letters],
        wish={
            **_input(ASK_AGAIN_FROM, page.typed, errors),
            "example": texts.short_day(today + timedelta(days=90)),
        },
        errors=list(errors.values()),
        notice=page.notice,
        longest_notes=LONGEST_NOTES,
    )


def answered_page(paper: Stationery, opened: OpenedInquiry, status: int) -> Response:
    """What is stored, without anybody's notes: staff may have written them."""
    answered_at = opened.inquiry.response_date
    on = f" vom {texts.long_day(berlin_day(answered_at))}" if answered_at else ""
    return _rendered(
        "answered.html.j2",
        paper,
        status,
        title="Ihre Antwort liegt uns schon vor",
        opening=f"Diese Antwort{on} haben wir gespeichert:",
        people=[_stored(letter, patient, {}) for letter, patient in opened.patients.items()],
        ask_again_from=None,
        paragraphs=[texts.NOT_CHANGED_HERE],
    )


def thanks_page(
    paper: Stationery, opened: OpenedInquiry, form: FilledForm, quiet_until: date | None
) -> Response:
    notes = {letter: given.notes for letter, given in form.answers.items()}
    wish = form.ask_again_from
    return _rendered(
        "answered.html.j2",
        paper,
        200,
        title="Vielen Dank für Ihre Antwort",
        opening="Das haben wir gespeichert:",
        people=[_stored(letter, patient, notes) for letter, patient in opened.patients.items()],
        ask_again_from=texts.long_day(wish) if wish else None,
        paragraphs=texts.what_comes_next(opened.patients.values(), quiet_until),
    )


def opt_out_page(paper: Stationery, *, noted: bool) -> Response:
    """`noted`: our register holds the wish, which may have been cleared elsewhere since."""
    title = "Keine Anfragen mehr erhalten?"
    return _rendered("opt_out.html.j2", paper, 200, title=title, noted=noted)


def opted_out_page(paper: Stationery) -> Response:
    return _message(paper, 200, texts.OPTED_OUT)


def standing_page(paper: Stationery, standing: Standing) -> Response:
    status, message = texts.STANDINGS[standing]
    return _message(paper, status, message)


def problem_page(paper: Stationery, problem: Problem) -> Response:
    message = texts.PROBLEMS.get(problem.status, texts.PROBLEMS[500])
    response = _message(paper, problem.status, message)
    response.headers.update(problem.headers)
    return response


def _message(paper: Stationery, status: int, message: texts.Message) -> Response:
    return _rendered("message.html.j2", paper, status, **asdict(message))


def _rendered(template: str, paper: Stationery, status: int, **words: Any) -> Response:
    html = _TEMPLATES.get_template(template).render(
        sender=paper.sender,
        reference=paper.reference,
        opt_out=paper.opt_out,
        reach_us=texts.reach_us(paper.sender.phone),
        style=Markup(_STYLE),  # noqa: S704  ours
        **words,
    )
    return Response(html, status, _HEADERS, content_type="text/html; charset=utf-8")


def _person(letter: str, page: FormPage, errors: Mapping[str, Any]) -> dict[str, Any]:
    name = field_of(OUTCOME, letter)
    return {
        "letter": letter,
        "gone": letter not in page.waiting,
        "typed": any(page.typed.get(field_of(kind, letter)) for kind in (OUTCOME, NOTES)),
        "lines": page.lines.get(letter, ()),
        "name": name,
        "error": errors.get(name),
        "choices": [
            {
                "id": name if outcome is Outcome.ACCEPTED else f"{name}-{outcome}",
                "value": outcome.value,
                "label": label,
                "chosen": page.typed.get(name) == outcome,
            }
            for outcome, label in texts.CHOICES.items()
        ],
        "notes": _input(field_of(NOTES, letter), page.typed, errors),
    }


def _input(name: str, typed: Mapping[str, str], errors: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": name, "typed": typed.get(name, ""), "error": errors.get(name)}


def _error(error: FormError) -> dict[str, str]:
    """The first radio button of a group bears the group's name as its id."""
    text = texts.error_text(error)
    return {"id": f"{error.field}-error", "target": error.field, "text": text}


def _stored(
    letter: str, patient: AskedPatient, typed_notes: Mapping[str, str | None]
) -> dict[str, Any]:
    """A note is shown to whoever has just typed it, and only if it is the one that was kept."""
    typed = typed_notes.get(letter)
    notes = typed if typed == patient.notes else None
    return {"letter": letter, "answer": texts.answer_text(patient), "notes": notes}
