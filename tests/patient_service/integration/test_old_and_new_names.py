"""Five columns have two names. What each way of writing makes of none, one or both of them."""

from typing import Any

from flask.testing import FlaskClient

NAMES = {"vorname": "Anna", "nachname": "Berg"}
OLD, NEW = "verkehrsmittel", "travel_mode"

# Whose travel mode was `transit` says one of these; a word is what it is afterwards.
SAID: list[tuple[dict[str, Any], str]] = [
    ({}, "unsaid"),
    ({OLD: "Auto"}, "car"),
    ({NEW: "car"}, "car"),
    ({OLD: None}, "unknown"),
    ({NEW: None}, "unknown"),
    ({OLD: "Auto", NEW: "car"}, "car"),
    ({OLD: None, NEW: None}, "unknown"),
    ({OLD: "Auto", NEW: "transit"}, "refused"),
    ({OLD: None, NEW: "transit"}, "refused"),
    ({OLD: "Auto", NEW: None}, "refused"),
]
# What it means to say nothing.
WRITES = {
    ("v1", "POST"): "unknown",
    ("v1", "PUT"): "transit",
    ("v2", "POST"): "unknown",
    ("v2", "PATCH"): "transit",
    ("v2", "PUT"): "unknown",
}


def test_what_is_said_under_either_name_counts_and_a_contradiction_is_refused_naming_both(
    api: FlaskClient,
) -> None:
    found = {
        (*write, str(said)): _outcome(api, *write, said) for write in WRITES for said, _ in SAID
    }

    assert found == {
        (*write, str(said)): unsaid if what == "unsaid" else what
        for write, unsaid in WRITES.items()
        for said, what in SAID
    }


def _outcome(api: FlaskClient, version: str, method: str, said: dict[str, Any]) -> str:
    path, if_match = f"/api/{version}/patients", {"If-Match": '"1"'}
    if method != "POST":
        before = api.post(path, json={**NAMES, NEW: "transit"}).json or {}
        path = f"{path}/{before['id']}"
    answer = api.open(path, method=method, json={**NAMES, **said}, headers=if_match)
    body = answer.json or {}
    if answer.status_code == {"v1": 400, "v2": 422}[version]:
        assert all(name in str(body) for name in (OLD, NEW)), body
        return "refused"
    assert body[OLD] == {"car": "Auto", "transit": "ÖPNV", None: None}[body[NEW]]
    return body[NEW] or "unknown"


PAIRS: list[tuple[str, Any, str, Any]] = [
    ("raeumliche_verfuegbarkeit", {"max_km": 25}, "max_travel_distance_km", 25),
    ("verkehrsmittel", "ÖPNV", "travel_mode", "transit"),
    (
        "zeitliche_verfuegbarkeit",
        {"monday": [{"start": "10:00", "end": "12:00"}]},
        "availability_schedule",
        {"monday": [{"start": "10:00", "end": "12:00"}]},
    ),
    ("bevorzugtes_therapeutengeschlecht", "Weiblich", "therapist_gender_preference", "female"),
    ("offen_fuer_gruppentherapie", True, "group_therapy_preference", True),
]


def test_every_pair_is_written_by_either_name_and_read_by_both(api: FlaskClient) -> None:
    for version in ("v1", "v2"):
        for old, old_value, new, new_value in PAIRS:
            for said in ({old: old_value}, {new: new_value}):
                created = api.post(f"/api/{version}/patients", json={**NAMES, **said}).json or {}

                assert (created[old], created[new]) == (old_value, new_value)


def test_two_names_are_enough_for_a_patient_and_for_replacing_one(api: FlaskClient) -> None:
    created = api.post("/api/v2/patients", json=NAMES).json or {}
    path, first = f"/api/v2/patients/{created['id']}", {"If-Match": '"1"'}
    api.patch(path, json={"ort": "Ulm", "max_travel_distance_km": 9}, headers=first)

    replaced = api.put(path, json=NAMES, headers={"If-Match": '"2"'}).json or {}

    ours = {"likely_duplicates", "version", "updated_at"}
    assert {k: v for k, v in replaced.items() if k not in ours} == {
        k: v for k, v in created.items() if k not in ours
    }
