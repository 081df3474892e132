"""Staff are warned of people who are likely there already, and may go on."""

from typing import Any

from flask.testing import FlaskClient

ANNA = {"vorname": "Anna", "nachname": "Meyer", "geburtsdatum": "1990-02-28", "plz": "52062"}


def create(api: FlaskClient, **changes: Any) -> dict[str, Any]:
    answer = api.post("/api/v2/patients", json={**ANNA, **changes})
    assert answer.status_code == 201
    return answer.json or {}


def test_a_new_patient_is_entered_and_staff_are_told_who_it_may_be(api: FlaskClient) -> None:
    anna = create(api)
    create(api, geburtsdatum="1990-03-28")
    create(api, vorname="Jörg")
    undated = create(api, geburtsdatum=None)

    again = create(api, nachname="Maier")

    assert anna["likely_duplicates"] == []
    assert again["likely_duplicates"] == [
        {"patient_id": anna["id"], "because": ["same_birth_date", "similar_name", "same_plz"]}
    ]
    assert [one["patient_id"] for one in undated["likely_duplicates"]] == [
        anna["id"],
        anna["id"] + 1,
    ]


def test_it_can_be_asked_before_and_after_entering(api: FlaskClient) -> None:
    anna, other = create(api), create(api)
    warning = ["same_birth_date", "same_name", "same_plz"]

    before = api.post("/api/v2/patients/likely-duplicates", json=ANNA)
    after = api.get(f"/api/v2/patients/{anna['id']}/likely-duplicates")
    nobody = api.post(
        "/api/v2/patients/likely-duplicates", json={"vorname": "Anna", "nachname": "Meyer"}
    )

    assert before.json == {
        "data": [{"patient_id": one["id"], "because": warning} for one in (anna, other)]
    }
    assert after.json == {"data": [{"patient_id": other["id"], "because": warning}]}
    assert nobody.json == {"data": []}
    assert api.get("/api/v2/patients/99/likely-duplicates").status_code == 404


def test_one_id_at_one_source_twice_is_a_warning_and_no_refusal(api: FlaskClient) -> None:
    origin = {"source": "altbestand", "external_id": "P-17"}
    first = create(api, **origin)

    again = create(api, vorname="Jörg", nachname="Tal", geburtsdatum="1970-01-01", **origin)

    assert again["likely_duplicates"] == [
        {"patient_id": first["id"], "because": ["same_external_id", "same_plz"]}
    ]


def test_v1_keeps_its_shape(api: FlaskClient) -> None:
    create(api)

    assert "likely_duplicates" not in (api.post("/api/v1/patients", json=ANNA).json or {})
