"""/api/v1/phone-calls, /api/v1/phone-call-batches: the shape old clients know. Deprecated."""

from communication_service.api import call_schemas as schemas
from communication_service.gateways.practices import read_practice
from communication_service.storage import call_queries
from communication_service.storage.call_tables import PhoneCall, PhoneCallBatch
from communication_service.use_cases import calls_v1
from communication_service.use_cases.call_errors import WrongCallField
from communication_service.wiring import Wiring
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.resource import Call, Resource
from shared.http.v1 import V1Message, read_v1_page


class PhoneCallsV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.CallV1Query)
    @returns(schemas.CallV1Answer, many=True)
    def get(self, call: Call[Wiring]) -> list[PhoneCall]:
        """Anrufe auflisten"""
        rows = call_queries.calls(call.query)
        return read_v1_page(call.session, rows, PhoneCall.id, call.query)

    @roles("staff", "service")
    @body(schemas.CallV1Body)
    @returns(schemas.CallV1Answer, 201)
    def post(self, call: Call[Wiring]) -> PhoneCall:
        """Einen Anruf planen; ohne Termin im nächsten freien"""
        document = call.wiring.people.therapist(call.body["therapist_id"])
        if document is None:
            raise WrongCallField("therapist_id", "not_found")
        return calls_v1.plan_v1_call(
            call.session,
            call.body,
            read_practice(document),
            call.wiring.call_desk.queue,
            actor=call.actor.name,
            now=call.now,
        )


class PhoneCallByIdV1(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.CallV1Answer)
    def get(self, call: Call[Wiring], call_id: int) -> PhoneCall:
        """Einen Anruf lesen"""
        return calls_v1.read_v1_call(call.session, call_id)

    @roles("staff", "service")
    @body(schemas.CallV1Change)
    @returns(schemas.CallV1Answer)
    @refuses("illegal-transition")
    def put(self, call: Call[Wiring], call_id: int) -> PhoneCall:
        """Einen Anruf verschieben oder festhalten, was er ergab"""
        wiring, actor = call.wiring, call.actor.name
        with wiring.database.transaction() as session:
            planned = calls_v1.read_v1_call(session, call_id)
            requests = call_queries.requests_of(session, call_id)
        report = calls_v1.gather_report(planned, requests, call.body, wiring.matching, actor)
        return calls_v1.change_v1_call(
            call.session,
            call_id,
            call.body,
            report,
            wiring.call_desk.queue,
            actor=actor,
            now=call.now,
        )

    @roles("staff", "service")
    @returns(V1Message)
    @refuses("illegal-transition")
    def delete(self, call: Call[Wiring], call_id: int) -> dict[str, str]:
        """Einen geplanten Anruf löschen"""
        calls_v1.delete_v1_call(call.session, call_id)
        return {"message": "Phone call deleted successfully"}


class PhoneCallBatchByIdV1(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.CallBatchAnswer)
    def get(self, call: Call[Wiring], batch_id: int) -> PhoneCallBatch:
        """Eine Anfrage in einem Anruf lesen"""
        return calls_v1.read_batch(call.session, batch_id)

    @roles("staff", "service")
    @body(schemas.CallBatchChange)
    @returns(schemas.CallBatchAnswer)
    def put(self, call: Call[Wiring], batch_id: int) -> PhoneCallBatch:
        """Festhalten, was der Anruf über eine Anfrage ergab"""
        return calls_v1.change_batch(call.session, batch_id, call.body)
