"""New mails in our own mailbox are read, one transaction each: none is lost and none read twice.

How far we are commits with what was read. Whoever dies in between reads that mail again and finds
that it knows it.
"""

from datetime import datetime

import structlog

from communication_service.gateways.imap import Inbox, InboxTrouble, OpenInbox, opened
from communication_service.gateways.sealing import Sealer
from communication_service.use_cases.read_inbox import (
    begin_reading,
    note_failure,
    note_read,
)
from communication_service.use_cases.replies import forget_words
from communication_service.wiring import Wiring
from shared.db import Database

_AT_ONCE = 50

log = structlog.get_logger()


def read_inbox(database: Database, wiring: Wiring, now: datetime) -> int:
    """Returns how many mails it came past; 0 without a mailbox."""
    if wiring.inbox is None or wiring.sealer is None:
        return 0
    try:
        with opened(wiring.inbox) as inbox:
            return _read_on(database, wiring.inbox, inbox, wiring.sealer, now)
    except InboxTrouble as trouble:
        log.warning("inbox_trouble", reason=str(trouble))
        return 0


def forget_replies(database: Database, wiring: Wiring, now: datetime) -> int:
    with database.transaction() as session:
        return forget_words(session, wiring.replies_kept_for, now)


def _read_on(
    database: Database, source: Inbox, inbox: OpenInbox, sealer: Sealer, now: datetime
) -> int:
    """Raises InboxTrouble."""
    with database.transaction() as session:
        start = begin_reading(session, source.name, inbox.uid_validity, now)
    uids = inbox.uids_after(start.last_uid, start.since)[:_AT_ONCE]
    for uid in uids:
        try:
            mail = None if start.stuck and uid == uids[0] else inbox.fetch(uid)
        except InboxTrouble:
            with database.transaction() as session:
                note_failure(session, source.name, uid)
            raise
        with database.transaction() as session:
            note_read(session, source.name, inbox.uid_validity, uid, mail, sealer, now)
    return len(uids)
