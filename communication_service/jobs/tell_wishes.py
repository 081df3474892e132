"""What practices have wished for reaches the therapist service, also when it was away."""

from datetime import datetime

from communication_service.use_cases import contact_wishes
from communication_service.wiring import Wiring
from shared.db import Database


def tell_wishes(database: Database, wiring: Wiring, now: datetime) -> int:
    return contact_wishes.tell_wishes(database, wiring.contact_wishes, wiring.people, now)
