"""The law spoken to in SQL, with the service's own role; only the clock is turned by the owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Engine, Row, text
from sqlalchemy.exc import DBAPIError


@contextmanager
def refused(why: str) -> Iterator[None]:
    """By the constraint of this name, or with this SQLSTATE."""
    with pytest.raises(DBAPIError) as refusal:
        yield
    error = refusal.value.orig
    assert isinstance(error, psycopg2.Error)
    assert why in (error.diag.constraint_name, error.pgcode, error.diag.message_detail), str(error)


def sqlstate(error: DBAPIError) -> str:
    assert isinstance(error.orig, psycopg2.Error)
    return str(error.orig.pgcode)


class Law:
    def __init__(self, app: Engine, owner: Engine) -> None:
        self.app = app
        self.owner = owner

    def turn_clock(self, moment: str) -> None:
        """To an instant in UTC, e.g. 2026-03-28T22:59:59.999999Z; it stands still there."""
        self._replace_clock(f"timestamptz '{moment}'")

    def let_clock_run_from(self, moment: str) -> None:
        with self.owner.connect() as connection:
            started = connection.exec_driver_sql("SELECT clock_timestamp()::text").scalar()
        self._replace_clock(
            f"timestamptz '{moment}' + (clock_timestamp() - timestamptz '{started}')"
        )

    def _replace_clock(self, expression: str) -> None:
        with self.owner.begin() as connection:
            connection.exec_driver_sql(
                "CREATE OR REPLACE FUNCTION law_clock() RETURNS timestamptz LANGUAGE sql"
                f" AS $$ SELECT {expression} $$"
            )

    def mailbox(self, key: str = "practice") -> int:
        return int(
            self.one("INSERT INTO mailbox (mailbox_key) VALUES (:key) RETURNING id", key=key)[0]
        )

    def contact(
        self,
        mailbox: int,
        purpose: str = "inquiry",
        override: int | None = None,
        inquiry: int | None = None,
    ) -> Row[Any]:
        return self.one(
            "INSERT INTO mailbox_block (mailbox_id, kind, purpose, actor, override_id, inquiry_id)"
            " VALUES (:mailbox, 'contact', :purpose, 'anna', :override, :inquiry) RETURNING *",
            mailbox=mailbox,
            purpose=purpose,
            override=override,
            inquiry=inquiry,
        )

    def answer(self, mailbox: int, until: str, response_at: str | None = None) -> Row[Any]:
        return self.one(
            "INSERT INTO mailbox_block"
            " (mailbox_id, kind, purpose, actor, next_contactable_date, response_at)"
            " VALUES (:mailbox, 'cooling', 'answer', 'anna', :until, :response_at) RETURNING *",
            mailbox=mailbox,
            until=until,
            response_at=response_at,
        )

    def override(self, cooling: Row[Any], reason: str = "rief an, hat einen Platz") -> int:
        return int(
            self.one(
                "INSERT INTO cooling_override (mailbox_id, block_id, actor, reason)"
                " VALUES (:mailbox, :block, 'anna', :reason) RETURNING id",
                mailbox=cooling.mailbox_id,
                block=cooling.id,
                reason=reason,
            )[0]
        )

    def permit(self, contact: Row[Any]) -> Row[Any]:
        return self.one(
            "INSERT INTO contact_permit (block_id, therapist_id) VALUES (:block, 1) RETURNING *",
            block=contact.id,
        )

    def claim(self, permit: Row[Any]) -> Row[Any]:
        return self.one(
            "UPDATE contact_permit SET claimed_at = now() WHERE id = :id RETURNING *", id=permit.id
        )

    def contactable_from(self, mailbox: int) -> str | None:
        found = self.one(
            "SELECT next_contactable_date::text FROM mailbox WHERE id = :id", id=mailbox
        )[0]
        return None if found is None else str(found)

    def one(self, statement: str, **values: object) -> Row[Any]:
        """One statement in one transaction of the program's role."""
        with self.app.begin() as connection:
            return connection.execute(text(statement), values).one()

    def run(self, statement: str, **values: object) -> None:
        with self.app.begin() as connection:
            connection.execute(text(statement), values)
