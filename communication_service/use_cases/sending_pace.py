"""No more mails in a minute than we want, and none to a provider that asked us to wait.

Kept in rows, so that two workers keep it together and a restart forgets nothing. A mail that has
to wait goes back into the queue before anybody was asked whether it may go: when its turn comes
it is looked at, and permitted, anew.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.domain.mail_providers import provider_of
from communication_service.domain.mail_states import MailEvent
from communication_service.domain.sending_pace import PaceLimits, Slowed, held_until
from communication_service.gateways.message import address_domain
from communication_service.gateways.people import Recipient
from communication_service.storage import sending_pace as paces
from communication_service.use_cases.send_mail import ClaimedMail, Ending

WAITS = "waits_for_its_turn"


def take_turn(
    session: Session, mail: ClaimedMail, recipient: Recipient, limits: PaceLimits, now: datetime
) -> Ending | None:
    """None: the mail may go now, and the next one after the gap."""
    provider = provider_of(address_domain(recipient.address))
    paces.note_provider(session, mail.id, provider)
    of_all, of_provider = paces.locked_paces(session, [paces.ALL, provider])
    open_at = max(of_all.open_at, of_provider.open_at)
    if open_at > now:
        return Ending(MailEvent.REFUSED_FOR_NOW, WAITS, counts=False, again_at=open_at)
    for pace, gap in ((of_all, limits.gap_of_all()), (of_provider, limits.gap_of_provider())):
        if gap:
            pace.open_at = now + gap
    return None


def follow_reply(
    session: Session, email_id: int, ending: Ending, chance: float, now: datetime
) -> None:
    """`chance` (0 to 1) is drawn by the caller."""
    provider = paces.provider_of_mail(session, email_id)
    if provider is None:
        return
    if ending.event is MailEvent.ACCEPTED:
        paces.end_holds(session, provider)
    elif ending.slowed is not None:
        slowed = paces.ALL if ending.slowed is Slowed.RELAY else provider
        [pace] = paces.locked_paces(session, [slowed])
        pace.holds += 1
        pace.open_at = max(pace.open_at, held_until(pace.holds, chance, now))
