"""/api/v2/patient-searches/{id}/exclude-therapist"""

from typing import Any

from matching_service.api import search_schemas as schemas
from matching_service.api.schemas import SearchAnswer
from matching_service.api.views import search_view
from matching_service.use_cases import exclusion_list
from matching_service.wiring import Wiring
from shared.http.declarations import body, refuses, returns, roles
from shared.http.resource import Call, Resource


class ExcludeTherapist(Resource[Wiring]):
    @roles("staff")
    @body(schemas.ExclusionBody)
    @returns(SearchAnswer)
    @refuses("search-not-active")
    def put(self, call: Call[Wiring], search_id: int) -> dict[str, Any]:
        """Einen Therapeuten von einer Platzsuche ausschließen"""
        search = exclusion_list.exclude_for_search(
            call.session,
            search_id,
            call.body["therapist_id"],
            call.body["reason"],
            actor=call.actor.name,
            now=call.now,
        )
        return search_view(call.session, search, call.now)


class ExcludedTherapist(Resource[Wiring]):
    @roles("staff")
    @returns(SearchAnswer)
    @refuses("search-not-active", "excluded-by-patient")
    def delete(self, call: Call[Wiring], search_id: int, therapist_id: int) -> dict[str, Any]:
        """Den Ausschluss eines Therapeuten zurücknehmen"""
        search = exclusion_list.allow_again(
            call.session, search_id, therapist_id, actor=call.actor.name, now=call.now
        )
        return search_view(call.session, search, call.now)
