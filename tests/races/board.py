"""The hot world as it was a moment ago: who could be asked, searched for, answered right now."""

import time
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import psycopg2

from tests.races.register import TOWNS

Row = SimpleNamespace
RECENT = 40


@dataclass(frozen=True)
class Board:
    """Rows by table; what each has says `_PARTS`, and every one has its town. `seen_at`:
    seconds of the monotonic clock."""

    seen_at: float
    therapists: list[Row]
    searches: list[Row]
    idle_patients: list[Row]
    inquiries: list[Row]
    answered: list[Row]
    coolings: list[Row]
    conflicts: list[Row]
    permits: list[Row]
    requests: list[Row]
    exclusions: list[Row]


class Scout:
    """Looks with a connection of its own; `url` is a superuser's."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg2.connect(
            url.replace("postgresql+psycopg2://", "postgresql://", 1),
            options="-c search_path=matching_service",
        )
        self._connection.autocommit = True

    def look(self) -> Board:
        seen_at = time.monotonic()
        with self._connection.cursor() as cursor:
            cursor.execute(_LOOK)
            (found,) = cursor.fetchone() or ({},)
        return Board(seen_at, **{name: _rows(rows) for name, rows in found.items()})

    def close(self) -> None:
        self._connection.close()


def _rows(found: list[dict[str, Any]] | None) -> list[Row]:
    return [Row(**one) for one in found or ()]


_TOWN = """(SELECT t.plz::int % 1000 FROM therapist_snapshot t
    WHERE t.therapist_id = i.therapist_id) AS town"""

_ROWS_OF = """(SELECT json_agg(json_build_array(r.platzsuche_id, r.status, r.outcome))
    FROM therapeut_anfrage_patient r WHERE r.therapeutenanfrage_id = i.id) AS rows"""

_PARTS = {
    "therapists": """
        SELECT t.therapist_id AS id, t.mailbox_id AS mailbox,
            t.plz::int % 1000 AS town,
            coalesce(m.next_contactable_date > berlin_date(clock_timestamp()), false) AS cooling,
            EXISTS (SELECT FROM mailbox_block b
                WHERE b.mailbox_id = m.id AND upper(b.quiet) > clock_timestamp()) AS quiet,
            EXISTS (SELECT FROM therapeutenanfrage i
                WHERE (i.mailbox_id = m.id OR i.therapist_id = t.therapist_id)
                    AND i.state IN ('draft', 'sending', 'sent')) AS asked
        FROM therapist_snapshot t JOIN mailbox m ON m.id = t.mailbox_id
        WHERE NOT t.deleted AND t.status = 'aktiv'""",
    "searches": f"""
        SELECT s.id, s.patient_id AS patient, s.status, s.patient_id % {TOWNS} AS town,
            s.total_requested_contacts - s.used_contacts AS left
        FROM platzsuche s WHERE s.status IN ('active', 'paused', 'in_sessions')""",
    "idle_patients": f"""
        SELECT p.patient_id AS id, p.patient_id % {TOWNS} AS town FROM (
            SELECT patient_id FROM platzsuche
            WHERE status IN ('successful', 'abandoned') ORDER BY id DESC LIMIT {RECENT}) p
        JOIN patient_snapshot k ON k.patient_id = p.patient_id AND NOT k.deleted
        WHERE NOT EXISTS (SELECT FROM platzsuche s WHERE s.patient_id = p.patient_id
            AND s.status IN ('active', 'paused', 'in_sessions'))""",
    "inquiries": f"""
        SELECT i.id, i.therapist_id AS therapist, i.mailbox_id AS mailbox, i.state, i.version,
            i.sends_at IS NOT NULL AS recallable, i.size_exception IS NOT NULL AS small,
            {_TOWN}, {_ROWS_OF}
        FROM therapeutenanfrage i WHERE i.state IN ('draft', 'sending', 'sent')""",
    "answered": f"""
        SELECT i.id, i.mailbox_id AS mailbox, i.version, {_TOWN}, {_ROWS_OF}
        FROM therapeutenanfrage i WHERE i.id IN (
            SELECT id FROM therapeutenanfrage WHERE state = 'answered'
            ORDER BY id DESC LIMIT {2 * RECENT})
            AND NOT EXISTS (SELECT FROM therapeut_anfrage_patient r
                JOIN platzsuche s ON s.id = r.platzsuche_id
                WHERE r.therapeutenanfrage_id = i.id
                    AND s.status IN ('successful', 'abandoned'))""",
    "coolings": """
        SELECT b.id, b.mailbox_id AS mailbox, b.mailbox_id AS town
        FROM mailbox_block b JOIN mailbox m
            ON m.id = b.mailbox_id AND m.next_contactable_date > berlin_date(clock_timestamp())
        WHERE b.kind = 'cooling' AND b.next_contactable_date > berlin_date(clock_timestamp())
            AND NOT EXISTS (SELECT FROM cooling_override o WHERE o.block_id = b.id)""",
    "conflicts": f"""
        SELECT c.id, s.status AS search_status, s.patient_id % {TOWNS} AS town FROM conflict c
        JOIN platzsuche s ON s.id = c.platzsuche_id WHERE c.state <> 'resolved'""",
    "permits": """
        SELECT p.id, p.mailbox_id AS mailbox, t.plz::int % 1000 AS town FROM contact_permit p
        JOIN therapist_snapshot t USING (therapist_id)
        WHERE p.claimed_at IS NULL AND p.revoked_at IS NULL
            AND p.valid_until > clock_timestamp()""",
    "requests": f"""
        SELECT p.id, p.patient_id AS patient, p.therapist_id AS therapist, t.mailbox_id AS mailbox,
            t.plz::int % 1000 AS town
        FROM placement_requests p JOIN therapist_snapshot t USING (therapist_id)
        WHERE p.status = 'offen' AND NOT t.deleted ORDER BY p.id DESC LIMIT {2 * RECENT}""",
    "exclusions": f"""
        SELECT e.platzsuche_id AS search, e.therapist_id AS therapist,
            s.patient_id % {TOWNS} AS town FROM platzsuche_exclusion e
        JOIN platzsuche s ON s.id = e.platzsuche_id
        WHERE e.removed_at IS NULL AND s.status IN ('active', 'paused')""",
}
_LOOK = "SELECT json_build_object({})".format(
    ", ".join(
        f"'{name}', (SELECT json_agg(part) FROM ({rows}) part)" for name, rows in _PARTS.items()
    )
)
