"""/api/v2/feature-flags"""

from typing import Any

from marshmallow import Schema, fields, validate

from matching_service.storage.feature_flags import changes
from matching_service.storage.tables import FeatureFlag, FeatureFlagChange
from matching_service.use_cases import feature_flags
from matching_service.wiring import Wiring
from shared.http.declarations import body, if_match, query, returns, roles
from shared.http.fields import Flag, Instant, Text, Whole
from shared.http.paging import Order, PageQuery, page_schema, read_page
from shared.http.resource import Call, Resource

_MOST_OVERRIDES = 1000


class FeatureFlagBody(Schema):
    """Off is off for everybody; else the users named are in, and a share of all others."""

    enabled = Flag(required=True)
    rollout_percentage = Whole(0, 100, required=True)
    override_users = fields.List(
        Text(shortest=1),
        required=True,
        validate=validate.Length(max=_MOST_OVERRIDES),
        metadata={"description": "Kennungen (sub) der Personen, für die immer eingeschaltet ist"},
    )


class FeatureFlagAnswer(FeatureFlagBody):
    name = fields.String()
    updated_at = Instant()
    updated_by = fields.String()
    version = fields.Integer()


class FeatureFlagChangeAnswer(FeatureFlagBody):
    version = fields.Integer()
    changed_at = Instant()
    changed_by = fields.String()


class ChangeQuery(PageQuery):
    """`created_at` of a change is when it was made."""


class FeatureFlagByName(Resource[Wiring]):
    @roles("staff", "service")
    @returns(FeatureFlagAnswer, etag=True)
    def get(self, call: Call[Wiring], name: str) -> FeatureFlag:
        """Für wen eine neue Funktion eingeschaltet ist"""
        return feature_flags.read_flag(call.session, name)

    @roles("admin")
    @body(FeatureFlagBody)
    @returns(FeatureFlagAnswer, etag=True)
    @if_match
    def put(self, call: Call[Wiring], name: str) -> FeatureFlag:
        """Eine neue Funktion ein- oder ausschalten; gilt ab der nächsten Anfrage"""
        return feature_flags.turn_flag(
            call.session,
            name,
            **call.body,
            expected_version=call.expected_version,
            actor=call.actor.name,
            now=call.now,
        )


class FeatureFlagChanges(Resource[Wiring]):
    @roles("admin")
    @query(ChangeQuery)
    @returns(page_schema(FeatureFlagChangeAnswer))
    def get(self, call: Call[Wiring], name: str) -> dict[str, Any]:
        """Wer eine Funktion wann wie geschaltet hat"""
        descending = call.query["sort"].startswith("-")
        page = read_page(
            call.session,
            changes(name),
            Order(FeatureFlagChange.changed_at, FeatureFlagChange.id, descending),
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
        )
        feature_flags.read_flag(call.session, name)
        return page
