"""/api/v2/therapists/{id}/contacts and /history: what was written down about a therapist."""

from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from shared.http.declarations import body, idempotent, query, returns, roles
from shared.http.paging import Order, page_schema, read_page
from shared.http.resource import Call, Resource
from therapist_service.api import schemas
from therapist_service.api.therapists import author
from therapist_service.storage import records, tables
from therapist_service.use_cases import contact_wishes, contacts
from therapist_service.use_cases.therapists import read_therapist
from therapist_service.wiring import Wiring


class TherapistContacts(Resource[Wiring]):
    @roles("staff")
    @query(schemas.NewestFirstQuery)
    @returns(page_schema(schemas.ContactAnswer))
    def get(self, call: Call[Wiring], therapist_id: int) -> dict[str, Any]:
        """Kontakte mit einem Therapeuten, die neuesten zuerst"""
        rows = records.contacts(therapist_id)
        return _newest_first(call, therapist_id, rows, tables.Contact.at, tables.Contact.id)

    @roles("staff")
    @body(schemas.ContactBody)
    @returns(schemas.ContactAnswer, 201)
    @idempotent
    def post(self, call: Call[Wiring], therapist_id: int) -> tables.Contact:
        """Einen Kontakt festhalten"""
        return contacts.record_contact(call.session, therapist_id, call.body, author(call))

    def render(self, call: Call[Wiring], resource_id: str) -> tables.Contact:
        return records.contact(call.session, int(resource_id))


class TherapistContactWishes(Resource[Wiring]):
    @roles("service")
    @body(schemas.ContactWishesBody)
    @returns(None, 204)
    def post(self, call: Call[Wiring], therapist_id: int) -> None:
        """Was jemand über den Link der Anfrage gewünscht hat: später, oder gar nicht mehr"""
        contact_wishes.record_wishes(call.session, therapist_id, call.body, author(call))


class TherapistHistory(Resource[Wiring]):
    @roles("staff")
    @query(schemas.NewestFirstQuery)
    @returns(page_schema(schemas.HistoryAnswer))
    def get(self, call: Call[Wiring], therapist_id: int) -> dict[str, Any]:
        """Wer einen Therapeuten wann und warum gesperrt oder freigegeben hat"""
        row = tables.TherapistHistory
        return _newest_first(call, therapist_id, records.history(therapist_id), row.at, row.id)


def _newest_first(
    call: Call[Wiring],
    therapist_id: int,
    rows: "Select[Any]",
    at: "InstrumentedAttribute[Any]",
    row_id: "InstrumentedAttribute[int]",
) -> dict[str, Any]:
    read_therapist(call.session, therapist_id)
    order, asked = Order(at, row_id, descending=True), call.query
    return read_page(call.session, rows, order, cursor=asked.get("cursor"), limit=asked["limit"])
