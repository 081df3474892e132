"""/api/v2/phone-calls"""

from typing import Any

from communication_service.api import call_schemas as schemas
from communication_service.domain.calls import CallOutcome
from communication_service.storage import call_queries
from communication_service.storage.call_tables import PhoneCall
from communication_service.use_cases import complete_call, start_call
from communication_service.use_cases.calls_v1 import read_v1_call
from communication_service.wiring import Wiring
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.paging import Order, page_schema, read_page
from shared.http.resource import Call, Resource


class PhoneCalls(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.CallQuery)
    @returns(page_schema(schemas.CallAnswer))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Anrufe auflisten, etwa die eines Tages"""
        return read_page(
            call.session,
            call_queries.calls(call.query),
            Order(PhoneCall.starts_at, PhoneCall.id, call.query["sort"].startswith("-")),
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
        )


class PhoneCallById(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.CallAnswer, etag=True)
    def get(self, call: Call[Wiring], call_id: int) -> PhoneCall:
        """Einen Anruf lesen"""
        return read_v1_call(call.session, call_id)


class StartPhoneCall(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.StartedCallAnswer)
    @refuses("cooling-active", "contact-too-soon", "illegal-transition")
    def post(self, call: Call[Wiring], call_id: int) -> start_call.StartedCall:
        """Jetzt anrufen: holt die Erlaubnis, schreibt den Leitfaden neu, nennt die Nummer"""
        wiring, actor = call.wiring, call.actor.name
        with wiring.database.transaction() as session:
            planned = start_call.startable_call(session, call_id, actor, call.now)
        permitted = start_call.obtain_permit(
            planned, wiring.matching, wiring.people, actor, call.now
        )
        return start_call.start_call(
            call.session, call_id, permitted, wiring.call_desk, actor=actor, now=call.now
        )


class CompletePhoneCall(Resource[Wiring]):
    @roles("staff")
    @body(schemas.CallReportBody)
    @returns(schemas.CallAnswer)
    @refuses("illegal-transition", "already-answered", "incomplete-response", "not-sent")
    def post(self, call: Call[Wiring], call_id: int) -> PhoneCall:
        """Festhalten, was der Anruf ergab; Antworten werden dabei aufgenommen"""
        wiring, actor = call.wiring, call.actor.name
        report = complete_call.CallReport(
            outcome=CallOutcome(call.body["outcome"]),
            responses=tuple(call.body.get("responses", ())),
            call_back_on=call.body.get("call_back_on"),
            notes=call.body.get("notes"),
        )
        with wiring.database.transaction() as session:
            made = complete_call.reported_call(session, call_id, report, call.now)
        complete_call.answer_inquiry(made, report, wiring.matching, actor)
        return complete_call.complete_call(
            call.session, call_id, report, wiring.call_desk, actor=actor, now=call.now
        )
