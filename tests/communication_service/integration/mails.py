"""How tests look at a mail: as it is stored, and as others hear of it."""

from collections.abc import Callable
from typing import Any

from communication_service.domain.mail_states import MailState
from communication_service.storage.tables import Email
from tests.communication_service.neighbourhood import Neighbourhood

MailOf = Callable[[int], Email | None]


def told(neighbourhood: Neighbourhood, bundle_id: int) -> list[tuple[str, Any]]:
    return [(told["type"], told["reason"]) for told in neighbourhood.told(bundle_id)]


def state_of(mail: Email | None) -> MailState | None:
    return None if mail is None else MailState(mail.state)
