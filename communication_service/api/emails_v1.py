"""/api/v1/emails, /api/v1/email-batches: the shape that old clients know. Deprecated."""

from collections.abc import Mapping

from communication_service.api import email_schemas_v1 as written
from communication_service.api import schemas
from communication_service.storage import queries
from communication_service.storage.email_batches import EmailBatch, batches_of
from communication_service.storage.tables import Email
from communication_service.use_cases import email_batches_v1, mails_v1
from communication_service.use_cases.mail_errors import WrongMailFields
from communication_service.use_cases.mail_occasions import find_occasion
from communication_service.use_cases.read_mail import read_mail_to_practice
from communication_service.wiring import Wiring
from shared.auth import STAFF
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.resource import Call, Resource
from shared.http.v1 import V1Message, V1PageQuery, read_v1_page


class EmailsV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.EmailV1Query)
    @returns(schemas.EmailV1Item, many=True)
    def get(self, call: Call[Wiring]) -> list[Email]:
        """Mails auflisten"""
        rows = queries.emails_to_practices(schemas.v1_filters(call.query))
        return read_v1_page(call.session, rows, Email.id, call.query)

    @roles("staff", "service")
    @body(written.EmailV1Body)
    @returns(schemas.EmailV1Answer, 201)
    def post(self, call: Call[Wiring]) -> Email:
        """Eine Mail an eine Praxis schreiben, auf Wunsch gleich zum Versand"""
        wiring, requested = call.wiring, _requested(call.body.get("placement_request_ids", ()))
        occasion = find_occasion(
            call.body["therapist_id"], requested, wiring.people, wiring.matching
        )
        writer = mails_v1.Writer(call.actor.name, is_person=call.actor.may({STAFF}))
        return mails_v1.write_v1_mail(
            call.session, call.body, occasion, wiring.letterhead, writer, call.now
        )


class EmailByIdV1(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.EmailV1Answer)
    def get(self, call: Call[Wiring], email_id: int) -> Email:
        """Eine Mail lesen"""
        return read_mail_to_practice(call.session, email_id)

    @roles("staff", "service")
    @body(written.EmailV1Change)
    @returns(schemas.EmailV1Answer)
    @refuses("illegal-transition")
    def put(self, call: Call[Wiring], email_id: int) -> Email:
        """Zum Versand geben oder zurückholen; festhalten, was die Praxis geantwortet hat"""
        return mails_v1.change_v1_mail(
            call.session, email_id, call.body, actor=call.actor.name, now=call.now
        )


class BatchesOfEmailV1(Resource[Wiring]):
    @roles("staff", "service")
    @query(V1PageQuery)
    @returns(written.EmailBatchAnswer, many=True)
    def get(self, call: Call[Wiring], email_id: int) -> list[EmailBatch]:
        """Die Platzanfragen einer Mail, die älteste zuerst"""
        mail = read_mail_to_practice(call.session, email_id)
        order = EmailBatch.placement_request_id
        return read_v1_page(call.session, batches_of(mail.id), order, call.query)

    @roles("staff", "service")
    @body(written.EmailBatchBody)
    @returns(written.EmailBatchAnswer, 201)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], email_id: int) -> EmailBatch:
        """Eine Platzanfrage in eine Mail aufnehmen, die noch nicht hinaus ist; höchstens fünf"""
        wiring, field = call.wiring, "placement_request_id"
        with wiring.database.transaction() as session:
            therapist_id = email_batches_v1.mail_to_join(session, email_id).therapist_id
        assert therapist_id is not None, "it goes to a practice"
        occasion = find_occasion(
            therapist_id, {field: call.body[field]}, wiring.people, wiring.matching
        )
        return email_batches_v1.add_batch(call.session, email_id, call.body, occasion, call.now)


class EmailBatchByIdV1(Resource[Wiring]):
    @roles("staff", "service")
    @returns(written.EmailBatchAnswer)
    def get(self, call: Call[Wiring], email_batch_id: int) -> EmailBatch:
        """Eine Platzanfrage in einer Mail lesen"""
        return email_batches_v1.read_batch(call.session, email_batch_id)

    @roles("staff", "service")
    @body(written.EmailBatchChange)
    @returns(written.EmailBatchAnswer)
    def put(self, call: Call[Wiring], email_batch_id: int) -> EmailBatch:
        """Festhalten, was die Praxis zu dieser Anfrage sagt"""
        return email_batches_v1.change_batch(call.session, email_batch_id, call.body, call.now)

    @roles("staff", "service")
    @returns(V1Message)
    @refuses("illegal-transition")
    def delete(self, call: Call[Wiring], email_batch_id: int) -> dict[str, str]:
        """Eine Platzanfrage aus einer Mail nehmen, die noch nicht hinaus ist"""
        email_batches_v1.delete_batch(call.session, email_batch_id)
        return {"message": "Email batch deleted successfully"}


def _requested(ids: list[int]) -> Mapping[str, int]:
    """By the field that names each. Raises WrongMailFields."""
    for index, request_id in enumerate(ids):
        if request_id in ids[:index]:
            raise WrongMailFields({f"placement_request_ids[{index}]": "twice"})
    return {f"placement_request_ids[{index}]": one for index, one in enumerate(ids)}
