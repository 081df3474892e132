"""Between release and hand-over somebody may leave an inquiry, or an answer be corrected.

What goes out says what is true when it goes.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.domain.purposes import UNSOLICITED, Purpose
from communication_service.gateways.matching import Matching
from communication_service.gateways.people import People
from communication_service.storage import queries
from communication_service.use_cases.mail_rows import practice_post, put_words
from communication_service.use_cases.practice_letters import (
    GatheredLetter,
    Letterhead,
    gather_letter,
    letter_text,
)
from communication_service.use_cases.send_mail import ClaimedMail, ClaimLost, claimed_mail


def look_again(
    mail: ClaimedMail, matching: Matching, people: People, now: datetime
) -> GatheredLetter | None:
    """None: there is nothing to write any more. Raises ServiceUnavailable or ServiceRefused."""
    if mail.bundle_id is None:
        return None
    return gather_letter(mail.purpose, mail.bundle_id, matching, people, now)


def may_be_outdated(mail: ClaimedMail, gathered: GatheredLetter) -> bool:
    """An inquiry is, when it speaks of others than it should. What answers a practice is looked
    at in any case: a consent or a name may have changed, or the inquiry never have arrived."""
    return mail.purpose not in UNSOLICITED or gathered.search_ids != mail.search_ids


def write_anew(
    session: Session,
    mail: ClaimedMail,
    gathered: GatheredLetter,
    letterhead: Letterhead,
    now: datetime,
) -> ClaimedMail | None:
    """None: nobody was asked, so that there is nothing to withdraw. Raises ClaimLost."""
    row = queries.locked_claim(session, mail.id, mail.claim)
    if row is None:
        raise ClaimLost
    withdraws = mail.purpose is Purpose.WITHDRAWAL_NOTICE
    if withdraws and not queries.was_asked(session, gathered.bundle_id):
        return None
    text = letter_text(session, gathered, letterhead, now)
    put_words(row, practice_post(gathered, text), now)
    return claimed_mail(row, mail.claim)
