"""What other services tell of contacts with a patient, and with practices about one."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from patient_service.config import Config
from patient_service.consumers import HANDLERS
from patient_service.wiring import wire
from shared.events.rebuild import rebuild
from tests.patient_service.conftest import Hear, Neighbours

AT = "2026-05-01T08:00:00Z"
SAID = ("kind", "channel", "direction", "detail", "actor", "ref", "therapist_id")


@pytest.fixture(autouse=True)
def people(api: FlaskClient) -> None:
    """Patients 1, 2 and 3."""
    for nachname in ("Berg", "Tal", "See"):
        api.post("/api/v2/patients", json={"vorname": "Anna", "nachname": nachname})


def mailed(hear: Hear, email_id: int, purpose: str, *, moment: str = "sent", **data: Any) -> None:
    mail = {"email_id": email_id, "version": 3, "purpose": purpose, "at": AT}
    hear(f"communication.email_{moment}", email_id, **{**mail, **data})


def called(hear: Hear, moment: str, **data: Any) -> None:
    call = {"call_id": 5, "version": 2, "therapist_id": 40, "at": AT, "patient_ids": [1, 2]}
    hear(f"communication.call_{moment}", 7, **{**call, **data})


def answered(hear: Hear, **data: Any) -> None:
    stands = {"bundle_id": 7, "version": 9, "state": "answered", "bundle_size": 3}
    known = {**stands, "therapist_id": 40, "search_ids": [11, 12], "patient_ids": [1, 2]}
    hear("bundle.responded", 7, **{**known, "response_type": "partial", **data})


def log_of(api: FlaskClient, patient_id: int) -> list[tuple[Any, ...]]:
    page: dict[str, Any] = api.get(f"/api/v2/patients/{patient_id}/contacts?sort=at").json or {}
    return [tuple(one[name] for name in SAID) for one in page["data"]]


def last_contact(api: FlaskClient, patient_id: int = 1) -> str | None:
    told: str | None = (api.get(f"/api/v2/patients/{patient_id}").json or {})["letzter_kontakt"]
    return told


def test_everybody_of_whom_a_mail_spoke_sees_whom_it_went_to(api: FlaskClient, hear: Hear) -> None:
    mailed(hear, 12, "inquiry", therapist_id=40, patient_ids=[1, 2])

    about = ("email_sent", "email", "outgoing", "inquiry", None, "email:12", 40)
    assert (log_of(api, 1), log_of(api, 2), log_of(api, 3)) == ([about], [about], [])


def test_the_log_of_a_patient_says_what_when_and_by_whom(api: FlaskClient, hear: Hear) -> None:
    mailed(hear, 11, "search_started", patient_id=1, actor="staff1", at="2026-04-01T08:00:00Z")
    mailed(hear, 12, "inquiry", therapist_id=40, patient_ids=[1, 2])
    mailed(hear, 13, "reminder", moment="unknown", therapist_id=40, patient_ids=[1, 2])
    called(hear, "scheduled", starts_at=AT, reason="no_answer", actor="system")
    missed = {"outcome": "not_reached", "answered": False, "given_up": False}
    called(hear, "completed", **missed, actor="staff2")
    said = {"response_channel": "phone", "responded_at": AT, "responded_by": "staff3"}
    answered(hear, **said, corrected=False)
    answered(hear)  # a conflict was settled: nobody has said anything
    answered(hear, **said, corrected=True)

    assert log_of(api, 1) == [
        ("email_sent", "email", "outgoing", "search_started", "staff1", "email:11", None),
        ("email_sent", "email", "outgoing", "inquiry", None, "email:12", 40),
        ("email_unknown", "email", "outgoing", "reminder", None, "email:13", 40),
        ("call_scheduled", "phone", "outgoing", "no_answer", "system", "phone_call:5", 40),
        ("call_not_reached", "phone", "outgoing", "not_reached", "staff2", "phone_call:5", 40),
        ("answered", "phone", "incoming", "partial", "staff3", "bundle:7", 40),
        ("answer_corrected", "phone", "incoming", "partial", "staff3", "bundle:7", 40),
    ]
    assert log_of(api, 2) == log_of(api, 1)[1:]


def test_only_what_goes_to_the_patient_moves_the_day_of_the_last_contact(
    api: FlaskClient, hear: Hear
) -> None:
    mailed(hear, 12, "inquiry", therapist_id=40, patient_ids=[1])
    mailed(hear, 13, "search_started", moment="unknown", patient_id=1)
    assert last_contact(api) is None

    mailed(hear, 14, "search_ended", patient_id=1)
    assert last_contact(api) == "2026-05-01"


def test_an_event_that_comes_again_is_written_down_once(
    api: FlaskClient, hear: Hear, config: Config
) -> None:
    mailed(hear, 11, "search_started", patient_id=1)
    mailed(hear, 12, "inquiry", therapist_id=40, patient_ids=[1, 2])
    said = {"response_channel": "phone", "responded_at": AT, "responded_by": "staff3"}
    answered(hear, **said)
    answered(hear, **said, corrected=True)
    answered(hear, **said, corrected=True)
    before = log_of(api, 1), log_of(api, 2), last_contact(api)
    version = (api.get("/api/v2/patients/1").json or {})["version"]

    rebuild("patient_service", config, HANDLERS, wire(config), None, print)

    assert (log_of(api, 1), log_of(api, 2), last_contact(api)) == before
    assert (api.get("/api/v2/patients/1").json or {})["version"] == version
    assert [len(log) for log in before[:2]] == [5, 4]


def test_who_is_deleted_leaves_no_trace_in_the_log(
    api: FlaskClient, hear: Hear, neighbours: Neighbours
) -> None:
    mailed(hear, 12, "inquiry", therapist_id=40, patient_ids=[1, 2])
    neighbours.have_search(1, None)
    assert api.delete("/api/v2/patients/1").status_code == 204

    mailed(hear, 13, "reminder", therapist_id=40, patient_ids=[1, 2])
    mailed(hear, 14, "search_ended", patient_id=1)

    assert [entry[5] for entry in log_of(api, 2)] == ["email:12", "email:13"]
    assert api.get("/api/v2/patients/1/contacts").status_code == 404


def test_a_mail_to_our_own_staff_is_no_contact(api: FlaskClient, hear: Hear) -> None:
    mailed(hear, 15, "consent_missing")
    assert [log_of(api, patient_id) for patient_id in (1, 2, 3)] == [[], [], []]


def test_a_contact_was_with_whom_a_merged_therapist_turned_out_to_be(
    api: FlaskClient, hear: Hear
) -> None:
    mailed(hear, 12, "inquiry", therapist_id=40, patient_ids=[1])
    for old, new in ((40, 41), (41, 5)):
        hear("therapist.deleted", old, therapist_id=old, version=2, merged_into=new)
    mailed(hear, 13, "reminder", therapist_id=41, patient_ids=[1])
    mailed(hear, 14, "inquiry", therapist_id=6, patient_ids=[1])

    assert [entry[6] for entry in log_of(api, 1)] == [5, 5, 6]
    assert [entry[6] for entry in log_of(api, 1)] == [5, 5, 6], "and reading it writes nothing"
