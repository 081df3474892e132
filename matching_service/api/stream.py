"""/api/v2/stream, /api/v2/stream-tickets"""

from datetime import UTC, datetime
from itertools import islice

from flask import Response, request
from marshmallow import Schema, fields

from matching_service.feed.reading import once
from matching_service.storage.stream import head_of_stream, page_after
from matching_service.use_cases.stream_tickets import Ticket, issue_ticket, redeem_ticket
from matching_service.wiring import Wiring
from shared.auth import Actor
from shared.http.declarations import Declaration, query, refuses, resumable, returns, roles
from shared.http.fields import Instant, Text, WholeWord
from shared.http.resource import Call, Door, Resource, authorized, unauthenticated

_MEDIA = "text/event-stream"
_NOT_KEPT_ON_THE_WAY = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_LARGEST_NUMBER = 10**18 - 1
_MOST_AT_ONCE = 10  # pieces of 500; who missed more comes again for the rest


class StreamQuery(Schema):
    """For browsers: an EventSource can send no token, and a new one no Last-Event-ID."""

    ticket = Text(
        shortest=1,
        metadata={"description": "statt eines Bearer-Tokens; von POST /api/v2/stream-tickets"},
    )
    last_event_id = WholeWord(
        0,
        _LARGEST_NUMBER,
        metadata={"description": "wie Last-Event-ID, die vorgeht; für einen neuen EventSource"},
    )


class NewsSubject(Schema):
    kind = fields.String()
    id = fields.Integer()


class StreamNews(Schema):
    """What stands in `data` of an event."""

    type = fields.String()
    at = Instant()
    subject = fields.Nested(NewsSubject)
    ids = fields.Dict(metadata={"description": "alle Kennungen des Ereignisses, nach Namen"})
    status = fields.String(allow_none=True)


class StreamMessage(Schema):
    """One event as it comes; what stands in `data` is StreamNews, as JSON."""

    id = fields.String()
    event = fields.String(metadata={"x-present-when": "es begin oder reset ist"})
    retry = fields.Integer(metadata={"x-present-when": "es begin ist"})
    data = fields.String(
        metadata={"description": "JSON: type, at, subject {kind, id}, ids, status (docs/stream.md)"}
    )


class TicketAnswer(Schema):
    ticket = fields.String()
    expires_at = Instant()


class Stream(Resource[Wiring]):
    """In the stream's own web process it stays open. In any other, which has few threads, the same
    answer ends with the present, and the page comes again."""

    def authenticate(self, declared: Declaration, door: Door) -> Actor:
        ticket = request.args.get("ticket")
        if ticket is None or "Authorization" in request.headers:
            return super().authenticate(declared, door)
        with door.database.transaction() as session:
            holder = redeem_ticket(session, ticket)
        if holder is None:
            raise unauthenticated("Dieses Ticket gilt nicht oder nicht mehr.")
        actor = Actor(holder.subject, holder.roles, until=holder.session_ends_at)
        return authorized(actor, declared)

    @roles("staff")
    @query(StreamQuery)
    @resumable
    @returns(StreamMessage, media=_MEDIA)
    @refuses("too-many-requests")
    def get(self, call: Call[Wiring]) -> Response:
        """Was geschieht, sobald es geschieht, als Server-Sent Events"""
        position = call.last_event_id
        if position is None:
            position = call.query.get("last_event_id")
        if call.wiring.feed is None:
            return Response(_so_far(call, position), mimetype=_MEDIA, headers=_NOT_KEPT_ON_THE_WAY)
        stream = call.wiring.feed.open(
            call.actor.subject,
            request.environ.get("gunicorn.socket"),
            position,
            (call.actor.until - datetime.now(UTC)).total_seconds(),
        )
        response = Response(stream.messages, mimetype=_MEDIA, headers=_NOT_KEPT_ON_THE_WAY)
        response.call_on_close(stream.close)
        return response


class StreamTickets(Resource[Wiring]):
    @roles("staff")
    @returns(TicketAnswer, 201)
    def post(self, call: Call[Wiring]) -> Ticket:
        """Ein Ticket für den Ereignisstrom: gilt ein Mal und 30 Sekunden"""
        actor = call.actor
        return issue_ticket(call.session, actor.subject, actor.roles, actor.until)


def _so_far(call: Call[Wiring], position: int | None) -> list[bytes]:
    session = call.session
    start = head_of_stream(session) if position is None else position
    return list(islice(once(lambda after: page_after(session, after), start), _MOST_AT_ONCE))
