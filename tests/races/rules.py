"""What must never be, as plain SQL over rows. It trusts no constraint, no trigger and no column
that something keeps: every number is counted again, every date computed again.

A rule selects the ids of what breaks it. `given_answer` and `given_request` are what clients were
told to have been recorded; `check` brings them along.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection, text

Outcomes = dict[int, str]


class Violation(NamedTuple):
    rule: str
    id: int


@dataclass
class Given:
    """`answers`: by inquiry and the version that the answer made of it, the outcomes by search.
    `requests`: by v1's placement request its patient, and what it was answered with."""

    answers: dict[tuple[int, int], Outcomes] = field(default_factory=dict)
    requests: dict[int, tuple[int, str]] = field(default_factory=dict)


def check(connection: Connection, given: Given, rules: Iterable[str] = ()) -> list[Violation]:
    """Within the caller's transaction; all rules unless some are named."""
    _tell(connection, given)
    return [
        Violation(rule, row[0])
        for rule in rules or RULES
        for row in connection.execute(text(RULES[rule]))
    ]


def _tell(connection: Connection, given: Given) -> None:
    connection.execute(text(_GIVEN))
    answers = [
        {"inquiry": inquiry, "version": version, "search": search, "outcome": outcome}
        for (inquiry, version), outcomes in given.answers.items()
        for search, outcome in outcomes.items()
    ]
    if answers:
        row = "INSERT INTO given_answer VALUES (:inquiry, :version, :search, :outcome)"
        connection.execute(text(row), answers)
    requests = [
        {"id": id_, "patient": patient, "status": status}
        for id_, (patient, status) in given.requests.items()
    ]
    if requests:
        row = "INSERT INTO given_request VALUES (:id, :patient, :status)"
        connection.execute(text(row), requests)


_GIVEN = """
DROP TABLE IF EXISTS given_answer, given_request;
CREATE TEMP TABLE given_answer (inquiry_id int, version int, search_id int, outcome text);
CREATE TEMP TABLE given_request (id int, patient_id int, status text);
"""

_UNSOLICITED_MAIL = "('inquiry', 'reminder', 'v1_batch')"
_OPEN = "('draft', 'sending', 'sent')"

# Rows of inquiries that are prepared, on their way, sent or answered; who left before the mail
# went out has used none.
_RECOUNTED = """
    SELECT search.id, search.used_contacts, search.total_requested_contacts,
        (SELECT count(*) FROM therapeut_anfrage_patient row
         JOIN therapeutenanfrage inquiry ON inquiry.id = row.therapeutenanfrage_id
         WHERE row.platzsuche_id = search.id
            AND inquiry.state NOT IN ('closed', 'cancelled')
            AND NOT (row.withdrawn_at IS NOT NULL
                AND (inquiry.sent_date IS NULL OR row.withdrawn_at < inquiry.sent_date))) AS used,
        (SELECT coalesce(sum(requested_count), 0) FROM platzsuche_contact_request request
         WHERE request.platzsuche_id = search.id) AS allowed
    FROM platzsuche search
"""

_TOLD = """
    SELECT body->>'type' AS type, body->'data' AS data FROM outbox
    UNION ALL
    SELECT body->>'type', body->'data' FROM events.log WHERE topic = 'matching-events'
"""

_LEGAL_MOVES = """
    ('active', 'paused'), ('active', 'in_sessions'), ('active', 'abandoned'),
    ('paused', 'active'), ('paused', 'abandoned'),
    ('in_sessions', 'successful'), ('in_sessions', 'active'), ('in_sessions', 'abandoned')
"""

RULES = {
    "contact while cooling": """
        SELECT contact.id
        FROM mailbox_block contact JOIN mailbox_block cooling USING (mailbox_id)
        WHERE contact.purpose IN ('inquiry', 'reminder', 'v1_batch', 'call')
            AND cooling.kind = 'cooling'
            AND cooling.recorded_at <= contact.recorded_at
            AND contact.recorded_at
                < (cooling.next_contactable_date::timestamp AT TIME ZONE 'Europe/Berlin')
            AND NOT EXISTS (
                SELECT FROM cooling_override override WHERE override.block_id = cooling.id
                    AND override.created_at <= contact.recorded_at)
    """,
    "two mails in seven days": f"""
        SELECT second.id
        FROM mailbox_block first JOIN mailbox_block second USING (mailbox_id)
        WHERE first.purpose IN {_UNSOLICITED_MAIL} AND second.purpose IN {_UNSOLICITED_MAIL}
            AND first.id < second.id
            AND second.recorded_at < first.recorded_at + interval '168 hours'
            AND (first.purpose <> second.purpose
                OR first.inquiry_id IS DISTINCT FROM second.inquiry_id
                OR second.inquiry_id IS NULL)
            AND (second.override_id IS NULL OR first.override_id IS NOT NULL)
    """,
    "permit used after an answer": """
        SELECT permit.id
        FROM contact_permit permit JOIN mailbox_block contact ON contact.id = permit.block_id
        JOIN mailbox_block answer ON answer.mailbox_id = contact.mailbox_id
        WHERE answer.kind = 'cooling'
            AND contact.recorded_at < answer.recorded_at
            AND answer.recorded_at < permit.claimed_at
    """,
    "answer without cooling": """
        SELECT inquiry.id FROM therapeutenanfrage inquiry
        WHERE state = 'answered' AND NOT EXISTS (
            SELECT FROM mailbox_block block WHERE block.kind = 'cooling'
                AND block.inquiry_id = inquiry.id AND block.mailbox_id = inquiry.mailbox_id)
    """,
    "two acceptances": """
        SELECT platzsuche_id FROM therapeut_anfrage_patient
        WHERE status = 'accepted' AND ended_at IS NULL
        GROUP BY platzsuche_id HAVING count(*) > 1
    """,
    "in sessions with nobody": """
        SELECT search.id FROM platzsuche search
        WHERE search.status = 'in_sessions' AND NOT EXISTS (
            SELECT FROM therapeut_anfrage_patient row
            JOIN therapeutenanfrage inquiry ON inquiry.id = row.therapeutenanfrage_id
            WHERE row.platzsuche_id = search.id AND row.status = 'accepted'
                AND row.ended_at IS NULL
                AND inquiry.therapist_id = search.accepted_therapist_id)
    """,
    "place taken in a search that is not in sessions": """
        SELECT search.id FROM platzsuche search
        JOIN therapeut_anfrage_patient row ON row.platzsuche_id = search.id
        WHERE row.status = 'accepted' AND row.ended_at IS NULL
            AND search.status NOT IN ('in_sessions', 'successful')
    """,
    "two unfinished searches": """
        SELECT patient_id FROM platzsuche WHERE status NOT IN ('successful', 'abandoned')
        GROUP BY patient_id HAVING count(*) > 1
    """,
    "budget overrun": f"""
        SELECT id FROM ({_RECOUNTED}) recounted WHERE used > allowed
    """,
    "budget miscounted": f"""
        SELECT id FROM ({_RECOUNTED}) recounted
        WHERE used <> used_contacts OR allowed <> total_requested_contacts
    """,
    "two open inquiries": f"""
        SELECT mailbox_id FROM therapeutenanfrage WHERE state IN {_OPEN}
        GROUP BY mailbox_id HAVING count(*) > 1
    """,
    "asked for a search that is not active": f"""
        SELECT row.id FROM therapeut_anfrage_patient row
        JOIN therapeutenanfrage inquiry ON inquiry.id = row.therapeutenanfrage_id
        JOIN platzsuche search ON search.id = row.platzsuche_id
        WHERE row.status = 'pending' AND inquiry.state IN {_OPEN} AND search.status <> 'active'
    """,
    "asked an excluded therapist": f"""
        SELECT row.id FROM therapeut_anfrage_patient row
        JOIN therapeutenanfrage inquiry ON inquiry.id = row.therapeutenanfrage_id
        JOIN platzsuche_exclusion exclusion ON exclusion.platzsuche_id = row.platzsuche_id
            AND exclusion.therapist_id = inquiry.therapist_id
        WHERE row.status = 'pending' AND inquiry.state IN {_OPEN}
            AND exclusion.removed_at IS NULL
    """,
    "bundle of the wrong size": """
        SELECT inquiry.id FROM therapeutenanfrage inquiry
        JOIN therapeut_anfrage_patient row ON row.therapeutenanfrage_id = inquiry.id
        WHERE inquiry.state NOT IN ('draft', 'cancelled')
        GROUP BY inquiry.id
        HAVING count(*) > 6 OR count(*) < 3 AND inquiry.size_exception IS NULL
    """,
    "answer lost": """
        SELECT DISTINCT given.inquiry_id FROM given_answer given
        LEFT JOIN therapeut_anfrage_patient row
            ON row.therapeutenanfrage_id = given.inquiry_id
            AND row.platzsuche_id = given.search_id
        WHERE given.version = (
                SELECT max(version) FROM given_answer latest
                WHERE latest.inquiry_id = given.inquiry_id)
            AND row.outcome IS DISTINCT FROM given.outcome
    """,
    "answer to a placement request lost": """
        SELECT given.id FROM given_request given LEFT JOIN placement_requests USING (id)
        WHERE placement_requests.status IS DISTINCT FROM given.status
            -- A deleted patient's are forgotten.
            AND NOT given.patient_id IN (SELECT patient_id FROM patient_snapshot WHERE deleted)
    """,
    "late acceptance that nobody sees": """
        SELECT row.id FROM therapeut_anfrage_patient row
        WHERE row.status = 'conflict'
            AND row.ended_at IS NULL
            AND NOT EXISTS (SELECT FROM conflict WHERE conflict.loser_row_id = row.id)
    """,
    "answer summed up wrongly": """
        SELECT inquiry.id FROM therapeutenanfrage inquiry
        LEFT JOIN therapeut_anfrage_patient row ON row.therapeutenanfrage_id = inquiry.id
        WHERE inquiry.state = 'answered'
        GROUP BY inquiry.id
        HAVING inquiry.accepted_count <> count(*) FILTER (WHERE row.outcome = 'accepted')
            OR inquiry.placed_count <> count(*) FILTER (WHERE row.status = 'accepted')
    """,
    "illegal move": f"""
        SELECT DISTINCT platzsuche_id FROM (
            SELECT platzsuche_id, "from", "to",
                lag("to", 1, 'active') OVER (PARTITION BY platzsuche_id ORDER BY id) AS before
            FROM platzsuche_history WHERE kind = 'moved') move
        WHERE "from" <> before OR ("from", "to") NOT IN (VALUES {_LEGAL_MOVES})
    """,
    "status without a move": """
        SELECT search.id FROM platzsuche search
        WHERE search.status <> coalesce((
            SELECT "to" FROM platzsuche_history
            WHERE platzsuche_id = search.id AND kind = 'moved' ORDER BY id DESC LIMIT 1), 'active')
    """,
    "search told wrongly": f"""
        WITH told AS ({_TOLD}), latest AS (
            SELECT DISTINCT ON (data->>'search_id') (data->>'search_id')::int AS id,
                data->>'status' AS status
            FROM told WHERE type LIKE 'search.%'
            ORDER BY data->>'search_id', (data->>'version')::int DESC)
        SELECT search.id FROM platzsuche search LEFT JOIN latest USING (id)
        WHERE latest.status IS DISTINCT FROM search.status
    """,
    "end of an inquiry told wrongly": f"""
        WITH told AS ({_TOLD}), latest AS (
            SELECT DISTINCT ON (data->>'bundle_id') (data->>'bundle_id')::int AS id,
                data->>'state' AS state
            FROM told WHERE type LIKE 'bundle.%'
            ORDER BY data->>'bundle_id', (data->>'version')::int DESC)
        SELECT inquiry.id FROM therapeutenanfrage inquiry LEFT JOIN latest USING (id)
        WHERE inquiry.state IN ('answered', 'closed', 'cancelled')
            AND latest.state IS DISTINCT FROM inquiry.state
    """,
}
