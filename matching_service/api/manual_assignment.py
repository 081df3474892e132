"""/api/v2/staff/manual-assignment"""

from typing import Any

from matching_service.api.schemas import BundleAnswer
from matching_service.api.search_schemas import AssignmentBody
from matching_service.api.views import bundle_view
from matching_service.storage.tables import Therapeutenanfrage
from matching_service.use_cases.feature_flags import require_bundle_matching
from matching_service.use_cases.manual_assignment import Assignment, assign_manually
from matching_service.wiring import Wiring
from shared.http.declarations import body, idempotent, refuses, returns, roles
from shared.http.resource import Call, Resource


class ManualAssignment(Resource[Wiring]):
    @roles("staff")
    @body(AssignmentBody)
    @returns(BundleAnswer, 201, location="/api/v2/therapist-bundles/{id}", etag=True)
    @idempotent
    @refuses(
        "feature-disabled",
        "search-not-active",
        "not-eligible",
        "open-inquiry",
        "cooling-active",
        "contact-too-soon",
    )
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Einen Therapeuten für einen Patienten von Hand anfragen, als Entwurf"""
        require_bundle_matching(call.wiring.flags, call.actor.name)
        override = call.body.get("override_cooling")
        wanted = Assignment(
            therapist_id=call.body["therapist_id"],
            search_id=call.body["search_id"],
            reason=call.body["reason"],
            override_cooling=override["reason"] if override else None,
        )
        inquiry = assign_manually(call.session, wanted, actor=call.actor.name, now=call.now)
        return bundle_view(call.session, inquiry)

    def render(self, call: Call[Wiring], resource_id: str) -> dict[str, Any]:
        return bundle_view(call.session, call.session.get_one(Therapeutenanfrage, int(resource_id)))
