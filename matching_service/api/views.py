"""How searches, bundles and plans look from outside: rows gathered in bulk into plain values."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from matching_service.domain.errors import Removed
from matching_service.domain.plans import PlannedBundle, WavePlan
from matching_service.domain.waiting import Moved, time_waited
from matching_service.storage import queries, search_facts
from matching_service.storage.tables import Platzsuche, Therapeutenanfrage

_SEARCH_FIELDS = (
    "id",
    "patient_id",
    "status",
    "created_at",
    "requested_at",
    "success_date",
    "resume_date",
    "accepted_at",
    "accepted_therapist_id",
    "first_meeting_on",
    "sessions_held",
    "therapy_starts_on",
    "end_reason",
    "notes",
    "total_requested_contacts",
    "used_contacts",
    "version",
)
_BUNDLE_FIELDS = (
    "id",
    "therapist_id",
    "state",
    "bundle_size",
    "size_exception",
    "created_date",
    "sent_date",
    "sent_method",
    "response_date",
    "response_type",
    "accepted_count",
    "placed_count",
    "close_reason",
    "staff_notes",
    "follow_up_due_on",
    "email_id",
    "phone_call_id",
    "version",
)
_EXCLUSION_FIELDS = ("therapist_id", "source", "reason", "excluded_at", "excluded_by")
_ROW_FIELDS = (
    "patient_id",
    "status",
    "outcome",
    "outcome_notes",
    "ended_at",
    "distance_km",
    "relaxed",
    "reasons",
)


def search_views(
    session: Session, searches: "Sequence[Platzsuche | Row[Any]]", now: datetime
) -> list[dict[str, Any]]:
    session.flush()
    ids = [search.id for search in searches]
    facts = search_facts.facts_of(session, ids)
    own = search_facts.exclusions(session, ids)
    moves = search_facts.moves(session, ids)
    return [
        {
            **_picked(search, _SEARCH_FIELDS),
            "used_contacts": facts[search.id].used_contacts,
            "open_inquiries": facts[search.id].open_inquiries,
            "answered_inquiries": facts[search.id].answered_inquiries,
            "excluded_therapists": _union(own[search.id], facts[search.id].excluded_by_patient),
            **_waiting(search, moves[search.id], now),
        }
        for search in searches
    ]


def search_view(session: Session, search: Platzsuche, now: datetime) -> dict[str, Any]:
    return search_views(session, [search], now)[0]


def _union(own: "Sequence[Row[Any]]", patients: Sequence[int]) -> list[dict[str, Any]]:
    """Whom the search excludes is told with its reason, also where the patient does so too."""
    known = {exclusion.therapist_id for exclusion in own}
    nothing = dict.fromkeys(("reason", "excluded_at", "excluded_by"))
    alone = [therapist_id for therapist_id in patients if therapist_id not in known]
    return [
        *(_picked(exclusion, _EXCLUSION_FIELDS) for exclusion in own),
        *({"therapist_id": one, "source": "patient", **nothing} for one in alone),
    ]


def _waiting(
    search: "Platzsuche | Row[Any]", moves: Sequence[Moved], now: datetime
) -> dict[str, int]:
    waited = time_waited(search.waiting_since, moves, now)
    return {"waiting_days": waited.days, "paused_days": waited.paused_days}


def bundle_views(
    session: Session, inquiries: "Sequence[Therapeutenanfrage | Row[Any]]"
) -> list[dict[str, Any]]:
    session.flush()
    rows = queries.rows_of(session, [inquiry.id for inquiry in inquiries])
    return [
        {
            **_picked(inquiry, _BUNDLE_FIELDS),
            "patients": [_row_view(row) for row in rows.get(inquiry.id, [])],
        }
        for inquiry in inquiries
    ]


def bundle_view(session: Session, inquiry: Therapeutenanfrage) -> dict[str, Any]:
    return bundle_views(session, [inquiry])[0]


def removed_view(removed: Removed) -> dict[str, Any]:
    reasons = [{"code": one.code, "detail": dict(one.detail)} for one in removed.reasons]
    return {"search_id": removed.search_id, "reasons": reasons}


def preview_view(plan: WavePlan, plan_id: object, elapsed_ms: float) -> dict[str, Any]:
    pins, certificate = plan.refused_pins, plan.certificate
    return {
        **_frame(plan_id, None if certificate is None else certificate.as_row(), elapsed_ms),
        "bundles": [_planned_view(bundle) for bundle in plan.bundles],
        "skipped": [
            *(_skipped_view(s.therapist_id, s.reason.code, s.reason.detail) for s in plan.skipped),
            *(_refused_pin_view(p.therapist_id, p.search_id, p.reason.code) for p in pins),
        ],
        "unplaced": [{"search_id": u.search_id, "reason": u.reason} for u in plan.unplaced],
    }


def wave_view(
    bundles: Sequence[Mapping[str, Any]], kept: Mapping[str, Any], plan_id: object
) -> dict[str, Any]:
    """`kept`: the creation as `stored_plans` keeps it."""
    return {
        **_frame(plan_id, kept.get("certificate"), kept["elapsed_ms"]),
        "bundles": bundles,
        "skipped": [
            *(_skipped_view(s["therapist_id"], s["code"], s["detail"]) for s in kept["skipped"]),
            *(_refused_pin_view(**pin) for pin in kept["refused_pins"]),
        ],
        "unplaced": kept["unplaced"],
    }


def _frame(
    plan_id: object, certificate: Mapping[str, float] | None, elapsed_ms: float
) -> dict[str, Any]:
    return {
        "plan_id": str(plan_id),
        "certificate": certificate,
        "elapsed_ms": round(elapsed_ms, 1),
    }


def _skipped_view(therapist_id: int, code: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {"therapist_id": therapist_id, "reason": code, "detail": dict(detail)}


def _refused_pin_view(therapist_id: int, search_id: int, code: str) -> dict[str, Any]:
    """A pin that could not be kept says so beside the skipped therapists."""
    detail = {"search_id": search_id, "code": code}
    return _skipped_view(therapist_id, "pin_refused", detail)


def _planned_view(bundle: PlannedBundle) -> dict[str, Any]:
    return {
        **dict.fromkeys(_BUNDLE_FIELDS),
        "therapist_id": bundle.therapist_id,
        "state": "draft",
        "bundle_size": len(bundle.members),
        "size_exception": bundle.size_exception,
        "accepted_count": 0,
        "placed_count": 0,
        "patients": [
            {
                "position": position,
                "search_id": member.search_id,
                "patient_id": member.patient_id,
                "status": "pending",
                "outcome": None,
                "outcome_notes": None,
                "ended_at": None,
                "distance_km": member.distance_km,
                "relaxed": list(member.relaxed),
                "reasons": [{"code": r.code, "detail": dict(r.detail)} for r in member.reasons],
            }
            for position, member in enumerate(bundle.members, start=1)
        ],
    }


def _row_view(row: "Row[Any]") -> dict[str, Any]:
    return {
        **_picked(row, _ROW_FIELDS),
        "position": row.position_in_bundle,
        "search_id": row.platzsuche_id,
    }


def _picked(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
