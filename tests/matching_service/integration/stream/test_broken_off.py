"""Programs are killed, told to stop, or lose their database; pages fall asleep. Nothing is lost."""

import signal
import socket
import threading

from sqlalchemy import make_url

from tests.conftest import Database
from tests.issuer import Issuer
from tests.matching_service.integration.stream.page import listening, opened
from tests.matching_service.integration.stream.program import StreamProgram
from tests.matching_service.integration.stream.telling import Teller


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
            page.wait_for_id((position or 0) + 20)
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


def test_streams_end_at_once_when_the_program_is_told_to_stop(
    program: StreamProgram, issuer: Issuer
) -> None:
    with (
        listening(program.url, issuer.bearer()) as one,
        listening(program.url, issuer.bearer(subject="b")) as other,
    ):
        program.send(signal.SIGTERM)
        one.wait_for_the_end(seconds=5)
        other.wait_for_the_end(seconds=5)

    assert program.wait(seconds=20) == 0


def test_a_page_that_does_not_read_is_dropped_and_holds_nobody_up(
    program: StreamProgram, teller: Teller, issuer: Issuer
) -> None:
    """What lies between the two – buffers of both ends – is full long before all is told."""
    with (
        opened(program.url, issuer.bearer(subject="asleep")) as asleep,
        listening(program.url, issuer.bearer()) as awake,
    ):
        assert asleep.sock is not None
        asleep.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        teller.tell_at_length(6000)
        awake.wait_for_id(6000, seconds=60)
        program.wait_until('stream_dropped_total{reason="slow"}', 1)
        teller.tell()
        awake.wait_for_id(6001)

    assert awake.ids == list(range(1, 6002))


def test_pages_stay_open_while_the_database_is_away_and_go_on_when_it_is_back(
    program: StreamProgram, teller: Teller, issuer: Issuer, database: Database
) -> None:
    teller.tell_many(3)
    with listening(program.url, issuer.bearer()) as page:
        shut(database)
        assert program.ready_status() == 503
        with listening(program.url, issuer.bearer(), since=1) as resumed:
            resumed.wait_for(lambda page: page.heartbeats > 0)
            open_again(database)
            teller.app.dispose()
            teller.tell()
            resumed.wait_for_id(4, seconds=30)
        page.wait_for_id(4, seconds=30)

    assert (page.ids, resumed.ids) == ([4], [2, 3, 4])


def shut(database: Database) -> None:
    """Nobody of the service gets in any more, and whoever is in is thrown out."""
    _limit_connections(database, 0)
    _admin(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE usename = 'matching_service_app' AND datname = current_database()",
    )


def open_again(database: Database) -> None:
    _limit_connections(database, -1)


def _limit_connections(database: Database, how_many: int) -> None:
    """A superuser may enter all the same."""
    name = make_url(database.admin_url).database
    _admin(database, f"ALTER DATABASE {name} CONNECTION LIMIT {how_many}")


def _admin(database: Database, statement: str) -> None:
    with database.engine(database.admin_url).begin() as admin:
        admin.exec_driver_sql(statement)
