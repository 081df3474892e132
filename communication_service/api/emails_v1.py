"""/api/v1/emails: the shape that old clients know. Deprecated."""

from communication_service.api import schemas
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.read_mail import read_mail_to_practice
from communication_service.wiring import Wiring
from shared.http.declarations import query, returns, roles
from shared.http.resource import Call, Resource
from shared.http.v1 import read_v1_page


class EmailsV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.EmailV1Query)
    @returns(schemas.EmailV1Item, many=True)
    def get(self, call: Call[Wiring]) -> list[Email]:
        """Mails auflisten"""
        rows = queries.emails_to_practices(schemas.v1_filters(call.query))
        return read_v1_page(call.session, rows, Email.id, call.query)


class EmailByIdV1(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.EmailV1Answer)
    def get(self, call: Call[Wiring], email_id: int) -> Email:
        """Eine Mail lesen"""
        return read_mail_to_practice(call.session, email_id)
