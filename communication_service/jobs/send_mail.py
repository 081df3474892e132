"""Due mails go out one by one; no transaction is open while somebody else is asked."""

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from communication_service.domain.purposes import UNSOLICITED, WRITTEN_LAST_MINUTE
from communication_service.gateways.message import compose
from communication_service.gateways.people import Recipient
from communication_service.gateways.smtp import deliver
from communication_service.storage.mailboxes import is_undeliverable
from communication_service.use_cases.last_look import look_again, may_be_outdated, write_anew
from communication_service.use_cases.send_mail import (
    KNOWN_BAD_ADDRESS,
    NOBODY_LEFT,
    OUTAGE,
    ClaimedMail,
    ClaimLost,
    Ending,
    PermittedMail,
    claim_due_mail,
    ending_of,
    find_recipient,
    note_hand_over,
    obtain_permit,
)
from communication_service.use_cases.sending_pace import follow_reply, take_turn
from communication_service.use_cases.settle_mail import settle_attempt
from communication_service.wiring import Wiring
from shared.db import Database
from shared.http.service_client import ServiceRefused, ServiceUnavailable

log = structlog.get_logger()


def send_mail(database: Database, wiring: Wiring, now: datetime) -> int:
    """Sends the mail that has been due longest; returns how many it tried (0 or 1)."""
    clock = _running_from(now)
    with database.transaction() as session:
        mail = claim_due_mail(session, now)
    if mail is None:
        return 0
    try:
        ending = _attempt(database, wiring, mail, now, clock)
    except ClaimLost:
        log.warning("claim_lost", email_id=mail.id)
        return 1
    with database.transaction() as session:
        settle_attempt(session, mail, ending, clock())
    # By itself, for the mail's end must be known as soon as can be; a pause may get lost.
    with database.transaction() as session:
        chance = random.random()  # noqa: S311  spreads pauses, guards nothing
        follow_reply(session, mail.id, ending, chance, clock())
    log.info("mail_attempted", email_id=mail.id, ended=ending.event, reason=ending.reason)
    return 1


def _attempt(
    database: Database,
    wiring: Wiring,
    mail: ClaimedMail,
    now: datetime,
    clock: Callable[[], datetime],
) -> Ending:
    """The pace is kept by the times at which attempts begin: `now`."""
    try:
        recipient = find_recipient(mail, wiring.people, wiring.letterhead.staff)
        if isinstance(recipient, Recipient):
            wait = _take_turn(database, wiring, mail, recipient, now)
            if wait is not None:
                return wait
        latest = _latest(database, wiring, mail, clock)
        if latest is None and mail.purpose not in UNSOLICITED:
            return NOBODY_LEFT
        permitted = _permitted(database, wiring, latest or mail, recipient, clock)
    except (ServiceUnavailable, ServiceRefused) as trouble:
        log.warning("mail_waits_for_service", email_id=mail.id, trouble=str(trouble))
        return OUTAGE
    if isinstance(permitted, Ending):
        return permitted
    if latest is None:
        return NOBODY_LEFT
    return _hand_over(database, wiring, latest, permitted, clock)


def _take_turn(
    database: Database, wiring: Wiring, mail: ClaimedMail, recipient: Recipient, now: datetime
) -> Ending | None:
    with database.transaction() as session:
        return take_turn(session, mail, recipient, wiring.pace, now)


def _permitted(
    database: Database,
    wiring: Wiring,
    mail: ClaimedMail,
    recipient: Recipient | Ending,
    clock: Callable[[], datetime],
) -> PermittedMail | Ending:
    """Raises ServiceUnavailable or ServiceRefused."""
    if isinstance(recipient, Ending):
        return recipient
    if recipient.mailbox_key is not None:
        with database.transaction() as session:
            if is_undeliverable(session, recipient.mailbox_key):
                return KNOWN_BAD_ADDRESS
    return obtain_permit(mail, recipient, wiring.matching, wiring.letterhead.links, clock())


def _latest(
    database: Database, wiring: Wiring, mail: ClaimedMail, clock: Callable[[], datetime]
) -> ClaimedMail | None:
    """The mail as it should read now; None: there is nothing to write any more."""
    if mail.purpose not in WRITTEN_LAST_MINUTE:
        return mail
    gathered = look_again(mail, wiring.matching, wiring.people, clock())
    if gathered is None:
        return None
    if not may_be_outdated(mail, gathered):
        return mail
    with database.transaction() as session:
        return write_anew(session, mail, gathered, wiring.letterhead, clock())


def _hand_over(
    database: Database,
    wiring: Wiring,
    mail: ClaimedMail,
    permitted: PermittedMail,
    clock: Callable[[], datetime],
) -> Ending:
    def before_end_of_data() -> None:
        with database.transaction() as session:
            note_hand_over(session, mail, permitted, clock())

    message = compose(permitted.outgoing, clock())
    outcome = deliver(message, wiring.mail_server, before_end_of_data)
    return ending_of(outcome, permitted.mailbox_key)


def _running_from(now: datetime) -> Callable[[], datetime]:
    """A dialogue may take minutes; what is recorded after it bears its own time."""
    started = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - started)
