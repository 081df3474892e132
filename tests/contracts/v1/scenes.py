"""What happens beside a conversation and that no request of v1 can bring about."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from tests.matching_service.world import World
from therapist_service.jobs.import_scrapes import import_scrapes

_SCRAPED = Path(__file__).parent / "therapist" / "scraped"
_ENOUGH_FOR_A_BUNDLE = (1, 2, 3)


class Scenes:
    def __init__(
        self, app: Flask, neighbours: dict[str, Flask | None], staff: dict[str, str], folder: Path
    ) -> None:
        self._app, self._neighbours, self._staff, self._folder = app, neighbours, staff, folder

    def play(self, sentence: str) -> int | None:
        """The id of what came of it."""
        for pattern, scene in _SCENES.items():
            found = re.fullmatch(pattern, sentence)
            if found:
                return scene(self, *found.groups())
        raise ValueError(f"nobody knows how to play: {sentence}")

    def _crowd(self, count: str, people: str) -> None:
        insert = _PATIENTS if people == "patients" else _THERAPISTS
        with self._app.extensions["door"].database.transaction() as session:
            session.execute(text(insert), {"count": int(count)})

    def _search(self, patient_id: str) -> int:
        return self._world.add_search(int(patient_id))

    def _inquiry(self, therapist_id: str) -> int:
        self._world.add_therapist(int(therapist_id))
        for patient_id in _ENOUGH_FOR_A_BUNDLE:
            self._world.add_search(patient_id)
        path, wanted = "/api/v2/therapist-bundles/create", {"therapist_ids": [int(therapist_id)]}
        answer = self._matching.test_client().post(path, json=wanted, headers=self._staff)
        wave = answer.get_json()
        return int(wave["bundles"][0]["id"])

    def _callable_therapist(self) -> int:
        app = self._neighbours["therapist"]
        assert app is not None, "therapist is not among the neighbours"
        week = ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So")
        hours = {day: ["00:00-23:59"] for day in week}
        body = {**_THERAPIST, "telefonische_erreichbarkeit": hours}
        answer = app.test_client().post("/api/v2/therapists", json=body, headers=self._staff)
        return int(answer.get_json()["id"])

    def _imports(self) -> None:
        shutil.copytree(_SCRAPED, self._folder, dirs_exist_ok=True)
        door = self._app.extensions["door"]
        import_scrapes(door.database, door.wiring, datetime.now(UTC))

    @property
    def _matching(self) -> Flask:
        app = self._neighbours.get("matching")
        assert app is not None, "matching is not among the neighbours"
        return app

    @property
    def _world(self) -> World:
        return World(self._matching.extensions["door"].database)


_PATIENTS = """
    INSERT INTO patients (vorname, nachname, created_by, updated_by)
    SELECT 'Viele', 'Menschen', 'test', 'test' FROM generate_series(1, :count)
"""
_THERAPISTS = """
    INSERT INTO therapists (vorname, nachname, status, mailbox_key, created_by, updated_by)
    SELECT 'Viele', 'Praxen', 'aktiv', encode(sha256(n::text::bytea), 'hex'), 'test', 'test'
    FROM generate_series(1, :count) AS n
"""
_THERAPIST = {"vorname": "Petra", "nachname": "Praxis", "telefon": "0221 4710123"}
_SCENES: dict[str, Callable[..., int | None]] = {
    r"(\d+) more (patients|therapists) are there": Scenes._crowd,
    r"a search for (\d+) is under way": Scenes._search,
    r"an inquiry to (\d+) is open": Scenes._inquiry,
    r"a therapist is known who can be called on any day": Scenes._callable_therapist,
    r"the scraper has left its files and they were read in": Scenes._imports,
}
