"""URL → resource, of what comes in: replies, and mails that came back."""

from communication_service.api.undeliverable_mailboxes import (
    UndeliverableMailboxById,
    UndeliverableMailboxes,
)
from shared.http.service import Route

_MAILBOXES = "/api/v2/undeliverable-mailboxes"

REPLY_ROUTES = (
    Route(_MAILBOXES, UndeliverableMailboxes),
    Route(f"{_MAILBOXES}/<id:mailbox_id>", UndeliverableMailboxById),
)
