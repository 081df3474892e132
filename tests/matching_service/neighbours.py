"""Patients and therapists as living services beside matching, and people who keep changing them."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any

import requests
from cryptography.fernet import Fernet

from matching_service.app import create_app as matching_app
from matching_service.config import Config
from matching_service.consumers import HANDLERS
from matching_service.wiring import wire
from patient_service.app import create_app as patient_app
from patient_service.config import Config as PatientConfig
from shared.db import Database
from shared.events.consumer import Consumer
from shared.events.outbox import Relay
from shared.events.postgres_transport import PostgresTransport
from tests.communication_service.loopback import serving, token_desk
from tests.issuer import Issuer
from therapist_service.app import create_app as therapist_app
from therapist_service.config import Config as TherapistConfig

NOBODY = "http://127.0.0.1:9"
PATIENT = {"vorname": "Anna", "nachname": "Ungenannt", "geschlecht": "weiblich"}
THERAPIST = {"anrede": "Frau", "vorname": "Petra", "nachname": "Praxis"}


class Neighbours:
    """Three real services on loopback, and matching's consumer."""

    def __init__(self, database: Any, issuer: Issuer, until_end: ExitStack) -> None:
        self._issuer = issuer
        own = {**issuer.settings, "environment": "test"}
        own["oidc_token_url"] = f"{until_end.enter_context(serving(token_desk(issuer)))}/token"
        # Each knows the other: matching's door is there before matching.
        matching = until_end.enter_context(serving(lambda *call: self._matching(*call)))
        place: dict[str, Any] = {"geocoding_service_url": NOBODY, "matching_service_url": matching}
        key = Fernet.generate_key().decode()
        patients = PatientConfig(
            **own, **place, database_url=database.url("patient_service"), field_encryption_key=key
        )
        therapists = TherapistConfig(
            **own,
            **place,
            database_url=database.url("therapist_service"),
            mailbox_key_secret="only-for-tests",
            scraper_folder="nowhere",
        )
        self.patients = until_end.enter_context(serving(patient_app(patients))) + _PATIENTS
        self.therapists = until_end.enter_context(serving(therapist_app(therapists))) + _THERAPISTS
        self.config = Config(
            **own,
            database_url=database.url("matching_service"),
            patient_service_url=self.patients.removesuffix(_PATIENTS),
            therapist_service_url=self.therapists.removesuffix(_THERAPISTS),
        )
        self._matching = matching_app(self.config)
        self._own = Database(self.config.database_url)
        self.wiring = wire(self.config, self._own)
        until_end.callback(self._own.dispose)
        until_end.callback(self._matching.extensions["door"].database.dispose)
        self._news = PostgresTransport(self.config.database_url, HANDLERS.topics)
        self._consumer = Consumer(self._own, self._news, HANDLERS, self.wiring)
        self._relays = [
            Relay(url, PostgresTransport(url))
            for url in (patients.database_url, therapists.database_url)
        ]
        for close in (self._news.close, *(relay.close for relay in self._relays)):
            until_end.callback(close)

    def add(self, people: str, **changes: Any) -> int:
        body = (PATIENT if people == self.patients else THERAPIST) | changes
        return int(self._call("POST", people, json=body).json()["id"])

    def change(self, people: str, one: int, **changes: Any) -> None:
        version = self._call("GET", f"{people}/{one}").headers["ETag"]
        self._call("PATCH", f"{people}/{one}", json=changes, headers={"If-Match": version})

    def delete(self, people: str, one: int) -> None:
        self._call("DELETE", f"{people}/{one}")

    def merge(self, survivor: int, duplicate: int) -> None:
        body = {"duplicate_id": duplicate, "reason": "one person"}
        self._call("POST", f"{self.therapists}/{survivor}/merge", json=body)

    def let_matching_hear(self) -> None:
        while sum(relay.run_once() for relay in self._relays) or self._consumer.run_once():
            pass

    @contextmanager
    def traffic(self) -> Iterator["Traffic"]:
        """People come, change and go all the time, and matching hears of it."""
        traffic = Traffic()
        traffic.keep_doing(self.let_matching_hear)
        for people in (self.patients, self.therapists):
            traffic.keep_doing(self._lives_of(people))
        try:
            yield traffic
        finally:
            traffic.end()
        self.let_matching_hear()

    def _lives_of(self, people: str) -> Callable[[], None]:
        numbers = count(10_000)

        def one_more() -> None:
            first, second = (self.add(people, plz=str(next(numbers))) for _ in range(2))
            self.change(people, first, plz=str(next(numbers)))
            self.delete(people, second)

        return one_more

    def _call(self, method: str, url: str, **content: Any) -> requests.Response:
        headers = self._issuer.bearer("staff", "admin") | content.pop("headers", {})
        answer = requests.request(method, url, headers=headers, timeout=10, **content)
        assert answer.ok, answer.text
        return answer


class Traffic:
    def __init__(self) -> None:
        self.rounds = 0
        self._ended = threading.Event()
        self._threads = ThreadPoolExecutor()
        self._doing: list[Future[None]] = []

    def keep_doing(self, work: Callable[[], object]) -> None:
        def rounds() -> None:
            while not self._ended.is_set():
                work()
                self.rounds += 1

        self._doing.append(self._threads.submit(rounds))

    def end(self) -> None:
        """Raises what any of them raised."""
        self._ended.set()
        self._threads.shutdown()
        for done in self._doing:
            done.result()


_PATIENTS, _THERAPISTS = "/api/v2/patients", "/api/v2/therapists"
