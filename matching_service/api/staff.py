"""/api/v2/staff and the contact permits of the other services"""

from typing import Any

from matching_service.api import schemas
from matching_service.storage.coolings import read_cooling, read_coolings
from matching_service.storage.tables import ContactPermit
from matching_service.use_cases import contact_law
from matching_service.use_cases.cooling_overrides import override_cooling
from matching_service.wiring import Wiring
from shared.contracts.berlin import berlin_day
from shared.http.declarations import body, idempotent, query, refuses, returns, roles
from shared.http.resource import Call, Resource


class CoolingPeriods(Resource[Wiring]):
    @roles("staff")
    @query(schemas.CoolingQuery)
    @returns(schemas.CoolingPage)
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Abkühlungsphasen auflisten, die jüngste zuerst"""
        return read_coolings(
            call.session,
            active=call.query.get("active"),
            today=berlin_day(call.now),
            after_id=call.query.get("cursor"),
            limit=call.query["limit"],
        )


class OverrideCooling(Resource[Wiring]):
    @roles("staff")
    @body(schemas.CoolingOverrideBody)
    @returns(schemas.CoolingAnswer)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], cooling_id: int) -> dict[str, Any]:
        """Eine Abkühlungsphase beenden, weil die Praxis selbst etwas anbietet"""
        override_cooling(
            call.session, cooling_id, call.body["reason"], actor=call.actor.name, now=call.now
        )
        return read_cooling(call.session, cooling_id)


class ContactPermits(Resource[Wiring]):
    @roles("service")
    @body(schemas.PermitBody)
    @returns(schemas.PermitAnswer, 201)
    @refuses("cooling-active", "contact-too-soon", "illegal-transition")
    @idempotent
    def post(self, call: Call[Wiring]) -> ContactPermit:
        """Einen Kontakt anmelden; gilt bis zum Ende des Tages"""
        return contact_law.request_permit(
            call.session,
            call.body["therapist_id"],
            call.body["purpose"],
            call.body.get("inquiry_id"),
            actor=call.actor.name,
        )

    def render(self, call: Call[Wiring], resource_id: str) -> ContactPermit:
        return call.session.get_one(ContactPermit, int(resource_id))


class ClaimPermit(Resource[Wiring]):
    @roles("service")
    @returns(schemas.PermitAnswer)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], permit_id: int) -> ContactPermit:
        """Unmittelbar vor dem Kontakt: gilt die Erlaubnis noch?"""
        return contact_law.claim_permit(call.session, permit_id, call.now)
