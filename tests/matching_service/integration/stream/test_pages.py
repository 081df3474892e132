"""What pages hear, where they go on, and how many there may be."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from sqlalchemy import URL

from tests.conftest import Database, cloned
from tests.issuer import Issuer
from tests.matching_service.integration.stream.conftest import program_on
from tests.matching_service.integration.stream.page import STREAM, listening
from tests.matching_service.integration.stream.program import StreamProgram
from tests.matching_service.integration.stream.telling import Teller


@pytest.fixture(scope="module")
def database(database_template: URL) -> Iterator[Database]:
    with cloned(database_template) as own:
        yield own


@pytest.fixture(scope="module")
def program(
    database: Database, issuer: Issuer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StreamProgram]:
    """One for all of these tests, so numbers go on from one to the next."""
    with program_on(database, issuer, tmp_path_factory.mktemp("stream")) as running:
        yield running


def test_a_page_hears_within_a_second_of_what_has_happened(
    program: StreamProgram, teller: Teller, issuer: Issuer
) -> None:
    teller.tell(1)  # before the page was opened
    with listening(program.url, issuer.bearer()) as page:
        teller.tell(17)
        page.wait_for_id(teller.head(), seconds=1)

    [message] = page.messages
    assert (message.id, message.event) == (teller.head(), None)
    assert message.data | {"at": "now"} == {
        "type": "bundle.sent",
        "at": "now",
        "subject": {"kind": "bundle", "id": 17},
        "ids": {"bundle_id": 17},
        "status": "sending",
    }


def test_a_page_that_comes_again_hears_what_it_missed_and_nothing_twice(
    program: StreamProgram, teller: Teller, issuer: Issuer
) -> None:
    seen = teller.head()
    teller.tell_many(1200)
    with listening(program.url, issuer.bearer(), since=seen) as page:
        page.wait_for_id(seen + 1200)
        teller.tell()
        page.wait_for_id(seen + 1201)

    assert page.ids == list(range(seen + 1, seen + 1202))


def test_a_new_eventsource_says_by_query_where_it_was_and_the_header_goes_before(
    program: StreamProgram, teller: Teller, issuer: Issuer
) -> None:
    teller.tell_many(5)
    end = teller.head()
    with listening(program.url, issuer.bearer(), last_event_id=str(end - 3)) as page:
        page.wait_for(lambda page: len(page.messages) == 3)
    with listening(program.url, issuer.bearer(), since=end - 1, last_event_id="2") as later:
        later.wait_for(lambda page: len(page.messages) == 1)

    assert (page.ids, later.ids) == ([end - 2, end - 1, end], [end])


@pytest.mark.parametrize("away", ["since what is forgotten", "since before a restored backup"])
def test_a_page_that_cannot_be_told_what_it_missed_is_told_to_load_anew(
    program: StreamProgram, teller: Teller, issuer: Issuer, away: str
) -> None:
    teller.tell_many(5)
    end = teller.head()
    with listening(program.url, issuer.bearer()):
        program.wait_until("stream_head", end)  # else it would itself have missed something
    with teller.app.begin() as connection:
        connection.exec_driver_sql("DELETE FROM stream_event WHERE id <= %s", (end - 2,))

    seen = end - 4 if away == "since what is forgotten" else end + 1000
    with listening(program.url, issuer.bearer(), since=seen) as page:
        page.wait_for(lambda page: len(page.messages) == 1)
        teller.tell()
        page.wait_for(lambda page: len(page.messages) == 2)

    told = [(message.id, message.event) for message in page.messages]
    assert told == [(end, "reset"), (end + 1, None)]


@pytest.mark.parametrize("number", ["-1", "x", "1.0", "1" * 19, "1 2", "\u00b2"])
@pytest.mark.parametrize("place", ["Last-Event-ID", "last_event_id"])
def test_a_number_that_is_none_is_refused_by_name(
    program: StreamProgram, issuer: Issuer, number: str, place: str
) -> None:
    in_header = place == "Last-Event-ID"
    refused = requests.get(
        program.url + STREAM,
        headers=issuer.bearer() | ({place: number.encode("latin-1")} if in_header else {}),
        params={} if in_header else {place: number},
        timeout=10,
    )

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [place]


def test_a_stream_ends_with_the_token_of_its_page(program: StreamProgram, issuer: Issuer) -> None:
    nearly_over = issuer.bearer(exp=int(time.time()) - 28)  # believed for 30 s more
    with listening(program.url, nearly_over) as page:
        page.wait_for_the_end(seconds=5)


def test_a_closed_page_makes_room_without_waiting_for_the_next_event(
    program: StreamProgram, issuer: Issuer
) -> None:
    gone = program.metric('stream_dropped_total{reason="gone"}')
    with listening(program.url, issuer.bearer()):
        assert program.metric("stream_open") >= 1
    program.wait_until("stream_open", 0)

    assert program.metric('stream_dropped_total{reason="gone"}') > gone


def test_a_person_has_only_so_many_pages_at_once(program: StreamProgram, issuer: Issuer) -> None:
    program.wait_until("stream_open", 0)
    with ExitStack() as pages:
        for _ in range(10):
            pages.enter_context(listening(program.url, issuer.bearer()))
        refused = requests.get(program.url + STREAM, headers=issuer.bearer(), timeout=10)
        pages.enter_context(listening(program.url, issuer.bearer(subject="somebody else")))

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "15"
    assert refused.json()["type"] == "/problems/too-many-requests"


@pytest.mark.parametrize("role", ["staff", "admin"])
def test_staff_and_admins_may_listen(program: StreamProgram, issuer: Issuer, role: str) -> None:
    with listening(program.url, issuer.bearer(role, subject=role)) as page:
        assert not page.has_ended


def test_services_may_not(program: StreamProgram, issuer: Issuer) -> None:
    bearer = issuer.bearer("service")
    assert requests.get(program.url + STREAM, headers=bearer, timeout=10).status_code == 403


def test_nobody_listens_without_a_name(program: StreamProgram) -> None:
    refused = requests.get(program.url + STREAM, timeout=10)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")


def test_where_threads_are_few_the_answer_ends_with_the_present(api: Any, teller: Teller) -> None:
    """Whoever comes to the ordinary web process polls, and misses nothing either."""
    teller.tell_many(3)
    end = teller.head()

    answer = api.get("/api/stream", headers={"Last-Event-ID": str(end - 1)})

    assert answer.mimetype == "text/event-stream"
    assert f"id: {end}\ndata: " in answer.get_data(as_text=True)
