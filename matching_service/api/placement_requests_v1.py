"""/api/v1/placement-requests: one patient, one therapist. Deprecated, in favour of bundles."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema

from matching_service.domain.placement_requests import RequestStatus
from matching_service.gateways.people import Found
from matching_service.storage.placement_requests import placement_requests
from matching_service.storage.tables import PlacementRequest
from matching_service.use_cases import placement_requests as requests
from matching_service.use_cases.read_models import keep_patients, meet_therapists
from matching_service.wiring import Wiring
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.fields import Choice, Day, Identifier, Instant, Text, Whole, WholeWord
from shared.http.resource import Call, Resource
from shared.http.v1 import V1Message, V1PageQuery, read_v1_page

_LARGEST_ID = 2**31 - 1
_LONG = 10_000
_DELETED = {"message": "Placement request deleted successfully"}


class PlacementRequestBody(Schema):
    patient_id = Identifier(required=True)
    therapist_id = Identifier(required=True)
    status = Choice(RequestStatus)
    email_contact_date = Day(allow_none=True)
    phone_contact_date = Day(allow_none=True)
    response = Text(_LONG, allow_none=True)
    response_date = Day(allow_none=True)
    next_contact_after = Day(allow_none=True)
    priority = Whole(1, 10, load_default=1)
    notes = Text(_LONG, allow_none=True)


class PlacementRequestAnswer(PlacementRequestBody):
    id = Identifier()
    created_at = Instant()


class PlacementRequestChange(PlacementRequestAnswer):
    """Whoever changes a request may send back all that they have read; what we keep stays."""


class PlacementRequestQuery(V1PageQuery):
    status = Choice(RequestStatus)
    patient_id = WholeWord(1, _LARGEST_ID)
    therapist_id = WholeWord(1, _LARGEST_ID)


class PlacementRequestsV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(PlacementRequestQuery)
    @returns(PlacementRequestAnswer, many=True)
    def get(self, call: Call[Wiring]) -> list[PlacementRequest]:
        """Platzanfragen auflisten"""
        rows = placement_requests(call.query)
        return read_v1_page(call.session, rows, PlacementRequest.id, call.query)

    @roles("staff")
    @body(PlacementRequestBody)
    @returns(PlacementRequestAnswer, 201)
    def post(self, call: Call[Wiring]) -> PlacementRequest:
        """Platzanfrage anlegen"""
        patients, therapists = _ask_for_people(call.wiring, call.body)
        keep_patients(call.session, patients)
        meet_therapists(call.session, therapists)
        return requests.create_placement_request(
            call.session,
            call.body,
            cooling_days=call.wiring.cooling_days,
            actor=call.actor.name,
            now=call.now,
        )


class PlacementRequestByIdV1(Resource[Wiring]):
    @roles("staff", "service")
    @returns(PlacementRequestAnswer)
    def get(self, call: Call[Wiring], request_id: int) -> PlacementRequest:
        """Eine Platzanfrage lesen"""
        return requests.read_placement_request(call.session, request_id)

    @roles("staff")
    @body(PlacementRequestChange, partial=True)
    @returns(PlacementRequestAnswer)
    @refuses("illegal-transition")
    def put(self, call: Call[Wiring], request_id: int) -> PlacementRequest:
        """Einzelne Felder ändern; abgelehnt und angenommen sind die Antwort des Therapeuten"""
        return requests.update_placement_request(
            call.session,
            request_id,
            call.body,
            cooling_days=call.wiring.cooling_days,
            actor=call.actor.name,
            now=call.now,
        )

    @roles("staff")
    @returns(V1Message)
    def delete(self, call: Call[Wiring], request_id: int) -> dict[str, str]:
        """Eine Platzanfrage löschen; was der Therapeut geantwortet hat, bleibt verzeichnet"""
        requests.delete_placement_request(call.session, request_id)
        return _DELETED


def _ask_for_people(wiring: Wiring, fields: Mapping[str, Any]) -> tuple[Found, Found]:
    """Asked before the transaction: who was entered a moment ago may not be known here yet."""
    return (
        wiring.people.patients([fields["patient_id"]]),
        wiring.people.therapists([fields["therapist_id"]]),
    )
