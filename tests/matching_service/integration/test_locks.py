"""What surrounds a search is locked as it is when the locks are there, whatever was seen before."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from matching_service.storage.locks import LockedInquiries, lock_around_searches
from tests.matching_service.locks_in_sql import (
    HOLD_MAILBOXES,
    HOLD_SEARCHES,
    wait_until_somebody_waits_for,
)
from tests.matching_service.world import World

_DRAFT = """
INSERT INTO therapeutenanfrage (therapist_id, mailbox_id, mailbox_key, bundle_size, created_by)
SELECT therapist_id, mailbox_id, mailbox_key, 1, 'anna' FROM therapist_snapshot
WHERE therapist_id = :therapist RETURNING id
"""
_JOIN = """
INSERT INTO therapeut_anfrage_patient (therapeutenanfrage_id, platzsuche_id, patient_id)
VALUES (:inquiry, :search, 1)
"""
_LEAVE = """
DELETE FROM therapeut_anfrage_patient
WHERE therapeutenanfrage_id = :inquiry AND platzsuche_id = :search
"""


class Street:
    """Practices 1, 2, 3 with a draft each, whose ids rise; a search sits in the second one."""

    def __init__(self, world: World, engine: Engine) -> None:
        self.mailboxes = [world.add_therapist(number) for number in (1, 2, 3)]
        self.search, self.other = (world.add_search(number) for number in (1, 2))
        self.engine, self._database = engine, world.database
        with engine.begin() as connection:
            self.drafts = [
                connection.execute(text(_DRAFT), {"therapist": number}).scalar_one()
                for number in (1, 2, 3)
            ]
        self.run(_JOIN, 1, self.search)

    def run(self, statement: str, draft: int, search: int) -> None:
        with self.engine.begin() as connection:
            self.run_in(connection, statement, draft, search)

    def run_in(self, connection: Connection, statement: str, draft: int, search: int) -> None:
        about = {"inquiry": self.drafts[draft], "search": search}
        connection.execute(text(statement), about)

    @contextmanager
    def locking(self, holder: Connection) -> Iterator["Future[LockedInquiries]"]:
        """Somebody locks around the search, and has looked before the block begins, in which he
        waits for the holder."""

        def lock() -> LockedInquiries:
            with self._database.transaction() as session:
                return lock_around_searches(session, [self.search])

        with ThreadPoolExecutor(1) as aside:
            locked = aside.submit(lock)
            wait_until_somebody_waits_for(holder)
            yield locked


@pytest.fixture
def street(world: World, database: Any) -> Street:
    return Street(world, database.engine(database.url("matching_service")))


def test_what_the_search_has_left_meanwhile_is_not_around_it(street: Street) -> None:
    with street.engine.begin() as holder:
        holder.execute(text(HOLD_MAILBOXES), {"ids": street.mailboxes[1:2]})
        with street.locking(holder) as locked:
            street.run_in(holder, _LEAVE, 1, street.search)
            holder.commit()
            found = locked.result(timeout=30)

    assert (list(found.inquiries), list(found.searches)) == ([], [street.search])


@pytest.mark.parametrize("draft", [0, 2], ids=["a mailbox before", "a mailbox behind"])
def test_what_it_has_joined_meanwhile_is_locked_as_well(street: Street, draft: int) -> None:
    with street.engine.begin() as holder:
        holder.execute(text(HOLD_MAILBOXES), {"ids": street.mailboxes[1:2]})
        with street.locking(holder) as locked:
            street.run(_JOIN, draft, street.search)
            street.run(_JOIN, draft, street.other)
            holder.commit()
            found = locked.result(timeout=30)

    both = sorted([street.drafts[draft], street.drafts[1]])
    assert (list(found.inquiries), sorted(found.searches)) == (both, [street.search, street.other])
    assert {street.mailboxes[draft], street.mailboxes[1]} <= set(found.mailboxes)


def test_what_somebody_holds_that_came_meanwhile_is_waited_for_with_nothing_in_the_hand(
    street: Street,
) -> None:
    with street.engine.begin() as holder, street.engine.begin() as later:
        holder.execute(text(HOLD_MAILBOXES), {"ids": street.mailboxes[1:2]})
        with street.locking(holder) as locked:
            street.run(_JOIN, 0, street.search)
            later.execute(text(HOLD_MAILBOXES), {"ids": street.mailboxes[:1]})
            holder.commit()
            wait_until_somebody_waits_for(later)
            with street.engine.begin() as beside:
                behind = {"ids": street.mailboxes[1:2]}
                mailboxes = beside.execute(text(f"{HOLD_MAILBOXES} NOWAIT"), behind).all()
                inside = {"ids": [street.search]}
                searches = beside.execute(text(f"{HOLD_SEARCHES} NOWAIT"), inside).all()
            later.commit()
            found = locked.result(timeout=30)

    assert (len(mailboxes), len(searches)) == (1, 1)
    assert list(found.inquiries) == sorted(street.drafts[:2])
