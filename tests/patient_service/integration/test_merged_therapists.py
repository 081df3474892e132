"""Who refuses a therapist goes on refusing the same person when two records become one."""

from typing import Any

from flask.testing import FlaskClient

from tests.patient_service.conftest import Hear


def refusing(api: FlaskClient, *therapist_ids: int) -> str:
    body = {
        "vorname": "Anna",
        "nachname": "Berg",
        "ausgeschlossene_therapeuten": list(therapist_ids),
    }
    created = api.post("/api/v2/patients", json=body).json or {}
    return f"/api/v2/patients/{created['id']}"


def state(api: FlaskClient, path: str) -> tuple[list[int], int]:
    patient: dict[str, Any] = api.get(path).json or {}
    return patient["ausgeschlossene_therapeuten"], patient["version"]


def gone(hear: Hear, therapist_id: int, merged_into: int | None = None) -> None:
    told = {} if merged_into is None else {"merged_into": merged_into}
    hear("therapist.deleted", therapist_id, therapist_id=therapist_id, version=2, **told)


def test_the_survivor_takes_the_place_of_the_one_given_up(api: FlaskClient, hear: Hear) -> None:
    both, one, none = refusing(api, 5, 7, 9), refusing(api, 7), refusing(api, 5)

    gone(hear, 7, merged_into=5)

    assert state(api, both) == ([5, 9], 2)
    assert state(api, one) == ([5], 2)
    assert state(api, none) == ([5], 1)


def test_a_therapist_who_is_simply_gone_stays_refused(api: FlaskClient, hear: Hear) -> None:
    anna = refusing(api, 7)

    gone(hear, 7)

    assert state(api, anna) == ([7], 1)


def test_mergers_add_up_in_whatever_order_they_become_known(api: FlaskClient, hear: Hear) -> None:
    anna = refusing(api, 1, 11)

    for old, new in ((1, 2), (2, 3), (12, 13), (11, 12)):
        gone(hear, old, merged_into=new)

    assert state(api, anna)[0] == [3, 13]


def test_an_old_id_written_later_means_the_survivor(api: FlaskClient, hear: Hear) -> None:
    gone(hear, 7, merged_into=5)
    anna = refusing(api, 7, 5, 5)

    api.put(anna.replace("v2", "v1"), json={"ausgeschlossene_therapeuten": [9, 7]})

    assert state(api, anna) == ([9, 5], 2)
