"""Open pages hear of everything once and in order, whatever breaks in between."""

import threading
import time
from typing import Any

import pytest
import requests

from tests.issuer import Issuer
from tests.matching_service.integration.stream.page import STREAM, listening
from tests.matching_service.integration.stream.program import StreamProgram
from tests.matching_service.integration.stream.telling import Teller


def test_a_page_hears_within_a_second_of_what_has_happened(
    program: StreamProgram, teller: Teller, issuer: Issuer
) -> None:
    teller.tell(1)  # before the page was opened
    with listening(program.url, issuer.bearer()) as page:
        teller.tell(17)
        page.wait_for_id(2, seconds=1)

    [message] = page.messages
    assert (message.id, message.event) == (2, None)
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
    teller.tell_many(1200)
    with listening(program.url, issuer.bearer(), since=3) as page:
        page.wait_for_id(1200)
        teller.tell()
        page.wait_for_id(1201)

    assert page.ids == list(range(4, 1202))


def test_a_new_eventsource_says_by_query_where_it_was_and_the_header_goes_before(
    program: StreamProgram, teller: Teller, issuer: Issuer
) -> None:
    teller.tell_many(5)
    with listening(program.url, issuer.bearer(), last_event_id="2") as page:
        page.wait_for_id(5)
    with listening(program.url, issuer.bearer(), since=4, last_event_id="2") as later:
        later.wait_for_id(5)

    assert (page.ids, later.ids) == ([3, 4, 5], [5])


def test_nothing_is_lost_or_doubled_while_the_program_is_killed_under_the_events(
    program: StreamProgram, teller: Teller, issuer: Issuer
) -> None:
    with listening(program.url, issuer.bearer()) as page:
        pass  # a page that knows where it begins
    heard, position, enough = [], page.last_id, threading.Event()

    def happen() -> None:
        while not enough.wait(0.002):
            teller.tell()

    happening = threading.Thread(target=happen)
    happening.start()
    for _kill in range(3):
        with listening(program.url, issuer.bearer(), since=position) as page:
            before = position or 0
            page.wait_for_id(before + 20)
            program.kill()
            page.wait_for_the_end()
        heard += page.ids
        position = page.last_id
        program.start()
    enough.set()
    happening.join()
    with listening(program.url, issuer.bearer(), since=position) as page:
        page.wait_for_id(teller.head())
    heard += page.ids

    assert heard == teller.numbers() == list(range(1, teller.head() + 1))


@pytest.mark.parametrize("away_since", [1, 999])
def test_a_page_that_was_away_for_too_long_is_told_to_load_anew(
    program: StreamProgram, teller: Teller, issuer: Issuer, away_since: int
) -> None:
    teller.tell_many(5)
    with teller.app.begin() as connection:
        connection.exec_driver_sql("DELETE FROM stream_event WHERE id <= 3")

    with listening(program.url, issuer.bearer(), since=away_since) as page:
        page.wait_for_id(5)
        page.wait_for(lambda page: len(page.messages) == 1)
        teller.tell()
        page.wait_for_id(6)

    assert [(message.id, message.event) for message in page.messages] == [(5, "reset"), (6, None)]


@pytest.mark.parametrize("number", ["-1", "x", "1.0", "1" * 19, "1 2", "\u0661"])
@pytest.mark.parametrize("place", ["Last-Event-ID", "last_event_id"])
def test_a_number_that_we_never_gave_is_refused_by_name(api: Any, number: str, place: str) -> None:
    sent: dict[str, Any] = (
        {"headers": {place: number.encode().decode("latin-1")}}
        if place == "Last-Event-ID"
        else {"query_string": {place: number}}
    )
    refused = api.get(STREAM, **sent)

    assert refused.status_code == 422
    assert [error["field"] for error in refused.get_json()["errors"]] == [place]


def test_streams_end_at_once_when_the_program_is_told_to_stop(
    program: StreamProgram, issuer: Issuer
) -> None:
    with (
        listening(program.url, issuer.bearer()) as one,
        listening(program.url, issuer.bearer(subject="b")) as other,
    ):
        program.terminate()
        one.wait_for_the_end(seconds=5)
        other.wait_for_the_end(seconds=5)

    assert program.wait(seconds=20) == 0


def test_a_stream_ends_with_the_token_of_its_page(program: StreamProgram, issuer: Issuer) -> None:
    nearly_over = issuer.bearer(exp=int(time.time()) - 28)  # believed for 30 s more
    with listening(program.url, nearly_over) as page:
        page.wait_for_the_end(seconds=5)


def test_a_closed_page_makes_room_without_waiting_for_the_next_event(
    program: StreamProgram, issuer: Issuer
) -> None:
    with listening(program.url, issuer.bearer()):
        assert program.metric("stream_open") == 1
    while program.metric("stream_open"):
        continue

    assert program.metric('stream_dropped_total{reason="gone"}') == 1


def test_a_person_has_only_so_many_pages_at_once(program: StreamProgram, issuer: Issuer) -> None:
    open_pages = [listening(program.url, issuer.bearer()) for _ in range(10)]
    for page in open_pages:
        page.__enter__()
    refused = requests.get(program.url + STREAM, headers=issuer.bearer(), timeout=10)
    other = listening(program.url, issuer.bearer(subject="staff2"))

    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "15"
    assert refused.json()["type"] == "/problems/too-many-requests"
    with other as page_of_another:
        assert not page_of_another.has_ended
    for page in open_pages:
        page.__exit__(None, None, None)
