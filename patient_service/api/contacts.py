"""/api/v2/patients/{id}/contacts"""

from typing import Any

from patient_service.api import schemas
from patient_service.storage.contacts import contact, contacts_of, name_survivors
from patient_service.storage.tables import Contact
from patient_service.use_cases import patients
from patient_service.use_cases.contacts import Happened, record_contact
from patient_service.wiring import Wiring
from shared.http.declarations import body, idempotent, query, returns, roles
from shared.http.paging import Order, page_schema, read_page
from shared.http.resource import Call, Resource


class Contacts(Resource[Wiring]):
    @roles("staff")
    @query(schemas.ContactQuery)
    @returns(page_schema(schemas.ContactAnswer))
    def get(self, call: Call[Wiring], patient_id: int) -> dict[str, Any]:
        """Kontakte mit einem Patienten, die neuesten zuerst"""
        patients.read_patient(call.session, patient_id)
        order = Order(Contact.at, Contact.id, call.query["sort"].startswith("-"))
        cursor, limit = call.query.get("cursor"), call.query["limit"]
        rows = contacts_of(patient_id)
        page = read_page(call.session, rows, order, cursor=cursor, limit=limit)
        name_survivors(call.session, page["data"])
        return page

    @roles("staff")
    @body(schemas.ContactBody)
    @returns(schemas.ContactAnswer, 201)
    @idempotent
    def post(self, call: Call[Wiring], patient_id: int) -> Contact:
        """Einen Kontakt festhalten; der letzte Kontakt rückt mit vor"""
        happened = Happened(**call.body)
        return record_contact(
            call.session, patient_id, happened, actor=call.actor.name, now=call.now
        )

    def render(self, call: Call[Wiring], resource_id: str) -> Contact:
        return contact(call.session, int(resource_id))
