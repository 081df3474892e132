"""The v1 calls that old clients know, answered from postcodes alone."""

from typing import Any

import pytest
from flask.testing import FlaskClient

AACHEN = "Markt 1, 52062 Aachen"
KOELN = "Domkloster 4, 50667 Köln"


def _error(answer: Any) -> tuple[int, str]:
    assert list(answer.json) == ["status", "error"]
    assert answer.json["status"] == "error"
    return answer.status_code, answer.json["error"]


def test_an_address_is_as_good_as_its_postcode_and_says_so(api: FlaskClient) -> None:
    answer = api.get("/api/geocode", query_string={"address": AACHEN})

    assert answer.status_code == 200
    assert answer.json == {
        "latitude": pytest.approx(50.777, abs=0.001),
        "longitude": pytest.approx(6.086, abs=0.001),
        "display_name": "52062, Deutschland",
        "address_components": {"postcode": "52062", "country": "Deutschland"},
        "source": "plz_centroids",
        "status": "partial",
    }


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ({}, 400, "address"),
        ({"address": " "}, 400, "address"),
        ({"address": "Markt 1, Aachen"}, 400, "address"),
        ({"address": "Telefon 0241123456"}, 400, "address"),
        ({"address": "Markt 1, 00000 Nirgends"}, 404, "address"),
        ({"address": AACHEN, "city": "Aachen"}, 400, "city"),
    ],
)
def test_an_address_that_cannot_be_placed_is_an_error_naming_it(
    api: FlaskClient, query: dict[str, str], status: int, named: str
) -> None:
    found, message = _error(api.get("/api/v1/geocode", query_string=query))

    assert found == status
    assert message.startswith(f"{named}: ")


def test_a_point_is_given_the_nearest_postcode(api: FlaskClient) -> None:
    answer = api.get("/api/reverse-geocode?lat=50.7755&lon=6.0836").json or {}

    assert answer["address_components"]["postcode"] == "52062"
    assert (answer["source"], answer["status"]) == ("plz_centroids", "partial")


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ("lat=50.7", 400, "lon"),
        ("lat=91&lon=6", 400, "lat"),
        ("lat=nan&lon=6", 400, "lat"),
        ("lat=50.7&lon=1e400", 400, "lon"),
        ("lat=48.8566&lon=2.3522", 404, "lat, lon"),
        ("lat=50.7&lon=6e2", 400, "lon"),
        ("lat=50.7&lon=1e-7", 404, "lat, lon"),  # as programs write very small numbers
    ],
)
def test_a_point_that_is_nowhere_near_is_an_error(
    api: FlaskClient, query: str, status: int, named: str
) -> None:
    found, message = _error(api.get(f"/api/reverse-geocode?{query}"))

    assert found == status
    assert message.startswith(f"{named}: ")


def test_two_postcodes_are_a_distance_by_car(api: FlaskClient) -> None:
    answer = api.get("/api/calculate-plz-distance?origin_plz=52062&destination_plz=50667")

    assert answer.status_code == 200
    assert answer.json == {
        "distance_km": 81.7,
        "status": "partial",
        "source": "plz_centroids",
        "approximate": True,
    }


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ("origin_plz=5206&destination_plz=50667", 400, "origin_plz"),
        ("origin_plz=52062&destination_plz=Koeln", 400, "destination_plz"),
        ("origin_plz=52062", 400, "destination_plz"),
        ("origin_plz=00000&destination_plz=50667", 404, "origin_plz"),
        ("origin_plz=52062&destination_plz=00000", 404, "destination_plz"),
    ],
)
def test_a_postcode_without_a_place_is_an_error_not_a_distance_of_zero(
    api: FlaskClient, query: str, status: int, named: str
) -> None:
    found, message = _error(api.get(f"/api/calculate-plz-distance?{query}"))

    assert found == status
    assert message.startswith(f"{named}: ")


@pytest.mark.parametrize(
    ("query", "kilometres", "source"),
    [
        ({"origin": AACHEN, "destination": KOELN}, 81.7, "plz_centroids"),
        ({"origin": AACHEN, "destination": KOELN, "travel_mode": "transit"}, 94.3, "plz_centroids"),
        (
            {"origin": AACHEN, "destination_lat": "50.9405", "destination_lon": "6.9441"},
            81.7,
            "plz_centroids",
        ),
        (
            {
                "origin_lat": "50.7771",
                "origin_lon": "6.0864",
                "destination_lat": "50.9405",
                "destination_lon": "6.9441",
                "no_cache": "true",
            },
            81.7,
            "haversine",
        ),
    ],
)
def test_a_distance_is_estimated_and_does_not_pass_for_a_route(
    api: FlaskClient, query: dict[str, str], kilometres: float, source: str
) -> None:
    answer = api.get("/api/calculate-distance", query_string=query)

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["distance_km"] == pytest.approx(kilometres, abs=0.1)
    assert answer.json["travel_time_minutes"] > 60
    assert answer.json["travel_mode"] == query.get("travel_mode", "car")
    assert (answer.json["status"], answer.json["source"]) == ("partial", source)
    assert answer.json["route_available"] is False


@pytest.mark.parametrize(
    ("query", "status", "named"),
    [
        ({"origin": AACHEN}, 400, "destination"),
        ({"origin": "Aachen", "destination": KOELN}, 400, "origin"),
        ({"origin": AACHEN, "destination": "00000 Nirgends"}, 404, "destination"),
        ({"origin": AACHEN, "destination_lat": "50.9"}, 400, "destination_lon"),
        ({"origin": AACHEN, "destination": KOELN, "travel_mode": "bike"}, 400, "travel_mode"),
        ({"origin": AACHEN, "destination": KOELN, "no_cache": "1"}, 400, "no_cache"),
    ],
)
def test_a_distance_without_two_places_is_an_error_naming_the_field(
    api: FlaskClient, query: dict[str, str], status: int, named: str
) -> None:
    found, message = _error(api.get("/api/calculate-distance", query_string=query))

    assert found == status
    assert message.startswith(f"{named}: ")


def test_therapists_within_reach_come_nearest_first_and_the_unplaced_are_named(
    api: FlaskClient,
) -> None:
    therapists = [
        {"id": 1, "strasse": "Hohe Straße 1", "plz": "50667", "ort": "Köln"},
        {"id": 2, "plz": "52080"},
        {"id": 3, "plz": "00000"},
        {"id": 4, "ort": "Aachen"},
        {"id": 5, "plz": "5206", "ort": "Aachen"},
        {"id": 6, "latitude": 50.7771, "longitude": 6.0864, "plz": "50667"},
    ]

    answer = api.post(
        "/api/find-therapists", json={"patient_address": AACHEN, "therapists": therapists}
    )

    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["status"], answer.json["count"]) == ("partial", 2)
    assert [t["id"] for t in answer.json["therapists"]] == [6, 2]
    assert answer.json["therapists"][1] == {
        "id": 2,
        "plz": "52080",
        "distance_km": pytest.approx(7, abs=3),
        "travel_time_minutes": pytest.approx(13, abs=4),
        "travel_mode": "car",
        "source": "plz_centroids",
        "route_available": False,
        "approximate": True,
    }
    assert answer.json["left_out"] == [
        {"id": 3, "reason": "unknown_postcode"},
        {"id": 4, "reason": "no_postcode"},
        {"id": 5, "reason": "malformed_postcode"},
    ]


def test_the_patients_limit_decides_who_is_within_reach(api: FlaskClient) -> None:
    body = {
        "patient_lat": 50.7771,
        "patient_lon": 6.0864,
        "therapists": [{"id": 1, "plz": "50667"}],
    }

    def count(**limit: Any) -> int:
        found: int = (api.post("/api/find-therapists", json={**body, **limit}).json or {})["count"]
        return found

    assert count() == 0
    assert count(max_distance_km=90) == 1
    assert count(max_distance_km=90, travel_mode="transit") == 0


@pytest.mark.parametrize(
    ("changes", "status", "named"),
    [
        ({"patient_address": None}, 400, "patient_address"),
        ({"patient_address": "Aachen"}, 400, "patient_address"),
        ({"patient_address": "00000 Nirgends"}, 404, "patient_address"),
        ({"patient_lat": 50.7}, 400, "patient_lon"),
        ({"max_distance_km": -1}, 400, "max_distance_km"),
        ({"therapists": [{"plz": "52062"}]}, 400, "therapists[0].id"),
        ({"therapists": [{"id": 1, "vorname": "Eva"}]}, 400, "therapists[0].vorname"),
        ({"therapists": {}}, 400, "therapists"),
    ],
)
def test_a_search_for_therapists_that_makes_no_sense_is_an_error_naming_the_field(
    api: FlaskClient, changes: dict[str, Any], status: int, named: str
) -> None:
    body = {"patient_address": AACHEN, "therapists": [], **changes}

    found, message = _error(api.post("/api/v1/find-therapists", json=body))

    assert found == status
    assert message.startswith(f"{named}: ")


def test_v1_announces_its_end_and_names_its_successor(api: FlaskClient) -> None:
    answer = api.get("/api/geocode", query_string={"address": AACHEN})

    assert answer.headers["Deprecation"] == "@1796083200"
    assert '</api/v2/places/locate>; rel="successor-version"' in answer.headers.getlist("Link")


def test_who_has_no_token_is_turned_away_in_v1s_own_shape(api: FlaskClient) -> None:
    answer = api.get("/api/geocode", headers={"Authorization": ""})

    assert _error(answer)[0] == 401
