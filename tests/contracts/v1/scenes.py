"""What happens beside a conversation and that no request of v1 can bring about."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from flask import Flask
from sqlalchemy import text

from matching_service.consumers import HANDLERS
from shared.contracts.event_types import EVENT_TYPES
from shared.events.envelope import Event
from tests.matching_service.world import World
from therapist_service.jobs.import_scrapes import import_scrapes

_SCRAPED = Path(__file__).parent / "therapist" / "scraped"
_ENOUGH_FOR_A_BUNDLE = (1, 2, 3)


class Scenes:
    """`houses` are the service itself and its neighbours, by name."""

    def __init__(
        self, app: Flask, houses: dict[str, Flask | None], staff: dict[str, str], folder: Path
    ) -> None:
        self._app, self._houses, self._staff, self._folder = app, houses, staff, folder

    def play(self, sentence: str) -> int | None:
        """The id of what came of it."""
        for pattern, scene in _SCENES.items():
            found = re.fullmatch(pattern, sentence)
            if found:
                return scene(self, *found.groups())
        raise ValueError(f"nobody knows how to play: {sentence}")

    def _crowd(self, count: str, what: str) -> None:
        with self._app.extensions["door"].database.transaction() as session:
            session.execute(text(_CROWDS[what]), {"count": int(count)})

    def _person(self, kind: str, name: str) -> int:
        """Entered in their own service, and matching has not heard of it yet."""
        path, record = f"/api/v1/{kind}s", {"vorname": "Kim", "nachname": name}
        answer = self._house(kind).test_client().post(path, json=record, headers=self._staff)
        return int(answer.get_json()["id"])

    def _search(self, patient_id: str) -> int:
        return self._world.add_search(int(patient_id))

    def _inquiry(self, therapist_id: str) -> int:
        self._world.add_therapist(int(therapist_id))
        for patient_id in _ENOUGH_FOR_A_BUNDLE:
            self._world.add_search(patient_id)
        path, wanted = "/api/v2/therapist-bundles/create", {"therapist_ids": [int(therapist_id)]}
        matching = self._house("matching").test_client()
        answer = matching.post(path, json=wanted, headers=self._staff)
        wave = answer.get_json()
        return int(wave["bundles"][0]["id"])

    def _callable_therapist(self) -> int:
        week = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
        hours = {day: ["00:00-23:59"] for day in week}
        body = {**_THERAPIST, "telefonische_erreichbarkeit": hours}
        therapists = self._house("therapist").test_client()
        answer = therapists.post("/api/v2/therapists", json=body, headers=self._staff)
        return int(answer.get_json()["id"])

    def _therapist_at(self, address: str) -> int:
        body = {"vorname": "Petra", "nachname": "Praxis", "email": address}
        therapists = self._house("therapist").test_client()
        answer = therapists.post("/api/v2/therapists", json=body, headers=self._staff)
        return int(answer.get_json()["id"])

    def _waiting(self, name: str, therapist_id: str) -> int:
        asked = {"patient_id": self._person("patient", name), "therapist_id": int(therapist_id)}
        path, matching = "/api/v1/placement-requests", self._house("matching").test_client()
        return int(matching.post(path, json=asked, headers=self._staff).get_json()["id"])

    def _mail_is_out(self, mail: str) -> None:
        self._on_its_way(mail, _SENT)

    def _mail_is_lost(self, mail: str) -> None:
        self._on_its_way(mail, _UNKNOWN)

    def _mail_failed(self, mail: str, day: str) -> None:
        self._on_its_way(mail, _FAILED, day=day)

    def _on_its_way(self, mail: str, ending: str, **facts: str) -> None:
        with self._app.extensions["door"].database.transaction() as session:
            for move in (_CLAIMED, ending):
                session.execute(
                    text(f"UPDATE emails SET {move} WHERE id = :id"), {"id": int(mail), **facts}
                )

    def _imports(self) -> None:
        shutil.copytree(_SCRAPED, self._folder, dirs_exist_ok=True)
        door = self._app.extensions["door"]
        import_scrapes(door.database, door.wiring, datetime.now(UTC))

    def _news(self, kind: str, number: str, what: str) -> None:
        event_type, key = f"{kind}.{what}", {f"{kind}_id": int(number)}
        topic, now = EVENT_TYPES[event_type].topic, datetime.now(UTC)
        event = Event(uuid4(), event_type, topic, number, "/test", now, {"version": 2, **key})
        door = self._house("matching").extensions["door"]
        with door.database.transaction() as session:
            HANDLERS.react(session, event, door.wiring, now)

    def _house(self, name: str) -> Flask:
        house = self._houses.get(name)
        assert house is not None, f"{name} is not among the neighbours"
        return house

    @property
    def _world(self) -> World:
        return World(self._house("matching").extensions["door"].database)


_PATIENTS = """
    INSERT INTO patients (vorname, nachname, created_by, updated_by)
    SELECT 'Viele', 'Menschen', 'test', 'test' FROM generate_series(1, :count)
"""
_THERAPISTS = """
    INSERT INTO therapists (vorname, nachname, status, mailbox_key, created_by, updated_by)
    SELECT 'Viele', 'Praxen', 'aktiv', encode(sha256(n::text::bytea), 'hex'), 'test', 'test'
    FROM generate_series(1, :count) AS n
"""
_REQUESTS = """
    INSERT INTO placement_requests
        (patient_id, therapist_id, created_by, updated_at, updated_by)
    SELECT 11, 21, 'test', now(), 'test' FROM generate_series(1, :count)
"""
_CROWDS = {"patients": _PATIENTS, "therapists": _THERAPISTS, "placement requests": _REQUESTS}
# What the worker writes on the way of a mail.
_CLAIMED = """state = 'SENDING', next_attempt_at = NULL, claimed_by = gen_random_uuid(),
    lease_until = now()"""
_RELEASED = "claimed_by = NULL, lease_until = NULL"
_SENT = f"state = 'SENT', handed_over_at = now(), sent_at = now(), {_RELEASED}"
_UNKNOWN = f"state = 'UNKNOWN', handed_over_at = now(), {_RELEASED}"
_FAILED = f"""state = 'FAILED', error_message = 'cooling-active', evidence = :day,
    {_RELEASED}"""
_THERAPIST = {"vorname": "Petra", "nachname": "Praxis", "telefon": "0221 4710123"}
_SCENES: dict[str, Callable[..., int | None]] = {
    r"(\d+) more (patients|therapists|placement requests) are there": Scenes._crowd,
    r"a (patient|therapist) called (\w+) was entered": Scenes._person,
    r"the news comes that (patient|therapist) (\d+) is (deleted|blocked)": Scenes._news,
    r"a search for (\d+) is under way": Scenes._search,
    r"an inquiry to (\d+) is open": Scenes._inquiry,
    r"a therapist is known who can be called on any day": Scenes._callable_therapist,
    r"a therapist is known whose address is (\S+)": Scenes._therapist_at,
    r"patient (\w+) waits for a place with (\d+)": Scenes._waiting,
    r"the mail (\d+) has gone out": Scenes._mail_is_out,
    r"of the mail (\d+) nobody knows whether it has gone out": Scenes._mail_is_lost,
    r"the mail (\d+) could not be sent because the practice is cooling until (\S+)": (
        Scenes._mail_failed
    ),
    r"the scraper has left its files and they were read in": Scenes._imports,
}
