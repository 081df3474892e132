"""/api/v2/emails"""

from collections.abc import Mapping
from typing import Any

from communication_service.api import schemas
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases import staff_mails
from communication_service.use_cases.read_mail import read_mail
from communication_service.use_cases.release_letter import discard_draft, release_letter
from communication_service.wiring import Wiring
from shared.http.declarations import (
    body,
    idempotent,
    if_match,
    query,
    refuses,
    returns,
    roles,
)
from shared.http.paging import Order, page_schema, read_page
from shared.http.resource import Call, Resource


class Emails(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.EmailQuery)
    @returns(page_schema(schemas.EmailAnswer))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Mails auflisten"""
        return read_page(
            call.session,
            queries.emails(call.query),
            Order(Email.created_at, Email.id, call.query["sort"].startswith("-")),
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
        )

    @roles("staff")
    @body(schemas.StaffMailBody)
    @returns(schemas.EmailAnswer, 201, location="/api/v2/emails/{id}", etag=True)
    @idempotent
    def post(self, call: Call[Wiring]) -> Email:
        """Einer Praxis von Hand schreiben; es bleibt ein Entwurf, bis jemand ihn freigibt"""
        return staff_mails.write_staff_mail(
            call.session,
            call.body,
            call.asked,
            call.wiring.letterhead,
            actor=call.actor.name,
            now=call.now,
        )

    def ask_neighbours(self, wiring: Wiring, body: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return wiring.people.therapist(body["therapist_id"])

    def render(self, call: Call[Wiring], resource_id: str) -> Email:
        return call.session.get_one(Email, int(resource_id))


class EmailById(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.EmailAnswer, etag=True)
    def get(self, call: Call[Wiring], email_id: int) -> Email:
        """Eine Mail lesen"""
        return read_mail(call.session, email_id)

    @roles("staff")
    @body(schemas.StaffMailChange, partial=True)
    @returns(schemas.EmailAnswer, etag=True)
    @refuses("illegal-transition")
    @if_match
    def patch(self, call: Call[Wiring], email_id: int) -> Email:
        """Den Entwurf einer Mail ändern, die jemand von Hand schreibt (JSON Merge Patch)"""
        wiring, expected = call.wiring, call.expected_version
        with wiring.database.transaction() as session:
            mail = staff_mails.mail_to_change(session, email_id, expected)
        assert mail.therapist_id is not None, "it goes to a practice"
        return staff_mails.change_staff_mail(
            call.session,
            email_id,
            call.body,
            wiring.people.therapist(mail.therapist_id),
            wiring.letterhead,
            expected_version=expected,
            now=call.now,
        )

    @roles("staff")
    @returns(None, 204)
    @refuses("illegal-transition")
    def delete(self, call: Call[Wiring], email_id: int) -> None:
        """Einen Entwurf verwerfen, der auf eine Freigabe wartet, oder eine eigene Mail abbrechen"""
        discard_draft(call.session, email_id)


class ReleaseEmail(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.EmailAnswer)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], email_id: int) -> Email:
        """Einen Brief freigeben, oder einen abgewiesenen noch einmal senden"""
        return release_letter(call.session, email_id, actor=call.actor.name, now=call.now)
