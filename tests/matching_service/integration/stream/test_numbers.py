"""Whoever has seen a number never finds a smaller one that is new, whoever writes beside whom."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from matching_service.jobs.forget_stream import forget_stream
from matching_service.storage.stream import page_after
from shared.db import Database
from tests.matching_service.integration.stream.telling import Teller, tell
from tests.matching_service.world import World


def test_two_writers_are_numbered_in_the_order_of_their_commits(teller: Teller) -> None:
    with teller.app.connect() as early, teller.app.connect() as late:
        tell(early, 1, 1)
        tell(late, 2, 2)
        late.commit()
        assert subjects(teller) == [2]
        early.commit()

    assert subjects(teller) == [2, 1]
    assert teller.numbers() == [1, 2]


def test_a_reader_beside_writers_misses_nothing_and_reads_nothing_twice(teller: Teller) -> None:
    done = threading.Event()

    def write(writer: int) -> None:
        dice = random.Random(writer)
        for step in range(40):
            with teller.app.connect() as connection:
                first = 1000 * writer + 10 * step
                tell(connection, first, first + dice.randrange(3))
                connection.execute(text("SELECT pg_sleep(:s)"), {"s": dice.random() / 200})
                if dice.random() < 0.8:
                    connection.commit()

    def read() -> list[int]:
        seen: list[int] = []
        while True:
            last_round = done.is_set()
            after = text("SELECT id FROM stream_event WHERE id > :n ORDER BY id")
            with teller.app.connect() as connection:
                new = list(connection.scalars(after, {"n": seen[-1] if seen else 0}))
            seen += new
            if last_round and not new:
                return seen

    with ThreadPoolExecutor(5) as threads:
        reader = threads.submit(read)
        list(threads.map(write, range(1, 5)))
        done.set()

    assert len(teller.numbers()) > 100
    assert reader.result() == teller.numbers() == list(range(1, teller.head() + 1))


def test_what_was_rolled_back_leaves_no_gap(teller: Teller) -> None:
    teller.tell()
    with teller.app.connect() as connection:
        tell(connection, 2, 5)
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        connection.rollback()
    teller.tell()

    assert teller.numbers() == [1, 2]


def test_an_event_is_told_once(teller: Teller) -> None:
    row = (
        "INSERT INTO stream_event (event_id, type, kind, subject_id, ids, at)"
        " VALUES (:id, 'patient.updated', 'patient', 1, '{}', now())"
    )
    event_id = uuid4()
    with teller.app.begin() as connection:
        connection.execute(text(row), {"id": event_id})

    with pytest.raises(DBAPIError, match="stream_event_pkey"), teller.app.begin() as connection:
        connection.execute(text(row), {"id": event_id})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stream_event SET id = 7",
        "UPDATE stream_head SET id = 7",
        "INSERT INTO stream_event (id) VALUES (7)",
        "INSERT INTO stream_ticket (expires_at) VALUES (now() + interval '1 day')",
        "UPDATE stream_ticket SET expires_at = now() + interval '1 day'",
    ],
)
def test_no_program_gives_numbers_or_prolongs_tickets(teller: Teller, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), teller.app.begin() as connection:
        connection.execute(text(statement))


def test_after_a_day_news_are_forgotten_and_whoever_comes_for_them_is_told(
    teller: Teller, world: World
) -> None:
    teller.tell_many(5)
    teller.age(3, hours=25)
    teller.age(2, hours=-2)  # 3 was told before 1 and 2: whatever is kept has no gap

    forgotten = forget_stream(world.database, None, world.now)  # type: ignore[arg-type]

    assert (forgotten, teller.numbers(), teller.head()) == (3, [4, 5], 5)
    assert [is_whole(world.database, after) for after in range(7)] == [
        *(False, False, False),
        *(True, True, True),
        False,
    ]


def is_whole(database: Database, position: int) -> bool:
    with database.transaction() as session:
        return page_after(session, position).is_whole


def subjects(teller: Teller) -> list[int]:
    with teller.app.connect() as connection:
        found = connection.scalars(text("SELECT subject_id FROM stream_event ORDER BY id"))
        return list(found)
