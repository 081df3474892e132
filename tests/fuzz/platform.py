"""The whole platform in one process: five services on loopback, their workers turned by hand."""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIEnvironment

from cryptography.fernet import Fernet
from flask import Flask

from devstack.story.door import Door
from shared.config import read
from shared.db import Database
from shared.events.consumer import Consumer
from shared.events.handlers import Handlers
from shared.events.outbox import Relay
from shared.events.postgres_transport import PostgresTransport
from shared.events.worker import Job
from tests.communication_service.integration.hostile_smtp import HostileSmtp, Postbox, listening
from tests.communication_service.loopback import serving, token_desk
from tests.conftest import Database as Databases
from tests.issuer import Issuer

PATIENT, THERAPIST, MATCHING = "patient_service", "therapist_service", "matching_service"
COMMUNICATION, GEOCODING = "communication_service", "geocoding_service"
SERVICES = (PATIENT, THERAPIST, MATCHING, COMMUNICATION, GEOCODING)
_NEWS_GOES_ROUND_AT_MOST = 20


class _Worker(NamedTuple):
    database: Database
    wiring: Any
    relay: Relay
    consumer: Consumer | None
    jobs: Sequence[Job]


class Platform:
    """`folder` is the scraper's; whatever is left there is imported with the next round."""

    def __init__(self, databases: Databases, issuer: Issuer, folder: Path, end: ExitStack) -> None:
        self.databases = databases
        self.issuer = issuer
        self.folder = folder
        self.apps: dict[str, Flask] = {}
        self.urls = {one: end.enter_context(serving(self._line(one))) for one in SERVICES}
        environment = self._environment(end)
        self._workers = [self._open(service, environment, end) for service in SERVICES]

    def door(self, service: str, *roles: str) -> Door:
        return Door(self.urls[service], self.issuer.token(*roles))

    def let_work_be_done(self) -> None:
        """Every worker does what is due, and all news go round until nobody has any."""
        for _ in range(_NEWS_GOES_ROUND_AT_MOST):
            if not sum(self._round(worker) for worker in self._workers):
                return

    def _round(self, worker: _Worker) -> int:
        now = datetime.now(UTC)
        moved = worker.relay.run_once() + (worker.consumer.run_once() if worker.consumer else 0)
        return moved + sum(job.run(worker.database, worker.wiring, now) for job in worker.jobs)

    def _line(self, service: str) -> Any:
        """The door is there before the service, for each needs to know the others' addresses."""

        def call(environ: WSGIEnvironment, start: StartResponse) -> Any:
            return self.apps[service](environ, start)

        return call

    def _environment(self, end: ExitStack) -> dict[str, str]:
        token_url = end.enter_context(serving(token_desk(self.issuer)))
        postbox = Postbox()
        oidc = {**self.issuer.settings, "oidc_token_url": f"{token_url}/token"}
        return {
            "ENVIRONMENT": "test",
            "LOG_LEVEL": "ERROR",
            **{name.upper(): str(value) for name, value in oidc.items()},
            **{f"{service.upper()}_URL": url for service, url in self.urls.items()},
            "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
            "MAILBOX_KEY_SECRET": "only-for-tests",
            "RECALL_SECONDS": "0",
            "SCRAPER_FOLDER": str(self.folder),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(end.enter_context(listening(lambda: HostileSmtp(postbox)))),
            "MAIL_PER_MINUTE": "0",
            "MAIL_PER_MINUTE_AND_PROVIDER": "0",
            "MAIL_SENDER_ADDRESS": "vermittlung@example.org",
            "MAIL_SENDER_NAME": "Vermittlung",
            "MAIL_LEGAL_NAME": "Vermittlung GmbH",
            "MAIL_LEGAL_ADDRESS": "Domstraße 1, 50667 Köln",
            "MAIL_LEGAL_REGISTER": "HRB 1",
            "PUBLIC_URL": "https://platz.example",
            "ANSWER_LINK_KEY": "only-for-tests",
            "REPLY_ENCRYPTION_KEY": Fernet.generate_key().decode(),
        }

    def _open(self, service: str, environment: dict[str, str], end: ExitStack) -> _Worker:
        url = self.databases.url(service)
        config = read(_part(service, "config").Config, {**environment, "DATABASE_URL": url})
        app: Flask = _part(service, "app").create_app(config)
        door = app.extensions["door"]
        end.callback(door.database.dispose)
        self.apps[service] = app
        outgoing = PostgresTransport(url)
        relay = Relay(url, outgoing)
        for close in (outgoing.close, relay.close):
            end.callback(close)
        consumer = _consumer(service, door, url, end)
        return _Worker(door.database, door.wiring, relay, consumer, _jobs(service))


@contextmanager
def running_platform(databases: Databases, issuer: Issuer, folder: Path) -> Iterator[Platform]:
    with ExitStack() as end:
        yield Platform(databases, issuer, folder, end)


def _consumer(service: str, door: Any, url: str, end: ExitStack) -> Consumer | None:
    handlers: Handlers = getattr(_part(service, "worker"), "HANDLERS", Handlers())
    if not handlers.topics:
        return None
    incoming = PostgresTransport(url, handlers.topics)
    end.callback(incoming.close)
    return Consumer(door.database, incoming, handlers, door.wiring)


def _jobs(service: str) -> Sequence[Job]:
    jobs: Sequence[Job] = getattr(_part(service, "worker"), "JOBS", ())
    return jobs


def _part(service: str, name: str) -> Any:
    return importlib.import_module(f"{service}.{name}")
