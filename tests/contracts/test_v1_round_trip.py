"""A record goes in by v1, is read and put back by v2, and comes out by v1 as it went in."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings

from tests.contracts.record_strategies import Record, patients, therapists
from tests.contracts.service_apps import create_app
from tests.issuer import Issuer

reproducibly = settings(
    derandomize=True,
    max_examples=25,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
_WHEN_CHANGED = "updated_at"
_NEWER = {
    "raeumliche_verfuegbarkeit": "max_travel_distance_km",
    "verkehrsmittel": "travel_mode",
    "zeitliche_verfuegbarkeit": "availability_schedule",
    "bevorzugtes_therapeutengeschlecht": "therapist_gender_preference",
    "offen_fuer_gruppentherapie": "group_therapy_preference",
}


@pytest.fixture
def client(database: Any, issuer: Issuer, tmp_path: Path) -> Iterator[Callable[[str], FlaskClient]]:
    """Of the service with that name."""
    with ExitStack() as until_end:

        def client_of(service: str) -> FlaskClient:
            app = create_app(service, database.url(service), issuer, tmp_path)
            until_end.callback(app.extensions["door"].database.dispose)
            client = app.test_client()
            client.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer("staff")["Authorization"]
            return client

        yield client_of


def test_a_patient_stays_who_they_are(client: Callable[[str], FlaskClient]) -> None:
    service = client("patient_service")

    @reproducibly
    @given(patients)
    def every(record: Record) -> None:
        assert_round_trip(service, "patients", record)

    every()


def test_a_therapist_stays_who_they_are(client: Callable[[str], FlaskClient]) -> None:
    service = client("therapist_service")

    @reproducibly
    @given(therapists)
    def every(record: Record) -> None:
        assert_round_trip(service, "therapists", record)

    every()


def assert_round_trip(client: FlaskClient, people: str, record: Record) -> None:
    entered = client.post(f"/api/v1/{people}", json=record)
    assert entered.status_code == 201, entered.get_data(as_text=True)
    first: Record = entered.get_json()
    by_v2 = client.get(f"/api/v2/{people}/{first['id']}")

    put = client.put(
        f"/api/v2/{people}/{first['id']}",
        json=of(map(newer, record), by_v2.get_json()),
        headers={"If-Match": by_v2.headers["ETag"]},
    )
    last = client.get(f"/api/v1/{people}/{first['id']}").get_json()

    assert of(record, first) == record
    assert of(first, by_v2.get_json()) == first
    assert put.status_code == 200, put.get_data(as_text=True)
    assert without(last, _WHEN_CHANGED) == without(first, _WHEN_CHANGED)


def newer(name: str) -> str:
    return _NEWER.get(name, name)


def of(names: Iterable[str], record: Record) -> Record:
    """The record's values of these fields."""
    return {name: record[name] for name in names}


def without(record: Record, name: str) -> Record:
    return {key: value for key, value in record.items() if key != name}
