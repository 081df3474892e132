"""A nightly look finds what the contact law should have refused, without asking the law."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from sqlalchemy import text

from matching_service.jobs.contact_audit import audit_contact_law
from matching_service.storage.audit_tables import ContactAudit
from matching_service.use_cases.contact_audit import audit_contacts
from shared.db import Database
from tests.matching_service.analytics_desk import Analytics, parts
from tests.matching_service.desk import Desk
from tests.matching_service.world import World

NIGHT = datetime(2026, 7, 2, 1, 30, tzinfo=UTC)  # 3:30 in Berlin
JUNE = {"from": "2026-06-01", "to": "2026-06-30"}


class Register:
    """Rows as no program could write them: the law sleeps."""

    def __init__(self, database: Any) -> None:
        self._engine = database.engine(database.admin_url)
        self.one(
            "ALTER TABLE mailbox_block DROP CONSTRAINT no_contact_while_cooling,"
            " DROP CONSTRAINT quiet_between_unsolicited_mails; SELECT 1"
        )
        self.box = self.one("INSERT INTO mailbox (mailbox_key) VALUES ('praxis') RETURNING id")

    def contact(self, at: str, purpose: str = "inquiry", **more: Any) -> int:
        return self._block("contact", purpose, at, **more)

    def answer(self, at: str, until: str, **more: Any) -> int:
        return self._block("cooling", "answer", at, next_contactable_date=until, **more)

    def override(self, cooling: int, at: str) -> int:
        return self.one(
            "INSERT INTO cooling_override (mailbox_id, block_id, actor, reason, created_at)"
            " VALUES (:box, :cooling, 'anna', 'rief an', :at) RETURNING id",
            box=self.box,
            cooling=cooling,
            at=at,
        )

    def permit(self, contact: int, claimed_at: str) -> int:
        return self.one(
            "INSERT INTO contact_permit (block_id, mailbox_id, therapist_id, purpose, valid_until,"
            " claimed_at) VALUES (:contact, :box, 1, 'inquiry', :at, :at) RETURNING id",
            contact=contact,
            box=self.box,
            at=claimed_at,
        )

    def one(self, statement: str, **values: Any) -> int:
        with self._engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("SET LOCAL search_path = matching_service, extensions"))
            return int(connection.execute(text(statement), values).scalar_one())

    def _block(self, kind: str, purpose: str, at: str, **more: Any) -> int:
        values = {"mailbox_id": self.box, "kind": kind, "purpose": purpose, "recorded_at": at}
        values |= {"actor": "anna", "during": "empty", **more}
        names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
        statement = f"INSERT INTO mailbox_block ({names}) VALUES ({places}) RETURNING id"
        return self.one(statement, **values)


@pytest.fixture
def register(database: Any) -> Register:
    return Register(database)


@pytest.fixture
def desk(api: FlaskClient, world: World) -> Desk:
    return Desk(api, world)


def audited(world: World, now: datetime = NIGHT) -> ContactAudit | None:
    with world.database.transaction() as session:
        return audit_contacts(session, now)


def violations(world: World) -> int:
    found = audited(world)
    assert found is not None
    return found.violations


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("2026-06-01T09:59:59Z", 0),  # before the answer was recorded
        ("2026-06-01T10:00:00Z", 1),
        ("2026-06-28T21:59:59Z", 1),  # the last second before the day begins in Berlin
        ("2026-06-28T22:00:00Z", 0),
    ],
)
def test_a_contact_inside_a_cooling_is_found(
    world: World, register: Register, contact: str, expected: int
) -> None:
    register.answer("2026-06-01T10:00:00Z", until="2026-06-29")
    register.contact(contact, "call")

    assert violations(world) == expected


@pytest.mark.parametrize("purpose", ["confirmation", "conflict_notice", "staff_mail"])
def test_what_is_no_unsolicited_contact_may_come_at_any_time(
    world: World, register: Register, purpose: str
) -> None:
    register.answer("2026-06-01T10:00:00Z", until="2026-06-29")
    register.contact("2026-06-02T10:00:00Z", purpose)
    register.contact("2026-06-02T11:00:00Z", purpose)

    found = audited(world)
    assert found is not None
    assert (found.checked, found.violations) == (0, 0)


@pytest.mark.parametrize(
    ("overridden_at", "borne", "expected"),
    [
        ("2026-06-05T08:00:00Z", True, 0),
        ("2026-06-05T08:00:00Z", False, 1),  # the contact did not refer to it
        ("2026-06-07T08:00:00Z", True, 1),  # allowed only afterwards
    ],
)
def test_only_an_override_allows_a_contact_in_a_cooling(
    world: World, register: Register, overridden_at: str, borne: bool, expected: int
) -> None:
    cooling = register.answer("2026-06-01T10:00:00Z", until="2026-06-29")
    override = register.override(cooling, overridden_at)
    register.contact("2026-06-06T08:00:00Z", "call", override_id=override if borne else None)

    assert violations(world) == expected


def test_a_permit_that_was_used_after_an_answer_is_found(world: World, register: Register) -> None:
    contact = register.contact("2026-06-01T08:00:00Z")
    register.answer("2026-06-01T08:30:00Z", until="2026-06-29")
    register.permit(contact, claimed_at="2026-06-01T09:00:00Z")

    assert violations(world) == 1


@pytest.mark.parametrize(
    ("second", "purpose", "expected"),
    [
        ("2026-06-08T07:59:59Z", "reminder", 1),
        ("2026-06-08T08:00:00Z", "reminder", 0),
        ("2026-06-03T08:00:00Z", "v1_batch", 1),
        ("2026-06-03T08:00:00Z", "call", 0),
    ],
)
def test_a_second_mail_within_168_hours_is_found(
    world: World, register: Register, second: str, purpose: str, expected: int
) -> None:
    register.contact("2026-06-01T08:00:00Z")
    register.contact(second, purpose)

    assert violations(world) == expected


@pytest.mark.parametrize(("inquiry", "expected"), [(7, 0), (8, 1)])
def test_the_same_mail_asked_for_again_is_not_a_second_one(
    world: World, register: Register, inquiry: int, expected: int
) -> None:
    register.contact("2026-06-01T08:00:00Z", inquiry_id=7)
    register.contact("2026-06-02T08:00:00Z", inquiry_id=inquiry)

    assert violations(world) == expected


def test_an_override_allows_one_mail_and_not_two(world: World, register: Register) -> None:
    cooling = register.answer("2026-06-01T10:00:00Z", until="2026-06-29")
    override = register.override(cooling, "2026-06-02T08:00:00Z")
    for day in ("02", "04"):
        register.contact(f"2026-06-{day}T09:00:00Z", override_id=override)

    assert violations(world) == 1


def test_one_night_is_looked_at_once_and_from_three_in_the_morning(world: World) -> None:
    before = NIGHT - timedelta(minutes=31)

    assert audited(world, before) is None
    assert audited(world, NIGHT) is not None
    assert audited(world, NIGHT + timedelta(hours=20)) is None
    assert audited(world, NIGHT + timedelta(days=1)) is not None


def test_two_workers_look_once(world: World, register: Register) -> None:
    register.contact("2026-06-01T08:00:00Z")
    together, found = Barrier(2), []

    def look() -> None:
        together.wait()
        found.append(audited(world))

    threads = [Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(one is None for one in found) == [False, True]


def test_what_is_found_opens_a_task_once(desk: Desk, register: Register) -> None:
    register.contact("2026-06-01T08:00:00Z")
    register.contact("2026-06-02T08:00:00Z")
    nights = [audited(desk.world, NIGHT + timedelta(days=day)) for day in range(2)]

    assert nights[0] is not None
    assert desk.tasks() == [("contact_violation", "contact_audit", nights[0].id)]

    register.contact("2026-06-03T08:00:00Z")
    later = audited(desk.world, NIGHT + timedelta(days=2))

    assert later is not None
    assert desk.tasks()[1:] == [("contact_violation", "contact_audit", later.id)]


def test_a_law_that_was_kept_opens_no_task(desk: Desk, register: Register) -> None:
    register.contact("2026-06-01T08:00:00Z")

    assert violations(desk.world) == 0
    assert desk.tasks() == []


def test_the_analytics_tell_violations_of_the_period_and_when_was_looked(
    analytics: Analytics, world: World, register: Register
) -> None:
    for moment in ("2026-05-01T08:00:00Z", "2026-06-01T08:00:00Z", "2026-06-02T08:00:00Z"):
        register.contact(moment)
    audited(world)
    analytics.refresh()

    answer = analytics.read("bundle-efficiency", **JUNE)

    number = answer["total"]["cooling_violations"]
    assert (number["value"], parts(number)) == (1, (1, 2))
    assert answer["contact_audit"] == {
        "ran_at": "2026-07-02T01:30:00Z",
        "checked": 3,
        "violations": 1,
    }


def test_the_worker_measures_what_the_last_night_found(
    config: Any, world: World, register: Register
) -> None:
    register.contact("2026-06-01T08:00:00Z")
    register.contact("2026-06-02T08:00:00Z")
    database = Database(config.database_url)

    looked = [audit_contact_law(database, None, NIGHT) for _ in range(2)]  # type: ignore[arg-type]
    database.dispose()

    assert looked == [1, 0]
    assert REGISTRY.get_sample_value("contact_law_violations") == 1
    told = REGISTRY.get_sample_value("contact_law_audit_timestamp_seconds")
    assert told == NIGHT.timestamp()


def test_a_program_cannot_change_what_a_night_has_found(world: World, database: Any) -> None:
    audited(world)
    engine = database.engine(database.url("matching_service"))

    for statement in ("UPDATE contact_audit SET violations = 0", "DELETE FROM contact_audit"):
        with engine.connect() as connection, pytest.raises(Exception, match="permission denied"):
            connection.execute(text(statement))
