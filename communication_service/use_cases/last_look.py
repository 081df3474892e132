"""Between release and hand-over somebody may leave an inquiry; the letter must not offer them."""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.storage import queries
from communication_service.use_cases.inquiry_mail import (
    GatheredInquiry,
    Letterhead,
    inquiry_text,
)
from communication_service.use_cases.send_mail import ClaimedMail, ClaimLost, claimed_mail


def offers_others(mail: ClaimedMail, inquiry: GatheredInquiry) -> bool:
    """True when the letter speaks of other patients than the inquiry does now."""
    return inquiry.search_ids != mail.search_ids


def write_anew(
    session: Session,
    mail: ClaimedMail,
    inquiry: GatheredInquiry,
    letterhead: Letterhead,
    now: datetime,
) -> ClaimedMail:
    """Raises ClaimLost."""
    row = queries.locked_claim(session, mail.id, mail.claim)
    if row is None:
        raise ClaimLost
    text = inquiry_text(session, inquiry, letterhead, now)
    row.subject, row.body_text, row.body_html = text.subject, text.body_text, text.body_html
    row.search_ids, row.updated_at = list(inquiry.search_ids), now
    row.version += 1
    return claimed_mail(row, mail.claim)
