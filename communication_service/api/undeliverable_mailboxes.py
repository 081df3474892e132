"""/api/v2/undeliverable-mailboxes: addresses at which nothing arrives, by whose they are."""

from typing import Any

from marshmallow import Schema, fields

from communication_service.storage import mailboxes as rows
from communication_service.storage.mailboxes import UndeliverableMailbox
from communication_service.use_cases.mailbox_reach import restore_mailbox
from communication_service.wiring import Wiring
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.fields import LARGEST_ID, FlagWord, Identifier, Instant, Text, WholeWord
from shared.http.paging import Order, PageQuery, page_schema, read_page
from shared.http.resource import Call, Resource


class MailboxQuery(PageQuery):
    therapist_id = WholeWord(1, LARGEST_ID)
    restored = FlagWord()


class MailboxAnswer(Schema):
    """`status` is what the mail server said (RFC 3463), `email_id` the mail that came back, while
    it is there.

    `therapist_id` had that address then; at a corrected one mails go out as before.
    """

    id = Identifier()
    therapist_id = Identifier()
    email_id = Identifier(allow_none=True)
    status = fields.String()
    created_at = Instant(attribute="found_at")
    restored_at = Instant(allow_none=True)
    restored_by = fields.String(allow_none=True)
    restore_reason = fields.String(allow_none=True)


class RestoreBody(Schema):
    reason = Text(500, shortest=1, required=True)


class UndeliverableMailboxes(Resource[Wiring]):
    @roles("staff")
    @query(MailboxQuery)
    @returns(page_schema(MailboxAnswer))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Praxen auflisten, deren Adresse keine Post annimmt"""
        newest_first = call.query["sort"].startswith("-")
        return read_page(
            call.session,
            rows.mailboxes(call.query),
            Order(UndeliverableMailbox.found_at, UndeliverableMailbox.id, newest_first),
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
        )


class UndeliverableMailboxById(Resource[Wiring]):
    @roles("staff")
    @body(RestoreBody)
    @returns(None, 204)
    @refuses("illegal-transition")
    def delete(self, call: Call[Wiring], mailbox_id: int) -> None:
        """Die Adresse stimmt doch: ab jetzt wird wieder dorthin geschrieben"""
        restore_mailbox(call.session, mailbox_id, call.body["reason"], call.actor.name, call.now)
