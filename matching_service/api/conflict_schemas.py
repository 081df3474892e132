"""Bodies and answers about acceptances that came too late."""

from marshmallow import Schema, fields

from matching_service.domain.conflicts import ConflictKind, ConflictState, Resolution, Source
from shared.http.fields import Choice, Identifier, Instant, Text, WholeWord
from shared.http.paging import PageQuery


class ConflictQuery(PageQuery):
    kind = Choice(ConflictKind)
    state = Choice(ConflictState)
    search_id = WholeWord(1, 2**31 - 1)
    therapist_id = WholeWord(1, 2**31 - 1, metadata={"description": "wessen Zusage zu spät kam"})


class AlternativeAnswer(Schema):
    search_id = Identifier()
    score = fields.Float()
    distance_km = fields.Float(allow_none=True)
    source = Choice(Source)


class ConflictAnswer(Schema):
    id = fields.Integer()
    kind = Choice(ConflictKind)
    state = Choice(ConflictState)
    search_id = Identifier()
    winner_bundle_id = Identifier(allow_none=True)
    loser_bundle_id = Identifier()
    responded_at = Instant()
    alternatives = fields.List(fields.Nested(AlternativeAnswer))
    alternative_search_id = Identifier(allow_none=True)
    resolution = Choice(Resolution, allow_none=True)
    notes = fields.String(allow_none=True)
    resolved_by = fields.String(allow_none=True)
    resolved_at = Instant(allow_none=True)


class ResolveBody(Schema):
    resolution = Choice(Resolution, required=True)
    notes = Text(5000, allow_none=True)
    alternative_search_id = Identifier(allow_none=True)
