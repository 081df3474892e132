"""/api/v2/staff/parked-events of every service: what got stuck, try it again, give it up.

All services answer under the same path. At the gateway `?service=` chooses; a service refuses a
name that is not its own, so that nobody takes one's list for another's.
"""

from typing import Any

from flask import current_app
from marshmallow import Schema, fields, validates_schema

from shared.events import unparking
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.fields import Instant, Text, WholeWord, invalid
from shared.http.paging import DEFAULT_LIMIT, LARGEST_LIMIT, page_schema
from shared.http.problems import Problem
from shared.http.resource import Call, Resource
from shared.http.service import Route

_WAITS = "Dieses Ereignis ist nicht gescheitert, es wartet nur hinter einem anderen."


def _is_mine(service: str) -> None:
    own = current_app.name.replace("_", "-")
    if service != own:
        raise invalid("unknown_value", f"Hier antwortet {own}.")


class ServiceQuery(Schema):
    service = Text(50, validate=_is_mine, metadata={"description": "Dienst, z. B. patient-service"})


class ParkedEventQuery(ServiceQuery):
    cursor = WholeWord(1, 2**53)
    limit = WholeWord(1, LARGEST_LIMIT, load_default=DEFAULT_LIMIT)


class StuckEvent(Schema):
    id = fields.Integer()
    topic = fields.String()
    key = fields.String()
    event_id = fields.UUID()
    type = fields.String()
    error = fields.String(allow_none=True)
    attempts = fields.Integer()
    parked_at = Instant()


class ParkedEventAnswer(StuckEvent):
    next_attempt_at = Instant()
    waiting_behind = fields.Integer()


class DiscardedEventAnswer(StuckEvent):
    discarded_at = Instant()
    discarded_by = fields.String()
    reason = fields.String()


class RetryBody(Schema):
    topic = Text(100)
    key = Text(200)

    @validates_schema
    def name_both_or_none(self, data: dict[str, str], **_: Any) -> None:
        for one, other in (("topic", "key"), ("key", "topic")):
            if one in data and other not in data:
                raise invalid("required", "Thema und Schlüssel gehören zusammen.", other)


class RetryAnswer(Schema):
    due = fields.Integer()


class DiscardBody(Schema):
    reason = Text(500, shortest=1, required=True, metadata={"description": "warum; ohne Namen"})


class ParkedEvents(Resource[Any]):
    @roles("admin")
    @query(ParkedEventQuery)
    @returns(page_schema(ParkedEventAnswer))
    def get(self, call: Call[Any]) -> dict[str, Any]:
        """Geparkte Ereignisse auflisten, von jedem Schlüssel das gescheiterte"""
        limit = call.query["limit"]
        found = unparking.parked_heads(
            call.session, after_id=call.query.get("cursor", 0), limit=limit + 1
        )
        more = len(found) > limit
        return {
            "data": found[:limit],
            "total": unparking.count_parked_keys(call.session),
            "next": str(found[limit - 1]["id"]) if more else None,
        }


class RetryParkedEvents(Resource[Any]):
    @roles("admin")
    @query(ServiceQuery)
    @body(RetryBody)
    @returns(RetryAnswer)
    def post(self, call: Call[Any]) -> dict[str, int]:
        """Geparkte Ereignisse sofort wieder versuchen, alle oder die eines Schlüssels"""
        return {"due": unparking.make_due(call.session, call.body)}


class DiscardParkedEvent(Resource[Any]):
    @roles("admin")
    @query(ServiceQuery)
    @body(DiscardBody)
    @returns(DiscardedEventAnswer)
    @refuses("illegal-transition")
    def post(self, call: Call[Any], parked_event_id: int) -> Any:
        """Ein gescheitertes Ereignis aufgeben, damit sein Schlüssel weitergeht"""
        try:
            return unparking.discard(
                call.session,
                parked_event_id,
                actor=call.actor.name,
                reason=call.body["reason"],
            )
        except unparking.NotParked:
            raise Problem("not-found") from None
        except unparking.NotTheHead:
            raise Problem("illegal-transition", _WAITS, extra={"why": "waiting"}) from None


_PATH = "/api/v2/staff/parked-events"

PARKED_EVENT_ROUTES = (
    Route(_PATH, ParkedEvents),
    Route(f"{_PATH}/retry", RetryParkedEvents),
    Route(f"{_PATH}/<id:parked_event_id>/discard", DiscardParkedEvent),
)
