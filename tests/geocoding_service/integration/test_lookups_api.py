"""Addresses and ways when geocoder and router are well: who said it, and how exact it is."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from tests.geocoding_service.conftest import CONTACT, Kept, Serve
from tests.geocoding_service.hostile import (
    HostileServer,
    house,
    route,
    says,
    says_when,
    table,
)

AACHEN, KOELN = "Markt 1, 52062 Aachen", "Domkloster 4, 50667 Köln"
CATHEDRAL = house(50.9413, 6.9583)
FROM_TO = {
    "origin_lat": "50.77641",
    "origin_lon": "6.08382",
    "destination_lat": "50.9413",
    "destination_lon": "6.9583",
}


def _geocode(api: FlaskClient, address: str) -> Any:
    return api.get("/api/v1/geocode", query_string={"address": address})


def _distance(api: FlaskClient, **query: str) -> dict[str, Any]:
    answer = api.get("/api/calculate-distance", query_string=query)
    assert answer.status_code == 200
    return dict(answer.json or {})


def _said(answer: dict[str, Any]) -> tuple[Any, ...]:
    names = ("source", "status", "route_available", "approximate")
    return tuple(answer[name] for name in names)


def test_an_address_is_found_to_the_house(online: FlaskClient) -> None:
    answer = _geocode(online, AACHEN)

    assert answer.status_code == 200
    assert answer.json == {
        "latitude": 50.7764,
        "longitude": 6.0838,
        "display_name": "1, Markt, Aachen, Nordrhein-Westfalen, 52062, Deutschland",
        "address_components": {
            "house_number": "1",
            "road": "Markt",
            "postcode": "52062",
            "country": "Deutschland",
            "city": "Aachen",
        },
        "source": "nominatim",
        "status": "success",
    }


def test_the_geocoder_learns_who_asks_and_nothing_about_whom(
    online: FlaskClient, nominatim: HostileServer
) -> None:
    _geocode(online, AACHEN)

    [visit] = nominatim.visits
    assert visit.target == (
        "/search?q=Markt+1%2C+52062+Aachen&countrycodes=de&limit=1"
        "&format=jsonv2&addressdetails=1&accept-language=de"
    )
    assert visit.headers == {
        "host": nominatim.url.removeprefix("http://"),
        "user-agent": f"psychotherapy-matching ({CONTACT})",
        "accept": "application/json",
        "accept-encoding": "identity",
    }


@pytest.mark.parametrize("spelling", [AACHEN, " markt 1,52062  AACHEN "])
def test_the_same_question_is_answered_from_memory(
    online: FlaskClient, nominatim: HostileServer, kept: Kept, spelling: str
) -> None:
    first, again = _geocode(online, AACHEN).json, _geocode(online, spelling).json

    assert again == {**first, "source": "cache"}
    assert (len(nominatim.visits), kept.count("geocode")) == (1, 1)


@pytest.mark.parametrize(
    ("rank", "address", "precision", "source", "status"),
    [
        (30, AACHEN, "point", "nominatim", "success"),
        (26, AACHEN, "street", "nominatim", "success"),
        (16, AACHEN, "plz5", "plz_centroids", "partial"),
        (16, "Postfach, 53105 Bonn", "town", "nominatim", "partial"),
        (16, "Aachen", "town", "nominatim", "partial"),
    ],
)
def test_an_answer_is_as_good_as_what_was_found_and_never_worse_than_the_postcode(
    online: FlaskClient,
    nominatim: HostileServer,
    rank: int,
    address: str,
    precision: str,
    source: str,
    status: str,
) -> None:
    nominatim.plays(says([house(place_rank=rank)]))

    v1 = _geocode(online, address).json
    v2 = online.post("/api/v2/places/locate", json={"address": address}).json or {}

    assert (v1["source"], v1["status"]) == (source, status)
    assert v2["precision"] == precision
    assert v2["source"] == {"nominatim": "cache"}.get(source, source)


def test_an_address_that_the_geocoder_does_not_know_is_its_postcode_for_a_while(
    online: FlaskClient, nominatim: HostileServer, kept: Kept
) -> None:
    nominatim.plays(says([]))

    answers = [_geocode(online, AACHEN).json for _ in range(2)]

    assert {(a["source"], a["status"]) for a in answers} == {("plz_centroids", "partial")}
    assert (len(nominatim.visits), kept.count("geocode")) == (1, 1)
    kept.grow_older("61 minutes")
    nominatim.plays(says([house()]))
    assert _geocode(online, AACHEN).json["source"] == "nominatim"


def test_an_address_that_nobody_knows_is_not_found(
    online: FlaskClient, nominatim: HostileServer
) -> None:
    nominatim.plays(says([]))

    v1 = _geocode(online, "Am Ende der Welt 7")
    v2 = online.post("/api/v2/places/locate", json={"address": "Am Ende der Welt 7"})

    assert (v1.status_code, v1.json["error"]) == (404, "address: Diese Adresse ist nicht bekannt.")
    assert (v2.status_code, (v2.json or {})["type"]) == (404, "/problems/not-found")


def test_a_bare_postcode_is_nothing_to_ask_about(
    online: FlaskClient, nominatim: HostileServer
) -> None:
    assert _geocode(online, " 52062 ").json["source"] == "plz_centroids"
    assert nominatim.visits == []


def test_an_address_in_a_body_is_located_and_says_how_well(online: FlaskClient) -> None:
    answer = online.post("/api/v2/places/locate", json={"address": AACHEN})

    assert answer.status_code == 200
    assert answer.json == {
        "plz": "52062",
        "latitude": 50.7764,
        "longitude": 6.0838,
        "source": "nominatim",
        "status": "exact",
        "precision": "point",
    }


def test_a_point_is_named_by_the_geocoder(online: FlaskClient, nominatim: HostileServer) -> None:
    nominatim.plays(says(house()))

    first, again = (online.get("/api/reverse-geocode?lat=50.7764&lon=6.0838") for _ in range(2))

    assert (first.json or {})["display_name"].startswith("1, Markt")
    assert [(a.json or {})["source"] for a in (first, again)] == ["nominatim", "cache"]
    assert nominatim.targets[0].startswith("/reverse?lat=50.7764000&lon=6.0838000&format=jsonv2")


def test_a_point_that_the_geocoder_cannot_name_is_near_a_postcode(
    online: FlaskClient, nominatim: HostileServer
) -> None:
    nominatim.plays(says({"error": "Unable to geocode"}))

    answer = online.get("/api/reverse-geocode?lat=50.7755&lon=6.0836").json or {}

    assert (answer["display_name"], answer["source"]) == ("52062, Deutschland", "plz_centroids")


def test_a_distance_between_addresses_is_a_route(
    online: FlaskClient, nominatim: HostileServer, osrm: HostileServer
) -> None:
    nominatim.plays(says([house()]), says([CATHEDRAL]))

    answer = _distance(online, origin=AACHEN, destination=KOELN)

    assert answer == {
        "distance_km": 70.5,
        "travel_time_minutes": 50,
        "travel_mode": "car",
        "source": "osrm",
        "route_available": True,
        "approximate": False,
        "status": "success",
    }
    assert osrm.targets == ["/route/v1/driving/6.0838,50.7764;6.9583,50.9413?overview=false"]


def test_a_route_is_remembered_and_asked_anew_only_when_wanted(
    online: FlaskClient, osrm: HostileServer, kept: Kept
) -> None:
    first, again = _distance(online, **FROM_TO), _distance(online, **FROM_TO)
    osrm.plays(says(route(80_000)))
    afresh = _distance(online, **FROM_TO, no_cache="true")
    remembered = _distance(online, **FROM_TO, no_cache="false")

    assert [a["source"] for a in (first, again, afresh, remembered)] == [
        *("osrm", "cache", "osrm", "cache"),
    ]
    assert [a["distance_km"] for a in (again, afresh, remembered)] == [70.5, 80.0, 80.0]
    assert (_said(again), kept.count("route")) == (("cache", "success", True, False), 1)


def test_asking_anew_holds_for_addresses_as_well(
    online: FlaskClient, nominatim: HostileServer, kept: Kept
) -> None:
    for _ in range(2):
        _distance(online, origin=AACHEN, destination=AACHEN, no_cache="true")

    assert (len(nominatim.visits), kept.count("geocode")) == (4, 1)


def test_a_route_between_postcodes_is_a_route_and_still_approximate(
    online: FlaskClient, nominatim: HostileServer
) -> None:
    nominatim.plays(says([]))

    answer = _distance(online, origin=AACHEN, destination=KOELN)

    assert _said(answer) == ("osrm", "partial", True, True)


@pytest.mark.parametrize(
    "act",
    [
        says({"code": "NoRoute", "message": "Impossible route"}, status=400),
        says({"code": "NoSegment"}, status=400),
        says(route(0, 0, waypoints=[{"distance": 12.5}, {"distance": 83_000.0}])),
    ],
)
def test_where_the_router_knows_no_way_there_is_an_estimate_for_a_while(
    online: FlaskClient, osrm: HostileServer, kept: Kept, act: Any
) -> None:
    osrm.plays(act)

    answers = [_distance(online, **FROM_TO) for _ in range(2)]

    assert {_said(a) for a in answers} == {("haversine", "partial", False, True)}
    assert len(osrm.visits) == 1
    kept.grow_older("61 minutes")
    osrm.plays(says(route()))
    assert _distance(online, **FROM_TO)["source"] == "osrm"


def test_by_train_nothing_is_routed(online: FlaskClient, osrm: HostileServer) -> None:
    answer = _distance(online, **FROM_TO, travel_mode="transit")

    assert _said(answer) == ("haversine", "partial", False, True)
    assert osrm.visits == []


def test_many_therapists_are_one_question_to_the_router(
    online: FlaskClient, osrm: HostileServer
) -> None:
    far, near = {"latitude": 50.80, "longitude": 6.48}, {"latitude": 50.7771, "longitude": 6.0864}
    osrm.plays(says(table([900.0, 38_000.0], [120.0, 1500.0])))
    therapists = [
        {"id": 1, **far},
        {"id": 2, **near},
        {"id": 3, **near},
        {"id": 4, "plz": "10115"},
        {"id": 5, "ort": "Aachen"},
    ]

    answer = online.post(
        "/api/find-therapists",
        json={
            "patient_lat": 50.7764,
            "patient_lon": 6.0838,
            "max_distance_km": 40,
            "therapists": therapists,
        },
    ).json

    assert answer is not None
    assert (answer["status"], answer["count"]) == ("success", 3)
    assert [(t["id"], t["distance_km"], t["source"]) for t in answer["therapists"]] == [
        (2, 0.9, "osrm"),
        (3, 0.9, "osrm"),
        (1, 38.0, "osrm"),
    ]
    assert answer["left_out"] == [{"id": 5, "reason": "no_postcode"}]
    [target] = osrm.targets
    assert target == (
        "/table/v1/driving/6.0838,50.7764;6.0864,50.7771;6.4800,50.8000"
        "?sources=0&annotations=distance%2Cduration"
    )


def test_who_does_not_fit_into_the_routers_table_is_estimated(
    start: Serve, outside: Any, osrm: HostileServer
) -> None:
    osrm.plays(says(table([900.0], [120.0], destinations=[{"distance": 3.1}] * 2)))
    places = [{"id": n, "latitude": 50.77, "longitude": 6.08 + n / 100} for n in range(1, 4)]

    answer = (
        start(outside, osrm_table_size=2)
        .post(
            "/api/find-therapists",
            json={"patient_lat": 50.77, "patient_lon": 6.08, "therapists": places},
        )
        .json
    )

    assert answer is not None
    assert answer["status"] == "partial"
    assert [(t["id"], t["source"]) for t in answer["therapists"]] == [
        (1, "osrm"),
        (2, "haversine"),
        (3, "haversine"),
    ]


def test_whom_no_road_reaches_is_estimated(online: FlaskClient, osrm: HostileServer) -> None:
    osrm.plays(says(table([None, 900.0], [None, 90.0])))
    places = [{"id": n, "latitude": 50.77, "longitude": 6.08 + n / 100} for n in range(1, 3)]

    answer = online.post(
        "/api/find-therapists",
        json={"patient_lat": 50.77, "patient_lon": 6.08, "therapists": places},
    ).json

    assert answer is not None
    assert {t["id"]: t["source"] for t in answer["therapists"]} == {1: "haversine", 2: "osrm"}


def test_a_search_by_train_asks_no_router(online: FlaskClient, osrm: HostileServer) -> None:
    body = {"patient_address": AACHEN, "travel_mode": "transit", "therapists": [{"id": 1}]}

    assert online.post("/api/find-therapists", json=body).status_code == 200
    assert osrm.visits == []


def test_v2_stays_offline(
    online: FlaskClient, nominatim: HostileServer, osrm: HostileServer
) -> None:
    pair = {"origin": {"plz": "52062"}, "destination": {"plz": "50667"}}

    assert online.get("/api/v2/places/52062").status_code == 200
    assert online.post("/api/v2/distances", json={"pairs": [pair]}).status_code == 200
    assert (nominatim.visits, osrm.visits) == ([], [])


def test_while_servers_are_asked_no_transaction_is_open(
    online: FlaskClient, nominatim: HostileServer, osrm: HostileServer, database: Any
) -> None:
    admin, open_transactions = database.engine(database.admin_url), []

    def look() -> None:
        with admin.connect() as connection:
            found = connection.execute(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE xact_start IS NOT NULL"
                    " AND usename = 'geocoding_service_app' AND datname = current_database()"
                )
            )
            open_transactions.append(found.scalar_one())

    nominatim.plays(says_when(look, says([house()])))
    osrm.plays(says_when(look, says(route())))

    _distance(online, origin=AACHEN, destination=KOELN)

    assert open_transactions == [0, 0, 0]
