"""/api/v2/patient-searches"""

from collections.abc import Mapping
from typing import Any

from matching_service.api import schemas
from matching_service.api.views import search_view, search_views
from matching_service.domain.errors import NotFound
from matching_service.domain.lifecycle import SearchStatus
from matching_service.gateways.people import Found
from matching_service.storage import queries
from matching_service.storage.tables import (
    Platzsuche,
    PlatzsucheContactRequest,
    PlatzsucheHistory,
)
from matching_service.use_cases import search_moves, searches
from matching_service.use_cases.read_models import keep_patients
from matching_service.wiring import Wiring
from shared.http.declarations import (
    body,
    idempotent,
    if_match,
    query,
    refuses,
    returns,
    roles,
)
from shared.http.paging import Order, page_schema, read_page, read_page_of_rows
from shared.http.resource import Call, Resource


class PatientSearches(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.SearchQuery)
    @returns(page_schema(schemas.SearchAnswer))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Platzsuchen auflisten"""
        by_waiting = call.query["sort"] == "waiting"
        column = Platzsuche.waiting_since if by_waiting else Platzsuche.created_at
        filters = {**call.query, "patient_id": call.query.get("patient_id", call.query.get("q"))}
        page = read_page_of_rows(
            call.session,
            queries.searches(filters, call.now),
            Order(column, Platzsuche.id, call.query["sort"].startswith("-")),
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
        )
        return {**page, "data": search_views(call.session, page["data"], call.now)}

    @roles("staff")
    @body(schemas.SearchBody)
    @returns(schemas.SearchAnswer, 201, location="/api/v2/patient-searches/{id}", etag=True)
    @idempotent
    @refuses("not-qualified", "active-search-exists")
    def post(self, call: Call[Wiring]) -> dict[str, Any]:
        """Eine Platzsuche eröffnen"""
        patient_id = call.body["patient_id"]
        keep_patients(call.session, call.asked)
        override = call.body.get("override")
        search = searches.create_patient_search(
            call.session,
            patient_id,
            requested_contacts=call.body.get(
                "requested_contacts", call.wiring.default_contact_budget
            ),
            notes=call.body.get("notes"),
            override_reason=override["reason"] if override else None,
            actor=call.actor.name,
            now=call.now,
        )
        return search_view(call.session, search, call.now)

    def ask_neighbours(self, wiring: Wiring, body: Mapping[str, Any]) -> Found:
        return wiring.people.patients([body["patient_id"]])

    def render(self, call: Call[Wiring], resource_id: str) -> dict[str, Any]:
        return read_search(call, int(resource_id))


class PatientSearchById(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.SearchAnswer, etag=True)
    def get(self, call: Call[Wiring], search_id: int) -> dict[str, Any]:
        """Eine Platzsuche lesen"""
        return read_search(call, search_id)

    @roles("staff")
    @body(schemas.SearchPatch, partial=True)
    @returns(schemas.SearchAnswer, etag=True)
    @if_match
    def patch(self, call: Call[Wiring], search_id: int) -> dict[str, Any]:
        """Notizen und Sitzungsdaten ändern"""
        search = searches.edit_search(
            call.session,
            search_id,
            call.body,
            call.expected_version,
            actor=call.actor.name,
            now=call.now,
        )
        return search_view(call.session, search, call.now)


class SearchHistory(Resource[Wiring]):
    @roles("staff")
    @query(schemas.HistoryQuery)
    @returns(page_schema(schemas.HistoryItem))
    def get(self, call: Call[Wiring], search_id: int) -> dict[str, Any]:
        """Was mit einer Platzsuche geschah, wann und durch wen"""
        descending = call.query["sort"].startswith("-")
        page = read_page(
            call.session,
            queries.history(search_id),
            Order(PlatzsucheHistory.at, PlatzsucheHistory.id, descending),
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
        )
        read_search(call, search_id)
        return page


class ContactRequests(Resource[Wiring]):
    @roles("staff")
    @body(schemas.ContactRequestBody)
    @returns(schemas.ContactRequestAnswer, 201)
    @idempotent
    @refuses("search-not-active")
    def post(self, call: Call[Wiring], search_id: int) -> dict[str, Any]:
        """Weitere Kontakte für eine Platzsuche anfordern"""
        request, search = searches.add_contact_request(
            call.session,
            search_id,
            call.body["requested_count"],
            call.body.get("notes"),
            actor=call.actor.name,
            now=call.now,
        )
        return contact_request_view(request, search)

    def render(self, call: Call[Wiring], resource_id: str) -> dict[str, Any]:
        request = call.session.get_one(PlatzsucheContactRequest, int(resource_id))
        return contact_request_view(
            request, call.session.get_one(Platzsuche, request.platzsuche_id)
        )


class SearchTransitions(Resource[Wiring]):
    @roles("staff")
    @body(schemas.TransitionBody)
    @returns(schemas.SearchAnswer)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], search_id: int) -> dict[str, Any]:
        """Eine Platzsuche in einen anderen Zustand bringen"""
        move = search_moves.Move(**{**call.body, "to": SearchStatus(call.body["to"])})
        search = search_moves.move_search(
            call.session, search_id, move, actor=call.actor.name, now=call.now
        )
        return search_view(call.session, search, call.now)


def read_search(call: Call[Wiring], search_id: int) -> dict[str, Any]:
    search = call.session.get(Platzsuche, search_id)
    if search is None:
        raise NotFound("search", search_id)
    return search_view(call.session, search, call.now)


def contact_request_view(request: PlatzsucheContactRequest, search: Platzsuche) -> dict[str, Any]:
    return {
        "id": request.id,
        "requested_count": request.requested_count,
        "requested_date": request.requested_date,
        "created_by": request.created_by,
        "total_requested_contacts": search.total_requested_contacts,
    }
