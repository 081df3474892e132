"""Contact, answer and claim meet at the same mailbox in the same moment, many times over."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from tests.matching_service.integration.law.law_audit import violations
from tests.matching_service.integration.law.law_in_sql import Law, sqlstate

ROUNDS = 300
SEED = 20261123

CONTACT = (
    "INSERT INTO mailbox_block (mailbox_id, kind, purpose, actor)"
    " VALUES (:mailbox, 'contact', :purpose, 'race')"
)
ANSWER = (
    "INSERT INTO mailbox_block (mailbox_id, kind, purpose, actor, next_contactable_date)"
    " VALUES (:mailbox, 'cooling', 'answer', 'race', '2999-01-01')"
)
CLAIM = "UPDATE contact_permit SET claimed_at = now() WHERE mailbox_id = :mailbox"


def test_no_contact_and_no_claim_slips_past_an_answer(law: Law) -> None:
    mailboxes = [law.mailbox(f"practice {n}") for n in range(ROUNDS)]
    law.turn_clock("2026-11-01T10:00Z")
    for mailbox in mailboxes[::2]:
        law.permit(law.contact(mailbox, "call"))
    law.let_clock_run_from("2026-11-01T10:00:01Z")

    outcomes = _race(law.app, mailboxes, [ANSWER, CONTACT, CONTACT, CLAIM])

    assert violations(law.owner) == []
    assert outcomes[ANSWER, "done"] == ROUNDS, "a true answer was refused"
    assert {why for _, why in outcomes} <= {"done", "nothing", "23P01", "PV001"}
    for statement, refusal in ((CONTACT, "23P01"), (CLAIM, "PV001")):
        assert outcomes[statement, "done"] > 0, "never won: no race"
        assert outcomes[statement, refusal] > 0, "never lost: no race"


def _race(engine: Engine, mailboxes: list[int], statements: list[str]) -> Counter[tuple[str, str]]:
    barrier = Barrier(len(statements), timeout=30)

    def run(racer: int) -> Counter[tuple[str, str]]:
        dice = random.Random(SEED + racer)
        outcomes: Counter[tuple[str, str]] = Counter()
        with engine.connect() as connection:
            for mailbox in mailboxes:
                outcomes[
                    statements[racer], _run(connection, statements[racer], mailbox, dice, barrier)
                ] += 1
        return outcomes

    with ThreadPoolExecutor(len(statements)) as racers:
        return sum(racers.map(run, range(len(statements))), Counter())


def _run(
    connection: Connection, statement: str, mailbox: int, dice: random.Random, barrier: Barrier
) -> str:
    """The transaction begins before the others' end: its now() is older than their commits."""
    connection.exec_driver_sql("SELECT now()")
    barrier.wait()
    connection.exec_driver_sql(f"SELECT count(*) FROM generate_series(1, {dice.randrange(3000)})")
    try:
        values = {"mailbox": mailbox, "purpose": dice.choice(["inquiry", "reminder"])}
        done = connection.execute(text(statement), values).rowcount
        connection.commit()
    except DBAPIError as error:
        connection.rollback()
        return sqlstate(error)
    return "done" if done else "nothing"


@pytest.mark.parametrize(
    ("planted", "name"),
    [
        ("contact", "contact while cooling"),
        ("mail", "two mails in seven days"),
        ("claim", "claim after answer"),
        ("time", "time went backwards"),
    ],
)
def test_the_audit_finds_a_violation_that_the_owner_plants(
    law: Law, planted: str, name: str
) -> None:
    mailbox = law.mailbox()
    law.turn_clock("2026-11-01T10:00Z")
    law.permit(law.contact(mailbox))
    law.turn_clock("2026-11-10T10:00Z")
    law.answer(mailbox, "2026-12-08")
    assert violations(law.owner) == []

    with law.owner.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE mailbox_block DISABLE TRIGGER USER")
        connection.exec_driver_sql("ALTER TABLE contact_permit DISABLE TRIGGER USER")
        connection.execute(text(PLANTED[planted]), {"mailbox": mailbox})

    assert [found for found, _row in violations(law.owner)] == [name]


_PLANTED_CONTACT = (
    "INSERT INTO mailbox_block (mailbox_id, kind, purpose, actor, recorded_at, during)"
    " VALUES (:mailbox, 'contact', '{purpose}', 'owner', '{moment}', 'empty')"
)
_LATEST = "; UPDATE mailbox SET last_recorded_at = '2999-01-01'"
PLANTED = {
    "contact": _PLANTED_CONTACT.format(purpose="inquiry", moment="2026-12-07T22:59:59.999999Z")
    + _LATEST,
    "mail": _PLANTED_CONTACT.format(purpose="reminder", moment="2026-11-08T09:59:59.999999Z"),
    "claim": "UPDATE contact_permit SET claimed_at = '2026-11-10T10:00:01Z', revoked_at = NULL"
    + _LATEST,
    "time": "UPDATE mailbox SET last_recorded_at = '2026-11-10T09:00Z'",
}
