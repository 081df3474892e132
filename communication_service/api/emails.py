"""/api/v2/emails"""

from typing import Any

from communication_service.api import schemas
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.read_mail import read_mail
from communication_service.use_cases.release_letter import discard_draft, release_letter
from communication_service.wiring import Wiring
from shared.http.declarations import query, refuses, returns, roles
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


class EmailById(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.EmailAnswer, etag=True)
    def get(self, call: Call[Wiring], email_id: int) -> Email:
        """Eine Mail lesen"""
        return read_mail(call.session, email_id)

    @roles("staff")
    @returns(None, 204)
    @refuses("illegal-transition")
    def delete(self, call: Call[Wiring], email_id: int) -> None:
        """Einen Entwurf verwerfen, der auf eine Freigabe wartet"""
        discard_draft(call.session, email_id)


class ReleaseEmail(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.EmailAnswer)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], email_id: int) -> Email:
        """Einen Brief freigeben, oder einen abgewiesenen noch einmal senden"""
        return release_letter(call.session, email_id, actor=call.actor.name, now=call.now)
