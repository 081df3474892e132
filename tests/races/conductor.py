"""What happens around the races: weeks pass, mails go out, people come, change and go."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, text

from shared.contracts.event_types import COMMUNICATION_EVENTS, PATIENT_EVENTS, THERAPIST_EVENTS
from shared.events.envelope import Event
from shared.events.postgres_transport import PostgresTransport
from tests.conftest import Database
from tests.races.register import Register

_PRACTICES_PER_TOWN, _SHARED = 8, "0"
_REQUESTS_BETWEEN_NEWS = 45
_FREE_AT_LEAST = 0.55  # of all mailboxes
_FAILED = 0.05  # of all mails

# All that the contact law remembers of a mailbox is sixty days older. Oldest first, so that no
# range ever meets one that has not moved yet; under the lock that whoever writes there takes.
_WEEKS_PASS = """
CREATE FUNCTION matching_service.let_weeks_pass(box bigint) RETURNS void LANGUAGE plpgsql
    SET session_replication_role = replica SET search_path = matching_service, extensions AS $$
DECLARE
    one bigint;
    past interval := interval '60 days';
BEGIN
    PERFORM FROM mailbox WHERE id = box FOR NO KEY UPDATE;
    FOR one IN SELECT id FROM mailbox_block WHERE mailbox_id = box ORDER BY recorded_at LOOP
        UPDATE mailbox_block SET recorded_at = recorded_at - past,
            response_at = response_at - past,
            next_contactable_date = next_contactable_date - 60,
            during = CASE WHEN isempty(during) THEN during ELSE
                tstzrange(lower(during) - past, upper(during) - past,
                    '[' || CASE WHEN upper_inc(during) THEN ']' ELSE ')' END) END,
            quiet = CASE WHEN quiet IS NOT NULL THEN
                tstzrange(lower(quiet) - past, upper(quiet) - past) END
        WHERE id = one;
    END LOOP;
    UPDATE mailbox SET next_contactable_date = next_contactable_date - 60,
        last_recorded_at = last_recorded_at - past WHERE id = box;
    UPDATE cooling_override SET created_at = created_at - past WHERE mailbox_id = box;
    UPDATE contact_permit SET valid_until = valid_until - past, claimed_at = claimed_at - past,
        revoked_at = revoked_at - past
    WHERE id IN (SELECT id FROM contact_permit WHERE mailbox_id = box FOR UPDATE SKIP LOCKED);
END $$;
"""

_RESTING = """
SELECT m.id FROM matching_service.mailbox m
WHERE EXISTS (SELECT FROM matching_service.therapist_snapshot t
        WHERE t.mailbox_id = m.id AND NOT t.deleted AND t.status = 'aktiv')
    AND (m.next_contactable_date > CURRENT_DATE OR EXISTS (
        SELECT FROM matching_service.mailbox_block b
        WHERE b.mailbox_id = m.id AND upper(b.quiet) > clock_timestamp()))
ORDER BY m.last_recorded_at
"""

_TO_BE_SENT = """
SELECT id, version FROM matching_service.therapeutenanfrage
WHERE state = 'sending' AND sends_at IS NULL
"""


class Conductor:
    def __init__(self, database: Database, register: Register, towns: int, seed: int) -> None:
        self._admin = database.engine(database.admin_url)
        self._register = register
        self._chance = Random(seed)
        self._lines = {
            topic: PostgresTransport(database.url(service))
            for topic, service in {
                PATIENT_EVENTS: "patient_service",
                THERAPIST_EVENTS: "therapist_service",
                COMMUNICATION_EVENTS: "communication_service",
            }.items()
        }
        self._keys = [
            f"{town}/practice {number}"
            for number in range(_PRACTICES_PER_TOWN)
            for town in range(towns)
        ]
        self._therapists: dict[int, str] = {}
        self._reported: set[tuple[int, int]] = set()
        self._due = _REQUESTS_BETWEEN_NEWS
        self.told: Counter[str] = Counter()

    def begin(self) -> None:
        """One mailbox in every town is shared."""
        with self._admin.begin() as connection:
            connection.execute(text(_WEEKS_PASS))
        for key in self._keys:
            for _ in range(2 if key.endswith(_SHARED) else 1):
                self._welcome(key)

    def step(self, requests: int) -> None:
        """`requests`: how many have been answered so far."""
        with self._admin.connect() as connection:
            self._let_weeks_pass(connection)
        self._report_mails()
        while requests >= self._due:
            self._due += _REQUESTS_BETWEEN_NEWS
            self._news()

    def close(self) -> None:
        for line in self._lines.values():
            line.close()

    def _let_weeks_pass(self, connection: Connection) -> None:
        resting = list(connection.scalars(text(_RESTING)))
        surplus = len(resting) - round((1 - _FREE_AT_LEAST) * len(self._keys))
        for mailbox in resting[: max(0, surplus)]:
            one = text("SELECT matching_service.let_weeks_pass(:box)")
            connection.execute(one, {"box": mailbox})
            connection.commit()
            self.told["weeks passed"] += 1

    def _report_mails(self) -> None:
        """Communication has sent what was released, or could not."""
        with self._admin.begin() as connection:
            due = connection.execute(text(_TO_BE_SENT)).all()
        fresh = [
            (row.id, row.version) for row in due if (row.id, row.version) not in self._reported
        ]
        self._reported.update(fresh)
        events = [self._mail(inquiry) for inquiry, _ in fresh]
        if events:
            self._tell(COMMUNICATION_EVENTS, *events)

    def _mail(self, inquiry: int) -> Event:
        failed = self._chance.random() < _FAILED
        data = {
            "bundle_id": inquiry,
            "email_id": inquiry,
            "purpose": "inquiry",
            "at": datetime.now(UTC).isoformat(),
            "reason": "refused" if failed else None,
        }
        kind = "email_failed" if failed else "email_sent"
        return _event(f"communication.{kind}", COMMUNICATION_EVENTS, inquiry, data)

    def _news(self) -> None:
        news = [self._block] * 3 + [self._merge] * 2 + [self._move] * 2 + [self._delete] * 3
        self._chance.choice(news)()

    def _block(self) -> None:
        therapist, _key = self._somebody()
        person = self._register.change_therapist(therapist, status="gesperrt")
        self._tell_of(therapist, "blocked", person)
        self._replace(therapist)

    def _merge(self) -> None:
        gone, key = self._somebody()
        neighbours = [t for t, k in self._therapists.items() if _town(k) == _town(key)]
        survivor = self._chance.choice(neighbours)
        if gone != survivor:
            person = self._register.change_therapist(gone, deleted=True)
            self._tell_of(gone, "deleted", person, merged_into=survivor, mailbox_key=key)
            self._replace(gone)

    def _move(self) -> None:
        """Into another practice's mailbox."""
        therapist, key = self._somebody()
        key = self._chance.choice([one for one in self._keys if _town(one) == _town(key)])
        self._therapists[therapist] = key
        self._tell_of(
            therapist, "updated", self._register.change_therapist(therapist, mailbox_key=key)
        )

    def _delete(self) -> None:
        with self._admin.begin() as connection:
            searching = "status IN ('active', 'paused', 'in_sessions')"
            rows = f"SELECT patient_id FROM matching_service.platzsuche WHERE {searching}"
            patients = list(connection.scalars(text(rows)))
        if patients:
            patient = self._chance.choice(patients)
            self._register.delete_patient(patient)
            data = {"patient_id": patient, "version": 2}
            self._tell(PATIENT_EVENTS, _event("patient.deleted", PATIENT_EVENTS, patient, data))

    def _replace(self, therapist: int) -> None:
        """Somebody comes, in the same practice or into a new one."""
        key = self._therapists.pop(therapist)
        if self._chance.random() < 0.3 and key in self._keys:
            place, key = self._keys.index(key), f"{_town(key)}/practice {uuid4()}"
            self._keys[place] = key
        self._welcome(key)

    def _welcome(self, key: str) -> None:
        therapist = self._register.add_therapist(_town(key), key)
        self._therapists[therapist] = key
        person = {"version": 1, "mailbox_key": key}
        self._tell_of(therapist, "created", person)

    def _somebody(self) -> tuple[int, str]:
        return self._chance.choice(sorted(self._therapists.items()))

    def _tell_of(self, therapist: int, moment: str, person: dict[str, Any], **more: Any) -> None:
        data = {
            "therapist_id": therapist,
            "version": person["version"],
            "mailbox_key": person["mailbox_key"],
            **more,
        }
        kind = f"therapist.{moment}"
        self._tell(THERAPIST_EVENTS, _event(kind, THERAPIST_EVENTS, therapist, data))

    def _tell(self, topic: str, *events: Event) -> None:
        self._lines[topic].append(events)
        self.told.update(event.type for event in events)


def _town(mailbox_key: str) -> int:
    return int(mailbox_key.partition("/")[0])


def _event(kind: str, topic: str, key: int, data: dict[str, Any]) -> Event:
    return Event(uuid4(), kind, topic, str(key), "/races", datetime.now(UTC), data)


@contextmanager
def conducting(
    database: Database, register: Register, towns: int, seed: int
) -> Iterator[Conductor]:
    conductor = Conductor(database, register, towns, seed)
    conductor.begin()
    try:
        yield conductor
    finally:
        conductor.close()
