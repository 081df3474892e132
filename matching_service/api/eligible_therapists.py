"""Who could be asked, and why others cannot"""

from collections.abc import Sequence
from typing import Any

from matching_service.api import search_schemas as schemas
from matching_service.api.cursors import encode_key
from matching_service.domain.explanations import Reason
from matching_service.domain.ranking import Standing
from matching_service.use_cases.eligible_therapists import (
    Line,
    get_contactable_therapists,
    get_eligible_therapists,
)
from matching_service.wiring import Wiring
from shared.http.declarations import query, returns, roles
from shared.http.resource import Call, Resource


class EligibleTherapists(Resource[Wiring]):
    @roles("staff")
    @query(schemas.EligibleQuery)
    @returns(schemas.EligiblePage)
    def get(self, call: Call[Wiring], search_id: int) -> dict[str, Any]:
        """Welche Therapeuten für eine Platzsuche in Frage kommen und warum andere nicht"""
        return _page(call, _line_of(call, search_id))


class StaffEligibleTherapists(Resource[Wiring]):
    @roles("staff")
    @query(schemas.StaffEligibleQuery)
    @returns(schemas.EligiblePage)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Welche Therapeuten für eine Platzsuche oder in einer Gegend ansprechbar sind"""
        if "search_id" in call.query:
            return _page(call, _line_of(call, call.query["search_id"]))
        line = get_contactable_therapists(
            call.session,
            call.query["plz_prefix"],
            now=call.now,
            include_ineligible=call.query["include_ineligible"],
        )
        return _page(call, line)


def _line_of(call: Call[Wiring], search_id: int) -> Line:
    return get_eligible_therapists(
        call.session,
        search_id,
        now=call.now,
        include_ineligible=call.query["include_ineligible"],
        within_km=call.query.get("within_km"),
        therapist_id=call.query.get("therapist_id"),
    )


def _page(call: Call[Wiring], line: Line) -> dict[str, Any]:
    limit, last = call.query["limit"], call.query.get("cursor")
    rest = [one for one in line.standings if last is None or one.position > last]
    shown = rest[:limit]
    return {
        "search_id": line.search.search_id if line.search else None,
        "status": line.search.status if line.search else None,
        "obstacles": _reasons([Reason.of(obstacle) for obstacle in line.obstacles]),
        "within_km": line.within_km,
        "data": [_view(one) for one in shown],
        "total": len(line.standings),
        "next": encode_key(shown[-1].position) if len(rest) > limit else None,
    }


def _view(standing: Standing) -> dict[str, Any]:
    explained = standing.explained()
    return {
        "therapist_id": explained.therapist_id,
        "eligible": explained.eligible,
        "rank": explained.rank,
        "distance_km": explained.distance_km,
        "approximate": explained.approximate,
        "reasons": _reasons(explained.reasons),
        "would_need": _reasons(explained.would_need),
        "preferences": _reasons(explained.preferences),
    }


def _reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return [{"code": reason.code, "detail": dict(reason.detail)} for reason in reasons]
