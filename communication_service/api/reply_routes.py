"""URL → resource, of what comes in: replies, and mails that came back."""

from communication_service.api.replies import (
    ConfirmReply,
    DismissReply,
    ReopenReply,
    Replies,
    ReplyById,
)
from communication_service.api.undeliverable_mailboxes import (
    UndeliverableMailboxById,
    UndeliverableMailboxes,
)
from shared.http.service import Route

_MAILBOXES = "/api/v2/undeliverable-mailboxes"

_REPLIES, _REPLY = "/api/v2/replies", "/api/v2/replies/<id:reply_id>"

REPLY_ROUTES = (
    Route(_REPLIES, Replies),
    Route(_REPLY, ReplyById),
    Route(f"{_REPLY}/confirm", ConfirmReply),
    Route(f"{_REPLY}/dismiss", DismissReply),
    Route(f"{_REPLY}/reopen", ReopenReply),
    Route(_MAILBOXES, UndeliverableMailboxes),
    Route(f"{_MAILBOXES}/<id:mailbox_id>", UndeliverableMailboxById),
)
