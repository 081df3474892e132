"""What holds at every service's door, shown at a door of our own."""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import Schema, fields
from sqlalchemy import BigInteger, DateTime, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, mapped_column

from shared.config import ServiceConfig
from shared.db import Contended, Database, is_outage
from shared.http.declarations import body, idempotent, query, returns, roles
from shared.http.fields import Text
from shared.http.paging import Order, PageQuery, page_schema, read_page
from shared.http.resource import Call, Resource
from shared.http.service import V1, Route, ServiceParts, create_service_app
from shared.http.service_client import ServiceUnavailable
from shared.http.v1 import V1PageQuery
from tests.issuer import Issuer

NUMBERS = count(1)
NOTE = {"text": "Guten Tag"}


class Base(DeclarativeBase):
    pass


class Waiting(Base):
    """Any table with a moment and an id will do."""

    __tablename__ = "parked"
    id = mapped_column(BigInteger, primary_key=True)
    parked_at = mapped_column(DateTime(timezone=True))


class NoteBody(Schema):
    text = Text()


class NoteAnswer(Schema):
    id = fields.Integer()


class Notes(Resource[Any]):
    @roles("staff", "service")
    @query(PageQuery)
    @returns(page_schema(NoteAnswer))
    def get(self, call: Call[Any]) -> dict[str, Any]:
        order = Order(Waiting.parked_at, Waiting.id)
        page = {"cursor": call.query.get("cursor"), "limit": call.query["limit"]}
        return read_page(call.session, select(Waiting), order, **page)

    @roles("staff", "service")
    @body(NoteBody)
    @idempotent
    @returns(NoteAnswer, 201)
    def post(self, call: Call[Any]) -> dict[str, int]:
        return {"id": next(NUMBERS)}

    def render(self, call: Call[Any], resource_id: str) -> dict[str, str]:
        return {"id": resource_id}


class NotesV1(Resource[Any]):
    @roles("staff")
    @query(V1PageQuery)
    @returns(NoteAnswer, many=True)
    def get(self, call: Call[Any]) -> list[Any]:
        return []


class NoteByIdV1(Resource[Any]):
    @roles("staff")
    @returns(NoteAnswer)
    def get(self, call: Call[Any], note_id: int) -> dict[str, int]:
        return {"id": note_id}


class Greeting(Resource[Any]):
    @roles("staff")
    @returns(NoteAnswer)
    def get(self, call: Call[Any]) -> dict[str, int]:
        return {"id": 1}


class Contested(Resource[Any]):
    """The server breaks a deadlock `breaks` times, or others were faster `overtaken` times."""

    breaks = overtaken = 0

    @roles("staff")
    @body(NoteBody)
    @returns(NoteAnswer)
    def put(self, call: Call[Any]) -> dict[str, int]:
        if Contested.breaks:
            Contested.breaks -= 1
            call.session.execute(text("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"))
        if Contested.overtaken:
            Contested.overtaken -= 1
            raise Contended
        return {"id": 1}


class Neighbourly(Notes):
    """Asks a neighbour who answers once and never again."""

    answers = 1

    def ask_neighbours(self, wiring: Any, body: Any) -> None:
        Neighbourly.answers -= 1
        if Neighbourly.answers < 0:
            raise ServiceUnavailable


class Vanishing(Notes):
    """What it makes is gone when it is asked for again."""

    def render(self, call: Call[Any], resource_id: str) -> Any:
        return call.session.get_one(Waiting, 10**6)


ROUTES = (
    Route("/api/v2/vanishing", Vanishing),
    Route("/api/v2/contested", Contested),
    Route("/api/v2/neighbourly", Neighbourly),
    Route("/api/v2/notes", Notes, aliases=("/api/notes",)),
    Route(
        "/api/v1/notes",
        NotesV1,
        aliases=("/api/old-notes",),
        version=V1,
        successor="/api/v2/notes",
    ),
    Route(
        "/api/v1/notes/<id:note_id>",
        NoteByIdV1,
        version=V1,
        successor="/api/v2/notes/<id:note_id>",
    ),
    Route("/api/v2/greeting", Greeting),
)


@pytest.fixture
def api(database: Any, issuer: Issuer) -> Iterator[FlaskClient]:
    """Calls as staff unless a test says otherwise."""
    url = database.url("matching_service")
    oidc = {name: issuer.settings[name] for name in ("oidc_issuer", "oidc_jwks_url")}
    config = ServiceConfig(
        environment="test", database_url=url, v1_sunset_date=date(2026, 12, 31), **oidc
    )
    own = Database(url)
    parts = ServiceParts("matching_service", ROUTES, {}, None)
    client = create_service_app(parts, config, own).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer("staff")["Authorization"]
    yield client
    own.dispose()


def _cursor(*content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        _cursor("2026-01-01T00:00:00+00:00", True),
        _cursor("2026-01-01T00:00:00+00:00", 1.0),
        _cursor("2026-01-01T00:00:00+00:00", "1"),
        _cursor("2026-01-01T00:00:00+00:00", 0),
        _cursor("2026-01-01T00:00:00+00:00", 2**63),
        _cursor("2026-01-01T00:00:00", 1),
        _cursor("2026-01-01T00:00:00+24:00", 1),
        _cursor("0001-01-01T00:00:00+14:00", 1),
        _cursor("9999-12-31T23:59:59-14:00", 1),
        _cursor(1, 1),
        _cursor("2026-01-01T00:00:00+00:00"),
        _cursor(),
        "x",
        "ä",
    ],
)
def test_a_cursor_that_we_did_not_issue_is_refused_by_name(api: FlaskClient, cursor: str) -> None:
    answer = api.get("/api/v2/notes", query_string={"cursor": cursor})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == ["cursor"]


@pytest.mark.parametrize(
    "moment",
    [
        "2026-01-01T00:00:00+23:59",
        "2026-01-01T00:00:00-23:59",
        "2026-01-01T00:00:00+00:00:00.000001",
        "0001-01-01T00:00:00+00:00",
        "9999-12-31T23:59:59+00:00",
    ],
)
def test_a_cursor_may_name_any_moment_in_any_offset(api: FlaskClient, moment: str) -> None:
    assert api.get(f"/api/v2/notes?cursor={_cursor(moment, 2**62)}").status_code == 200


@pytest.mark.parametrize("path", ["/api/v2/notes?limit=1&limit=2", "/api/v2/notes?limit=1&limit=1"])
def test_a_query_parameter_that_comes_twice_is_refused_by_name(api: FlaskClient, path: str) -> None:
    answer = api.get(path)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.get_json()["errors"]] == ["limit"]


def test_v1_names_the_field_in_its_sentence(api: FlaskClient) -> None:
    answer = api.get("/api/v1/notes?page=1&page=2")

    assert answer.status_code == 400
    assert answer.get_json() == {"message": "page: Darf nur einmal vorkommen."}


def test_a_route_that_declares_no_query_ignores_what_comes(api: FlaskClient) -> None:
    assert api.get("/api/v2/greeting?x=1&x=2").status_code == 200


def _post(api: FlaskClient, path: str = "/api/v2/notes", **headers: str) -> int:
    answer = api.post(path, json=NOTE, headers={"Idempotency-Key": "anna-1", **headers})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return int(answer.get_json()["id"])


def test_a_key_means_one_request_whichever_url_of_a_resource_it_comes_through(
    api: FlaskClient,
) -> None:
    assert _post(api, "/api/v2/notes") == _post(api, "/api/notes")


@pytest.mark.parametrize("why", ["breaks", "overtaken"])
@pytest.mark.parametrize(("times", "status"), [(0, 200), (2, 200), (3, 503)])
def test_a_request_that_was_undone_for_the_sake_of_others_is_done_again(
    api: FlaskClient, monkeypatch: pytest.MonkeyPatch, why: str, times: int, status: int
) -> None:
    monkeypatch.setattr(Contested, why, times)

    assert api.put("/api/v2/contested", json=NOTE).status_code == status


def test_a_repeated_request_is_answered_although_the_neighbour_is_gone(api: FlaskClient) -> None:
    assert _post(api, "/api/v2/neighbourly") == _post(api, "/api/v2/neighbourly")


def test_two_users_of_one_service_may_choose_the_same_key(api: FlaskClient, issuer: Issuer) -> None:
    service = issuer.bearer("service", subject="matching-service")

    anna, boris, nobody = (
        _post(api, **service, **user)
        for user in ({"X-Acting-User": "anna"}, {"X-Acting-User": "boris"}, {})
    )

    assert len({anna, boris, nobody}) == 3
    assert _post(api, **service, **{"X-Acting-User": "anna"}) == anna


def test_methods_that_nobody_knows_share_one_label(api: FlaskClient) -> None:
    for number in range(3):
        api.open("/api/v2/notes", method=f"INVENTED{number}")

    metrics = api.get("/metrics").get_data(as_text=True)

    assert 'http_server_requests_total{method="other"' in metrics
    assert "INVENTED" not in metrics


def test_a_statement_that_took_too_long_is_an_outage(database: Any) -> None:
    hasty = text("SET statement_timeout = '10ms'; SELECT pg_sleep(10)")
    engine = database.engine(database.url("matching_service"))
    with engine.connect() as connection, pytest.raises(OperationalError) as caught:
        connection.execute(hasty)

    assert is_outage(caught.value)


def test_v1_is_counted_by_program_and_path_and_never_by_person(
    api: FlaskClient, issuer: Issuer
) -> None:
    before = _v1_use(api)
    for client in ({"client_id": "old-frontend"}, {"azp": "old-frontend"}, {"client_id": 7}, {}):
        api.get("/api/v1/notes", headers=issuer.bearer(subject="anna.schmidt", **client))
    api.get("/api/old-notes", headers=issuer.bearer(client_id="old-frontend"))
    api.get("/api/v1/notes", headers={"Authorization": ""})
    api.get("/api/v2/notes", headers=issuer.bearer(client_id="new-frontend"))

    assert _v1_use(api) - before == {
        'client="old-frontend",method="GET",route="/api/v1/notes"': 2,
        'client="old-frontend",method="GET",route="/api/old-notes"': 1,
        'client="unknown",method="GET",route="/api/v1/notes"': 2,
        'client="unauthenticated",method="GET",route="/api/v1/notes"': 1,
    }


def _v1_use(api: FlaskClient) -> Counter[str]:
    lines = api.get("/metrics").get_data(as_text=True).splitlines()
    counted = [line[18:].split("} ") for line in lines if line.startswith("v1_requests_total{")]
    return Counter({labels: int(float(count)) for labels, count in counted})


@pytest.mark.parametrize(
    ("path", "successor"),
    [
        ("/api/v1/notes", "/api/v2/notes"),
        ("/api/old-notes", "/api/v2/notes"),
        ("/api/v1/notes/7", "/api/v2/notes/7"),
        ("/api/v1/notes/no-such", "/api/v2/notes"),
    ],
)
def test_every_answer_of_v1_says_until_when_it_is_there(
    api: FlaskClient, issuer: Issuer, path: str, successor: str
) -> None:
    answer = api.get(path, headers=issuer.bearer())

    assert answer.headers["Sunset"] == "Thu, 31 Dec 2026 00:00:00 GMT"
    assert answer.headers["Deprecation"] == "@1796083200"
    assert answer.headers.getlist("Link") == [
        '</docs/v1-ende>; rel="deprecation"',
        '</docs/v1-ende>; rel="sunset"',
        f'<{successor}>; rel="successor-version"',
    ]


def test_a_repeated_request_for_what_is_gone_is_not_found(api: FlaskClient, issuer: Issuer) -> None:
    headers = {**issuer.bearer(), "Idempotency-Key": "once"}
    first, again = (api.post("/api/v2/vanishing", json=NOTE, headers=headers) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 404)
    assert again.get_json()["type"] == "/problems/not-found"
