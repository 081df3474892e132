"""/api/v2/staff/conflicts"""

from collections.abc import Iterable
from typing import Any

from matching_service.api import conflict_schemas as schemas
from matching_service.domain.conflicts import Resolution
from matching_service.storage import conflicts as queries
from matching_service.storage.tables import Conflict
from matching_service.use_cases.alternatives import alternatives_for
from matching_service.use_cases.conflicts import Decision, resolve_conflict
from matching_service.wiring import Wiring
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.paging import Order, page_schema, read_page
from shared.http.resource import Call, Resource

_FIELDS = (
    "id",
    "kind",
    "state",
    "responded_at",
    "alternative_search_id",
    "resolution",
    "notes",
    "resolved_by",
    "resolved_at",
)


class Conflicts(Resource[Wiring]):
    @roles("staff")
    @query(schemas.ConflictQuery)
    @returns(page_schema(schemas.ConflictAnswer))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Zu späte Zusagen auflisten, mit denen, die der Therapeut sonst nehmen könnte"""
        page = read_page(
            call.session,
            queries.conflicts(call.query),
            Order(Conflict.created_at, Conflict.id, call.query["sort"].startswith("-")),
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
        )
        return {**page, "data": conflict_views(call, page["data"])}


class ResolveConflict(Resource[Wiring]):
    @roles("staff")
    @body(schemas.ResolveBody)
    @returns(schemas.ConflictAnswer)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], conflict_id: int) -> dict[str, Any]:
        """Entscheiden, was aus einer zu späten Zusage wird"""
        decision = Decision(
            Resolution(call.body["resolution"]),
            call.body.get("notes"),
            call.body.get("alternative_search_id"),
        )
        conflict = resolve_conflict(
            call.session, conflict_id, decision, actor=call.actor.name, now=call.now
        )
        return conflict_views(call, [conflict])[0]


def conflict_views(call: Call[Wiring], conflicts: Iterable[Conflict]) -> list[dict[str, Any]]:
    """Alternatives are looked up at this moment, for conflicts that still wait."""
    found = list(conflicts)
    winners = queries.winner_bundles(call.session, found)
    learns = call.wiring.learns_chances
    return [
        {
            **{name: getattr(one, name) for name in _FIELDS},
            "search_id": one.platzsuche_id,
            "winner_bundle_id": winners.get(one.id),
            "loser_bundle_id": one.loser_inquiry_id,
            "alternatives": alternatives_for(
                call.session, one, learns_chances=learns, now=call.now
            ),
        }
        for one in found
    ]
