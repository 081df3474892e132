"""Inquiries that nobody has answered get their next call, the most promising practices first."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from prometheus_client import Gauge

from communication_service.domain.purposes import Purpose
from communication_service.gateways.practices import read_practice
from communication_service.storage import call_queries
from communication_service.storage.call_tables import CallFollowUp
from communication_service.use_cases import call_follow_ups
from communication_service.use_cases.practice_letters import gather_letter
from communication_service.wiring import Wiring
from shared.db import Database
from shared.http.service_client import ServiceRefused

_WAITING = Gauge(
    "phone_calls_waiting",
    "Anrufe, die noch zu führen sind: geplant, überfällig oder ohne Termin",
    ["state"],
)

log = structlog.get_logger()


def plan_calls(database: Database, wiring: Wiring, now: datetime) -> int:
    """A round of those that are due; returns how many there were."""
    with database.transaction() as session:
        sent_before = now - wiring.call_desk.rules.after
        call_queries.follow_sent_inquiries(session, sent_before, now)
    with database.transaction() as session:
        due = call_queries.due_follow_ups(session, now)
        for state, count in call_queries.waiting_calls(session, now).items():
            _WAITING.labels(state).set(count)
    for follow_up in _most_promising_first(due, wiring):
        _plan(database, wiring, follow_up.bundle_id, now)
    return len(due)


def replan_missed_calls(database: Database, _wiring: Wiring, now: datetime) -> int:
    with database.transaction() as session:
        return int(call_follow_ups.plan_missed_call_anew(session, now))


def _most_promising_first(due: Sequence[CallFollowUp], wiring: Wiring) -> Sequence[CallFollowUp]:
    """Those who said that something may become free, then as long as they are due."""
    if not due:
        return due
    known = wiring.people.therapists(sorted({one.therapist_id for one in due}))
    likely = {
        therapist_id
        for therapist_id, document in known.items()
        if read_practice(document).potentially_available
    }
    return sorted(due, key=lambda one: one.therapist_id not in likely)


def _plan(database: Database, wiring: Wiring, bundle_id: int, now: datetime) -> None:
    try:
        inquiry = gather_letter(Purpose.INQUIRY, bundle_id, wiring.matching, wiring.people, now)
    except ServiceRefused as refusal:
        log.warning("call_not_planned", bundle_id=bundle_id, reason=refusal.slug)
        with database.transaction() as session:
            call_follow_ups.postpone(session, bundle_id, now)
        return
    with database.transaction() as session:
        call_follow_ups.plan_due_call(session, bundle_id, inquiry, wiring.call_desk, now)
