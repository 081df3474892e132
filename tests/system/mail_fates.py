"""What became of an inquiry whose sender was killed, and whether that is allowed."""

from collections.abc import Sequence
from dataclasses import dataclass

from communication_service.domain.mail_states import MailState
from tests.system.eager_mail_server import ReceivedMail

_TOLD: dict[str, str] = {
    MailState.SENT: "communication.email_sent",
    MailState.FAILED: "communication.email_failed",
    MailState.UNKNOWN: "communication.email_unknown",
}


@dataclass(frozen=True)
class Inquiry:
    bundle_id: int
    recipient: str

    @property
    def message_id(self) -> str:
        return f"<pv-{self.bundle_id}.inquiry@platz.example>"

    @property
    def reference(self) -> str:
        return f"[PV-{self.bundle_id}]"


@dataclass(frozen=True)
class Fate:
    """`told` are the types of the events about the inquiry's mail, `mails` those that arrived."""

    inquiry: Inquiry
    state: str | None
    told: Sequence[str]
    mails: int


def mails_of(inquiry: Inquiry, received: Sequence[ReceivedMail]) -> int:
    """By Message-ID, and by recipient and inquiry in case the Message-ID should differ."""
    return sum(
        mail.message["Message-ID"] == inquiry.message_id
        or (mail.recipient == inquiry.recipient and inquiry.reference in mail.message["Subject"])
        for mail in received
    )


def violations(fate: Fate, *, may_be_unknown: bool) -> list[str]:
    """Every way in which this fate breaks the promise; empty when it keeps it."""
    promised = _TOLD.get(fate.state or "")
    broken = {
        f"{fate.mails} mails": fate.mails > 1,
        f"ended as {fate.state}": promised is None,
        "sent, but no mail arrived": fate.state == MailState.SENT and fate.mails == 0,
        "failed, but a mail arrived": fate.state == MailState.FAILED and fate.mails > 0,
        "unknown without need": fate.state == MailState.UNKNOWN and not may_be_unknown,
        f"told {list(fate.told)}": promised is not None and list(fate.told) != [promised],
    }
    return [violation for violation, happened in broken.items() if happened]
