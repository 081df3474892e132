"""A ticket lets a browser in once, for half a minute, and leaves no trace."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from matching_service.jobs.forget_stream import forget_stream
from tests.issuer import Issuer
from tests.matching_service.integration.stream.page import STREAM, listening
from tests.matching_service.integration.stream.program import StreamProgram
from tests.matching_service.integration.stream.telling import Teller
from tests.matching_service.world import World

TICKETS = "/api/v2/stream-tickets"


def test_a_ticket_lets_in_once(api: FlaskClient) -> None:
    ticket = issued(api)

    assert [listen(api, ticket).status_code for _ in range(2)] == [200, 401]


def test_of_many_who_bring_a_ticket_at_once_one_gets_in(
    api: FlaskClient, program: StreamProgram
) -> None:
    ticket = issued(api)

    def come(_: int) -> int:
        with requests.get(f"{program.url}{STREAM}?ticket={ticket}", stream=True, timeout=10) as got:
            return got.status_code

    with ThreadPoolExecutor(8) as crowd:
        assert sorted(crowd.map(come, range(8))) == [200, *[401] * 7]


def test_a_ticket_expires_after_thirty_seconds(api: FlaskClient, teller: Teller) -> None:
    ticket = issued(api)
    assert seconds_left(teller) == pytest.approx(30, abs=5)
    expire(teller)

    assert listen(api, ticket).status_code == 401


@pytest.mark.parametrize("change", [str.swapcase, lambda ticket: ticket[:-1], lambda _: "x"])
def test_an_altered_ticket_is_none_and_the_true_one_stays_good(
    api: FlaskClient, change: Any
) -> None:
    ticket = issued(api)
    refused = listen(api, change(ticket))

    assert refused.status_code == 401
    assert refused.get_json()["type"] == "/problems/unauthenticated"
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert listen(api, ticket).status_code == 200


def test_the_database_holds_a_hash_and_nothing_to_enter_with(
    api: FlaskClient, teller: Teller
) -> None:
    ticket = issued(api)
    with teller.app.connect() as connection:
        row = connection.execute(text("SELECT * FROM stream_ticket")).one()

    assert ticket not in str(row)
    assert listen(api, row.hash.hex()).status_code == 401


def test_a_stream_by_ticket_ends_with_the_token_that_the_ticket_was_given_for(
    api: FlaskClient, program: StreamProgram, issuer: Issuer
) -> None:
    nearly_over = issuer.bearer(exp=int(time.time()) - 27)
    ticket = issued(api, nearly_over)
    with listening(program.url, {}, ticket=ticket) as page:
        page.wait_for_the_end(seconds=6)


def test_services_get_no_ticket(api: FlaskClient, issuer: Issuer) -> None:
    assert api.post(TICKETS, headers=issuer.bearer("service")).status_code == 403


def test_a_page_with_a_ticket_is_counted_as_whoever_got_it(
    api: FlaskClient, program: StreamProgram, issuer: Issuer
) -> None:
    with listening(program.url, {}, ticket=issued(api, issuer.bearer(subject="anna"))):
        assert '"actor": "anna"' in program.log()


def test_no_ticket_is_in_the_log_whatever_becomes_of_it(
    api: FlaskClient, program: StreamProgram
) -> None:
    good, used = issued(api), issued(api)
    with listening(program.url, {}, ticket=used):
        pass
    for query in (f"ticket={used}", f"ticket={good}&last_event_id=x", f"ticket={good}%00&x"):
        requests.get(f"{program.url}{STREAM}?{query}", timeout=10)
    program.kill()

    assert '"status": 401' in program.log()
    assert good not in program.log()
    assert used not in program.log()


def test_expired_tickets_are_forgotten(api: FlaskClient, teller: Teller, world: World) -> None:
    issued(api)
    expire(teller)
    issued(api)

    assert forget_stream(world.database, None, world.now) == 1  # type: ignore[arg-type]
    assert seconds_left(teller) > 0


def issued(api: FlaskClient, headers: dict[str, str] | None = None) -> str:
    answer = api.post(TICKETS, headers=headers or {})
    assert answer.status_code == 201, answer.get_data(as_text=True)
    ticket: str = answer.get_json()["ticket"]
    return ticket


def listen(api: FlaskClient, ticket: str) -> TestResponse:
    """Without a token."""
    stranger = api.application.test_client()
    return stranger.get(STREAM, query_string={"ticket": ticket})


def seconds_left(teller: Teller) -> float:
    with teller.app.connect() as connection:
        left = "SELECT extract(epoch FROM min(expires_at) - clock_timestamp()) FROM stream_ticket"
        return float(connection.scalar(text(left)))


def expire(teller: Teller) -> None:
    with teller.owner.begin() as connection:
        connection.execute(text("UPDATE stream_ticket SET expires_at = clock_timestamp()"))
