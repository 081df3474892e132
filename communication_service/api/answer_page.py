"""/answer/{token}: a practice answers without an account; whoever has the link may.

Only a POST changes anything: scanners of mails follow every link.
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, ClassVar, cast

import structlog
from flask import Response, current_app, request

from communication_service.api import answer_html, answer_texts
from communication_service.api.answer_html import FormPage, Stationery
from communication_service.domain.answer_form import (
    NOTES,
    OUTCOME,
    FilledForm,
    field_of,
    read_form,
)
from communication_service.domain.answer_links import LinkClaim, LinkPurpose, has_expired
from communication_service.domain.answer_page import Standing
from communication_service.gateways.matching import AnswerRefused
from communication_service.storage.contact_wishes import has_opted_out
from communication_service.use_cases import answer_page as inquiries
from communication_service.use_cases import contact_wishes
from communication_service.use_cases.answer_links import opt_out_path
from communication_service.use_cases.answer_page import LinkDead, OpenedInquiry
from communication_service.wiring import Wiring
from shared.contracts.berlin import berlin_day
from shared.db import Database
from shared.http.declarations import roles, shows_pages
from shared.http.problems import Problem
from shared.http.resource import Door, Resource
from shared.http.service_client import ServiceRefused, ServiceUnavailable

LARGEST_FORM_BYTES = 64 * 1024
_MOST_FIELDS = 100
_FORM = "application/x-www-form-urlencoded"
_POSSIBLE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_RETRY_AFTER_SECONDS = "60"

log = structlog.get_logger()


@dataclass(frozen=True)
class Visit:
    """Of somebody whose link is one of ours."""

    claim: LinkClaim
    paper: Stationery
    database: Database
    wiring: Wiring
    now: datetime

    @property
    def today(self) -> date:
        return berlin_day(self.now)


class _LinkPage(Resource[Wiring]):
    """The link stands for token and role; no transaction is open while others are asked."""

    purpose: ClassVar[LinkPurpose]

    def dispatch_request(self, *_args: Any, **ids: Any) -> Response:
        door = cast("Door", current_app.extensions["door"])
        show = getattr(self, "post" if request.method == "POST" else "get")
        try:
            return cast("Response", show(_arrive(door, ids["token"], self.purpose)))
        except LinkDead as dead:
            paper = Stationery(door.wiring.letterhead.signed_by)
            return answer_html.standing_page(paper, dead.standing)


class AnswerPage(_LinkPage):
    purpose = LinkPurpose.ANSWER

    @roles()
    @shows_pages(200, 400, 404, 409, 410, 429, 503)
    def get(self, visit: Visit) -> Response:
        """Die Anfrage, wie eine Praxis sie über ihren Link sieht"""
        opened = _opened(visit)
        if opened.standing is Standing.ANSWERED:
            return answer_html.answered_page(visit.paper, opened, 200)
        return _form(visit, opened)

    @roles()
    @shows_pages(200, 400, 404, 409, 410, 413, 415, 422, 429, 503)
    def post(self, visit: Visit) -> Response:
        """Die Antwort einer Praxis, auf demselben Weg wie die vom Personal aufgenommene"""
        typed = _typed()
        try:
            return _answer(visit, typed)
        except (ServiceUnavailable, ServiceRefused) as error:
            log.warning("answer_not_recorded", reason=type(error).__name__)
            return _to_be_sent_again(visit, typed)


class OptOutPage(_LinkPage):
    purpose = LinkPurpose.OPT_OUT

    @roles()
    @shows_pages(200, 400, 404, 410, 429, 503)
    def get(self, visit: Visit) -> Response:
        """Keine Anfragen mehr: erst fragen, denn ein Aufruf allein ändert nichts"""
        with visit.database.transaction() as session:
            noted = has_opted_out(session, visit.claim.therapist_id)
        return answer_html.opt_out_page(visit.paper, noted=noted)

    @roles()
    @shows_pages(200, 400, 404, 410, 413, 429, 503)
    def post(self, visit: Visit) -> Response:
        """Keine Anfragen mehr; auch mit einem Klick aus dem Mailprogramm (RFC 8058)"""
        with visit.database.transaction() as session:
            contact_wishes.opt_out(session, visit.claim, visit.now)
        return answer_html.opted_out_page(visit.paper)


def _arrive(door: Door, token: str, purpose: LinkPurpose) -> Visit:
    """Raises LinkDead, and Problem for somebody who comes too often."""
    wiring, now = cast("Wiring", door.wiring), datetime.now(UTC)
    claim = wiring.letterhead.links.claim_of(token, purpose)
    link = None if claim is None else f"{purpose}:{claim.bundle_id}"
    wait = wiring.visits.seconds_to_wait(address=_address(), link=link, now=time.monotonic())
    if wait:
        raise Problem("too-many-requests", headers={"Retry-After": str(wait)})
    if claim is None:
        raise LinkDead(Standing.UNKNOWN)
    if has_expired(claim, now):
        raise LinkDead(Standing.EXPIRED)
    return Visit(claim, _paper(wiring, claim), door.database, wiring, now)


def _address() -> str:
    """Whom the gateway has seen; it writes the last entry itself."""
    seen = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return seen or request.remote_addr or ""


def _paper(wiring: Wiring, claim: LinkClaim) -> Stationery:
    return Stationery(
        wiring.letterhead.signed_by,
        reference=f"PV-{claim.bundle_id}",
        opt_out=opt_out_path(wiring.letterhead.links.opt_out_token(claim)),
    )


def _typed() -> dict[str, str]:
    """Raises Problem, RequestEntityTooLarge."""
    if request.mimetype != _FORM:
        raise Problem("unsupported-media-type")
    request.max_content_length = request.max_form_memory_size = LARGEST_FORM_BYTES
    request.max_form_parts = _MOST_FIELDS
    return request.form.to_dict()


def _opened(visit: Visit) -> OpenedInquiry:
    """Raises LinkDead, ServiceUnavailable, ServiceRefused."""
    wiring = visit.wiring
    standing, inquiry = inquiries.look_up(visit.claim, wiring.answers, wiring.people)
    with visit.database.transaction() as session:
        return inquiries.open_inquiry(session, standing, inquiry)


def _answer(visit: Visit, typed: dict[str, str]) -> Response:
    opened = _opened(visit)
    form = read_form(typed, opened.patients.keys(), opened.waiting, visit.today)
    if opened.standing is Standing.OPEN and form.errors:
        return _form(visit, opened, form, status=422)
    if form.errors or not form.answers:
        return answer_html.answered_page(visit.paper, opened, 409)
    try:
        recorded = inquiries.give_answer(opened, form, visit.wiring.answers)
    except AnswerRefused:
        return _changed_meanwhile(visit, form)
    if form.ask_again_from is not None:
        _keep_wish(visit, form.ask_again_from)
    opened = inquiries.answered(opened, recorded)
    return answer_html.thanks_page(visit.paper, opened, form, recorded.next_contactable_date)


def _changed_meanwhile(visit: Visit, form: FilledForm) -> Response:
    """Somebody else was first, with an answer or with a change; nothing of this one is stored."""
    opened = _opened(visit)
    if opened.standing is Standing.ANSWERED:
        return answer_html.answered_page(visit.paper, opened, 409)
    return _form(visit, opened, form, answer_texts.CHANGED_MEANWHILE, status=409)


def _keep_wish(visit: Visit, day: date) -> None:
    claim = visit.claim
    with visit.database.transaction() as session:
        contact_wishes.ask_later(session, claim.therapist_id, claim.bundle_id, day, visit.now)


def _form(
    visit: Visit,
    opened: OpenedInquiry,
    filled: FilledForm | None = None,
    notice: answer_texts.Notice | None = None,
    *,
    status: int = 200,
) -> Response:
    page = FormPage(
        letters=tuple(opened.patients),
        waiting=opened.waiting,
        lines=inquiries.describe(opened, visit.wiring.people, visit.now),
        typed={} if filled is None else filled.typed,
        errors=() if filled is None else filled.errors,
        notice=notice,
    )
    return answer_html.form_page(visit.paper, page, visit.today, status)


def _to_be_sent_again(visit: Visit, typed: dict[str, str]) -> Response:
    """The form without anybody's help: its own fields say which letters it had."""
    kinds = (OUTCOME, NOTES)
    letters = [
        letter for letter in _POSSIBLE_LETTERS if any(field_of(k, letter) in typed for k in kinds)
    ]
    page = FormPage(letters, letters, {}, typed, notice=answer_texts.TRY_AGAIN)
    response = answer_html.form_page(visit.paper, page, visit.today, 503)
    response.headers["Retry-After"] = _RETRY_AFTER_SECONDS
    return response
