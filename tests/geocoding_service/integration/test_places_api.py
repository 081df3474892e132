"""Places and distances through the HTTP door."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from geocoding_service.use_cases.locate import MAX_PLACES
from geocoding_service.use_cases.measure import MAX_PAIRS
from shared.http.service import LARGEST_BODY_BYTES
from tests.issuer import Issuer

AACHEN, KOELN = {"plz": "52062"}, {"plz": "50667"}
LARGE_RECIPIENT, NOWHERE = {"plz": "53105"}, {"plz": "00000"}


def _distances(api: FlaskClient, *pairs: tuple[Any, Any], **more: Any) -> Any:
    sent = [{"origin": origin, "destination": destination} for origin, destination in pairs]
    return api.post("/api/v2/distances", json={"pairs": sent, **more})


def _errors(answer: Any) -> list[tuple[str, str]]:
    return [(e["field"], e["code"]) for e in answer.json["errors"]]


def test_a_postcode_is_located_and_says_how_well(api: FlaskClient) -> None:
    answer = api.get("/api/v2/places/52062")

    assert answer.status_code == 200
    assert answer.json == {
        "plz": "52062",
        "latitude": pytest.approx(50.777, abs=0.001),
        "longitude": pytest.approx(6.086, abs=0.001),
        "source": "plz_centroids",
        "status": "exact",
        "precision": "plz5",
    }


def test_a_large_recipients_postcode_is_only_approximate(api: FlaskClient) -> None:
    place = api.get("/api/v2/places/53105").json or {}

    assert (place["status"], place["precision"]) == ("approximate", "plz3")


def test_a_postcode_that_does_not_exist_is_not_found(api: FlaskClient) -> None:
    answer = api.get("/api/v2/places/00000")

    assert (answer.status_code, (answer.json or {})["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize(
    "plz", ["5206", "520620", "5206a", "%D9%A5%D9%A2%D9%A0%D9%A6%D9%A2", "%FF"]
)
def test_what_is_no_postcode_is_refused_naming_plz(api: FlaskClient, plz: str) -> None:
    answer = api.get(f"/api/v2/places/{plz}")

    assert answer.status_code == 422
    assert _errors(answer) == [("plz", "malformed_postcode")]


def test_many_postcodes_are_read_at_once_and_what_is_missing_is_listed(api: FlaskClient) -> None:
    answer = api.post(
        "/api/v2/places/batch-get", json={"ids": ["50667", "00000", "52062", "50667"]}
    )

    assert answer.status_code == 200
    assert answer.json is not None
    assert [place["plz"] for place in answer.json["data"]] == ["50667", "52062"]
    assert answer.json["missing"] == ["00000"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, ("ids", "required")),
        ({"ids": "52062"}, ("ids", "wrong_type")),
        ({"ids": ["52062", "5206"]}, ("ids[1]", "wrong_format")),
        ({"ids": [52062]}, ("ids[0]", "wrong_type")),
        ({"ids": ["52062"] * (MAX_PLACES + 1)}, ("ids", "too_long")),
        ({"ids": [], "limit": 5}, ("limit", "unknown_field")),
    ],
)
def test_a_wrong_list_of_postcodes_is_refused_naming_the_field(
    api: FlaskClient, body: dict[str, Any], error: tuple[str, str]
) -> None:
    answer = api.post("/api/v2/places/batch-get", json=body)

    assert answer.status_code == 422
    assert _errors(answer) == [error]


def test_a_distance_is_estimated_to_a_tenth_of_a_kilometre(api: FlaskClient) -> None:
    by_car = _distances(api, (AACHEN, KOELN)).json
    by_train = _distances(api, (AACHEN, KOELN), travel_mode="transit").json

    assert by_car == {
        "travel_mode": "car",
        "data": [
            {
                "status": "approximate",
                "distance_km": 81.7,
                "travel_time_minutes": 104,
                "source": "plz_centroids",
                "precision": "plz5",
            }
        ],
    }
    assert (by_train["travel_mode"], by_train["data"][0]["distance_km"]) == ("transit", 94.3)


def test_every_pair_has_its_own_answer_in_the_order_asked(api: FlaskClient) -> None:
    at_the_cathedral = {"lat": 50.9413, "lon": 6.9583}
    pairs = [
        (AACHEN, NOWHERE),
        (AACHEN, KOELN),
        (LARGE_RECIPIENT, KOELN),
        (KOELN, at_the_cathedral),
        (at_the_cathedral, at_the_cathedral),
        (NOWHERE, NOWHERE),
    ]

    data = _distances(api, *pairs).json["data"]

    assert [d.get("precision") for d in data] == [None, "plz5", "plz3", "plz5", "point", None]
    assert data[4]["source"] == "haversine"
    assert data[0] == {
        "status": "unknown",
        "origin_reason": None,
        "destination_reason": "unknown_postcode",
    }
    assert data[5]["origin_reason"] == "unknown_postcode"


@pytest.mark.parametrize(
    ("end", "field", "code"),
    [
        ({}, "plz", "required"),
        (None, "", "null"),
        ("52062", "", "wrong_type"),
        ({"plz": "5206"}, "plz", "wrong_format"),
        ({"plz": None}, "plz", "null"),
        ({"lat": 50.9}, "lon", "required"),
        ({"lon": 6.9}, "lat", "required"),
        ({"lat": 90.1, "lon": 6.9}, "lat", "out_of_range"),
        ({"lat": "50.9", "lon": 6.9}, "lat", "wrong_type"),
        ({"lat": 10**400, "lon": 6.9}, "lat", "out_of_range"),
        ({"plz": "52062", "lat": 50.9, "lon": 6.9}, "plz", "ambiguous"),
        ({"plz": "52062", "ort": "Aachen"}, "ort", "unknown_field"),
    ],
)
def test_a_wrong_end_of_a_pair_is_refused_naming_the_pair_and_the_field(
    api: FlaskClient, end: Any, field: str, code: str
) -> None:
    answer = _distances(api, (AACHEN, KOELN), (AACHEN, end))

    assert answer.status_code == 422
    assert _errors(answer) == [(".".join(filter(None, ("pairs[1].destination", field))), code)]


def test_a_way_of_travelling_that_does_not_exist_is_refused(api: FlaskClient) -> None:
    assert _errors(_distances(api, (AACHEN, KOELN), travel_mode="bike")) == [
        ("travel_mode", "unknown_value")
    ]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param({"plz": "52062"}, id="postcodes"),
        pytest.param({"lat": 50.941357, "lon": 6.958307}, id="coordinates to six digits"),
    ],
)
def test_the_largest_promised_request_fits_into_the_largest_body(
    api: FlaskClient, end: dict[str, Any]
) -> None:
    content = json.dumps({"pairs": [{"origin": end, "destination": end}] * MAX_PAIRS})

    answer = api.post("/api/v2/distances", data=content, content_type="application/json")

    assert len(content) <= LARGEST_BODY_BYTES
    assert answer.status_code == 200
    assert len((answer.json or {})["data"]) == MAX_PAIRS


def test_pairs_are_read_alike_whatever_stands_beside_them(api: FlaskClient) -> None:
    """A list of plain pairs is read faster than one with, say, a whole number among them."""
    plain = [(AACHEN, KOELN), ({"lat": 50.9, "lon": 6.9}, LARGE_RECIPIENT), (NOWHERE, AACHEN)]
    odd = ({"lat": 50, "lon": 6}, {"lat": 51, "lon": 7.5})

    alone, beside = _distances(api, *plain).json["data"], _distances(api, *plain, odd).json["data"]

    assert alone == beside[:3]
    assert beside[3]["distance_km"] == pytest.approx(199, abs=5)


def test_one_pair_more_is_refused(api: FlaskClient) -> None:
    answer = _distances(api, *[(AACHEN, KOELN)] * (MAX_PAIRS + 1))

    assert (answer.status_code, _errors(answer)) == (422, [("pairs", "too_long")])


def test_services_may_ask_as_well_as_staff_and_nobody_else(
    api: FlaskClient, issuer: Issuer
) -> None:
    def status(header: str) -> int:
        return api.get("/api/v2/places/52062", headers={"Authorization": header}).status_code

    assert status(f"Bearer {issuer.token('service', aud='geocoding-service')}") == 200
    assert status(f"Bearer {issuer.token('admin')}") == 200
    assert status(f"Bearer {issuer.token('stranger')}") == 403
    assert status("") == 401
