"""/api/v2/opt-outs: what practices have said on the page of their link."""

from typing import Any

from marshmallow import Schema, fields

from communication_service.storage import contact_wishes as rows
from communication_service.storage.contact_wishes import ContactWish
from communication_service.use_cases import contact_wishes
from communication_service.wiring import Wiring
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.fields import LARGEST_ID, FlagWord, Identifier, Instant, Text, WholeWord
from shared.http.paging import Order, PageQuery, page_schema, read_page
from shared.http.resource import Call, Resource


class OptOutQuery(PageQuery):
    therapist_id = WholeWord(1, LARGEST_ID)
    undone = FlagWord()


class OptOutAnswer(Schema):
    """`delivered_at`: since when there is nothing to tell the therapist service; undone by `system`
    is what came from a mailbox that is not the practice's, and was never told."""

    id = Identifier()
    therapist_id = Identifier()
    bundle_id = Identifier()
    created_at = Instant(attribute="expressed_at")
    delivered_at = Instant(allow_none=True)
    undone_at = Instant(allow_none=True)
    undone_by = fields.String(allow_none=True)
    undo_reason = fields.String(allow_none=True)


class UndoBody(Schema):
    reason = Text(500, shortest=1, required=True)


class OptOuts(Resource[Wiring]):
    @roles("staff")
    @query(OptOutQuery)
    @returns(page_schema(OptOutAnswer))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Widersprüche auflisten, die über einen Link kamen"""
        return read_page(
            call.session,
            rows.opt_outs(call.query),
            Order(ContactWish.expressed_at, ContactWish.id, call.query["sort"].startswith("-")),
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
        )


class OptOutById(Resource[Wiring]):
    @roles("staff")
    @body(UndoBody)
    @returns(None, 204)
    @refuses("illegal-transition")
    def delete(self, call: Call[Wiring], opt_out_id: int) -> None:
        """Einen Widerspruch zurücknehmen, weil die Praxis es so will oder er ein Versehen war"""
        reason, actor = call.body["reason"], call.actor.name
        contact_wishes.undo_opt_out(call.session, opt_out_id, reason, actor, call.now)
