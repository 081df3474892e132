"""/api/v2/replies: what practices have written back, for staff to read and confirm."""

from typing import Any

from communication_service.api import reply_schemas as schemas
from communication_service.storage import replies as rows
from communication_service.storage.replies import Reply
from communication_service.use_cases import replies
from communication_service.use_cases.replies import Confirmation, ReadReply
from communication_service.wiring import Wiring
from shared.http.declarations import body, query, refuses, returns, roles
from shared.http.paging import Order, page_schema, read_page
from shared.http.resource import Call, Resource


class Replies(Resource[Wiring]):
    @roles("staff")
    @query(schemas.ReplyQuery)
    @returns(page_schema(schemas.ReplyItem))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Eingegangene Mails auflisten, etwa die noch niemand bestätigt hat"""
        return read_page(
            call.session,
            rows.replies(call.query),
            Order(Reply.read_at, Reply.id, call.query["sort"].startswith("-")),
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
        )


class ReplyById(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.ReplyAnswer)
    def get(self, call: Call[Wiring], reply_id: int) -> ReadReply:
        """Eine Antwort lesen, mit dem, was sie zu sagen scheint"""
        return replies.read_reply(call.session, reply_id, call.wiring.sealer)


class ConfirmReply(Resource[Wiring]):
    @roles("staff")
    @body(schemas.ConfirmBody)
    @returns(schemas.ReplyItem)
    @refuses("illegal-transition", "already-answered", "incomplete-response", "not-sent")
    def post(self, call: Call[Wiring], reply_id: int) -> Reply:
        """Festhalten, was die Praxis geantwortet hat, so wie es ein Mensch liest"""
        wiring, actor = call.wiring, call.actor.name
        wanted = Confirmation(tuple(call.body["responses"]), call.body.get("bundle_id"))
        with wiring.database.transaction() as session:
            reply, bundle_id = replies.confirmable_reply(session, reply_id, wanted)
        replies.answer_inquiry(reply, bundle_id, wanted, wiring.matching, actor)
        return replies.confirm_reply(call.session, reply_id, wanted, actor=actor, now=call.now)


class DismissReply(Resource[Wiring]):
    @roles("staff")
    @body(schemas.DismissBody)
    @returns(schemas.ReplyItem)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], reply_id: int) -> Reply:
        """Ablegen, ohne dass etwas daraus folgt: die Mail beantwortet nichts"""
        reason, actor = call.body["reason"], call.actor.name
        return replies.dismiss_reply(call.session, reply_id, reason, actor=actor, now=call.now)


class ReopenReply(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.ReplyItem)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], reply_id: int) -> Reply:
        """Doch noch einmal lesen: das Ablegen war ein Versehen"""
        return replies.reopen_reply(call.session, reply_id, call.now)
