"""The worker of the communication service, its loops turned by hand and its clock set by hand."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from communication_service.config import Config
from communication_service.consumers import HANDLERS
from communication_service.domain.mail_states import BACK_OFF, LEASE
from communication_service.jobs.recover_mail import recover_mail
from communication_service.jobs.send_mail import send_mail
from communication_service.jobs.tell_wishes import tell_wishes
from communication_service.use_cases.send_mail import claim_due_mail
from communication_service.wiring import wire
from shared.db import Database, parked
from shared.events.consumer import Consumer
from shared.events.outbox import Relay
from shared.events.postgres_transport import PostgresTransport

MOMENT = timedelta(microseconds=1)
LONGEST_PAUSE = max(LEASE, *BACK_OFF) + MOMENT


class SteppedWorker:
    def __init__(self, config: Config) -> None:
        self.now = datetime.now(UTC)
        self.database = Database(config.database_url, pool_size=2)
        self.wiring = wire(config, self.database)
        self._incoming = PostgresTransport(config.database_url, HANDLERS.topics)
        self._outgoing = PostgresTransport(config.database_url)
        self._relay = Relay(config.database_url, self._outgoing)
        self._consumer = Consumer(self.database, self._incoming, HANDLERS, self.wiring)

    def consume(self) -> None:
        while self._consumer.run_once():
            pass
        self.now = max(self.now, datetime.now(UTC))  # consumers have a clock of their own

    def hear(self) -> None:
        """All news there are. None of them may be parked: that would hide a failure."""
        self.consume()
        with self.database.transaction() as session:
            assert session.scalars(select(parked.c.error)).all() == []

    def send_next(self) -> int:
        return send_mail(self.database, self.wiring, self.now)

    def claim_and_die(self) -> None:
        with self.database.transaction() as session:
            claim_due_mail(session, self.now)

    def tell_wishes(self) -> int:
        return tell_wishes(self.database, self.wiring, self.now)

    def recover(self) -> int:
        return recover_mail(self.database, self.wiring, self.now)

    def tell(self) -> None:
        while self._relay.run_once():
            pass

    def round(self) -> None:
        """Everything once, in the order in which an inquiry needs it."""
        self.hear()
        self.send_next()
        self.tell()

    def work_off(self, rounds: int = len(BACK_OFF) + 2) -> None:
        """As many rounds as any mail may need, with the longest pause before each."""
        for _ in range(rounds):
            self.recover()
            self.now += LONGEST_PAUSE
            self.round()

    def close(self) -> None:
        self.database.dispose()
        self._relay.close()
        self._incoming.close()
        self._outgoing.close()
