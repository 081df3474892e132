"""A year of the business, written by the server itself: searches, inquiries, answers, conflicts.

Pinned by its seed. Triggers sleep meanwhile, so rows are written as the laws would have left them:
one acceptance that counts per search, one open inquiry per mailbox, no contact in a cooling.
"""

from sqlalchemy import Connection, text

from tests.conftest import Database

SEARCHES, INQUIRIES, MAILBOXES = 30_000, 100_000, 20_000

_PEOPLE = """
INSERT INTO patient_snapshot (patient_id, version, status, plz, geschlecht, geburtsdatum, diagnose,
    versicherungsart, group_ok, only_group, changed_xid)
SELECT n, 1, 'auf der Suche', lpad((1000 + random() * 98000)::int::text, 5, '0'),
    (ARRAY['weiblich', 'weiblich', 'männlich', 'divers'])[1 + (random() * 2.55)::int],
    date '2008-01-01' - (random() ^ 1.4 * 26000)::int,
    'F' || (ARRAY['32.1', '33.1', '41.0', '43.2', '60.3', '50.0', '45.4', '42.1', '10.2', '90.0'])
        [1 + (random() ^ 1.7 * 9)::int],
    (ARRAY['gesetzlich', 'privat', 'selbstzahler'])[1 + (random() ^ 3 * 2)::int],
    random() < 0.3, random() < 0.01, pg_current_xact_id()
FROM generate_series(1, :searches) AS n;

INSERT INTO mailbox (mailbox_key) SELECT 'mailbox-' || n FROM generate_series(1, :mailboxes) AS n;
"""

_SEARCHES = """
INSERT INTO platzsuche (id, patient_id, status, created_at, requested_at, waiting_since,
    total_requested_contacts, created_by)
SELECT n, n, 'active', at, at, at, 60, 'bench'
FROM generate_series(1, :searches) AS n
CROSS JOIN LATERAL (
    SELECT date_trunc('day', now()) - interval '360 days' * (1 - n::float8 / :searches) AS at) AS t;
"""

# A mailbox is asked every seventy days or so; a patient comes into the bundles of some ninety days.
_INQUIRIES = """
INSERT INTO therapeutenanfrage (id, therapist_id, mailbox_id, mailbox_key, state, created_date,
    sent_date, sent_method, bundle_size, size_exception, created_by, planner, response_date,
    response_type, response_channel, closed_at, close_reason)
SELECT n, box, box, 'mailbox-' || box,
    CASE WHEN answer_at <= now() THEN 'answered' WHEN sent_at < now() - interval '28 days'
        THEN 'closed' ELSE 'sent' END,
    sent_at - interval '1 hour', sent_at, 'email', size,
    CASE WHEN size < 3 THEN 'thin_region' END, 'bench',
    '{"wave": "c5f6c1f0-0000-4000-8000-000000000000", "planner": "whole-bundles-1"}',
    CASE WHEN answer_at <= now() THEN answer_at END,
    CASE WHEN answer_at <= now() THEN 'partial' END,
    CASE WHEN answer_at <= now()
        THEN (ARRAY['email', 'phone', 'portal', 'letter'])[1 + (luck * 997)::int % 4] END,
    CASE WHEN answer_at <= now() THEN answer_at
        WHEN sent_at < now() - interval '28 days' THEN sent_at + interval '28 days' END,
    CASE WHEN answer_at IS NULL AND sent_at < now() - interval '28 days' THEN 'no_response' END
FROM (
    SELECT n, 1 + n % :mailboxes AS box, random() AS luck,
        (ARRAY[3, 4, 5, 6, 6, 6, 2])[1 + (random() * 6)::int] AS size,
        now() - interval '358 days' + n / :mailboxes * interval '71 days'
            + random() * interval '30 days' AS sent_at
    FROM generate_series(1, :inquiries - 1) AS n
) AS asked
CROSS JOIN LATERAL (SELECT CASE WHEN luck < 0.7
    THEN sent_at + -ln(1 - luck) * interval '6 days' END AS answer_at) AS answer;
"""

_ROWS = """
CREATE TEMPORARY TABLE pair AS
SELECT DISTINCT ON (i.id, search) i.id AS inquiry, search, place, i.response_date, i.state,
    i.closed_at, CASE WHEN i.response_date IS NOT NULL THEN (ARRAY['accepted', 'rejected_capacity',
        'rejected_not_suitable', 'rejected_other'])[1 + (random() ^ 0.6 * 3)::int] END AS outcome
FROM therapeutenanfrage i
CROSS JOIN LATERAL generate_series(1, i.bundle_size) AS place
CROSS JOIN LATERAL (SELECT greatest(1, (:searches * (1 - extract(epoch FROM now() - i.sent_date)
    / 86400 / 360) - random() * :searches / 4 - place)::int) AS search) AS chosen;

INSERT INTO therapeut_anfrage_patient (therapeutenanfrage_id, platzsuche_id, patient_id,
    position_in_bundle, status, outcome, distance_km, relaxed, reasons, accepted_at)
SELECT inquiry, search, search, place,
    CASE WHEN outcome = 'accepted' AND nth = 1 THEN 'accepted' WHEN outcome = 'accepted'
        THEN 'conflict' WHEN outcome IS NOT NULL THEN 'rejected' WHEN state = 'closed'
        THEN 'no_response' ELSE 'pending' END,
    outcome, 7.5, '[]', :reasons,
    CASE WHEN outcome = 'accepted' AND nth = 1 THEN response_date END
FROM (SELECT *, row_number() OVER (PARTITION BY search, outcome ORDER BY response_date) AS nth
    FROM pair) AS ranked
ORDER BY inquiry, place;

INSERT INTO conflict (kind, platzsuche_id, loser_row_id, loser_inquiry_id, responded_at)
SELECT 'conflict', r.platzsuche_id, r.id, i.id, i.response_date
FROM therapeut_anfrage_patient r JOIN therapeutenanfrage i ON i.id = r.therapeutenanfrage_id
WHERE r.status = 'conflict';
"""

_COURSES = """
UPDATE platzsuche s SET status = CASE WHEN luck < 0.6 THEN 'successful' ELSE 'in_sessions' END,
    accepted_at = r.accepted_at, sessions_held = 1,
    first_meeting_on = r.accepted_at::date + (luck * 20)::int,
    therapy_starts_on = CASE WHEN luck < 0.6 THEN r.accepted_at::date + 20 + (luck * 40)::int END,
    success_date = CASE WHEN luck < 0.6 THEN r.accepted_at + interval '25 days' END
FROM (SELECT *, random() AS luck FROM therapeut_anfrage_patient) AS r
WHERE r.platzsuche_id = s.id AND r.status = 'accepted';

UPDATE platzsuche SET status = 'abandoned', end_reason = 'withdrew'
WHERE status = 'active' AND id % 5 = 0 AND requested_at < now() - interval '100 days';

INSERT INTO platzsuche_history (platzsuche_id, at, actor, kind, "to")
SELECT s.id, s.requested_at + step.days * interval '1 day', 'bench', step.kind, step.to
FROM platzsuche s CROSS JOIN LATERAL (VALUES
    (0, 'created', NULL), (1, 'contact_request', '5'), (9, 'edited', 'notes'),
    (20, 'moved', CASE WHEN s.id % 6 = 0 THEN 'paused' END),
    (34, 'moved', CASE WHEN s.id % 6 = 0 THEN 'active' END),
    (50, 'moved', CASE WHEN s.status IN ('in_sessions', 'successful') THEN 'in_sessions' END),
    (90, 'moved', CASE WHEN s.status IN ('abandoned', 'successful') THEN s.status END)
) AS step (days, kind, "to")
WHERE step.kind <> 'moved' OR step.to IS NOT NULL;
"""

_REGISTER = """
INSERT INTO mailbox_block (mailbox_id, kind, purpose, inquiry_id, actor, recorded_at, during, quiet)
SELECT mailbox_id, 'contact', 'inquiry', id, 'bench', sent_date,
    tstzrange(sent_date, sent_date, '[]'), tstzrange(sent_date, sent_date + interval '7 days')
FROM therapeutenanfrage;

INSERT INTO mailbox_block (mailbox_id, kind, purpose, inquiry_id, actor, recorded_at, response_at,
    next_contactable_date, during)
SELECT mailbox_id, 'cooling', 'answer', id, 'bench', response_date, response_date,
    berlin_date(response_date) + 28,
    tstzrange(response_date, berlin_midnight(berlin_date(response_date) + 28))
FROM therapeutenanfrage WHERE response_date IS NOT NULL;

INSERT INTO bundle_wave (created_at, asked, created, skipped)
SELECT now() - n * interval '1 day', 400, 280, '{"cooling": 70, "too_few_candidates": 50}'
FROM generate_series(0, 359) AS n;
"""

_REASONS = (
    '[{"code": "diagnosis", "detail": {"preferred": ["F32", "F33"], "own": "F32.1"}},'
    ' {"code": "distance", "detail": {"km": 7.5, "limit": 30, "approximate": true}},'
    ' {"code": "availability", "detail": {"slots": 12}}, {"code": "waiting", "detail": {"d": 61}}]'
)


def write_a_year(database: Database) -> None:
    with database.engine(database.admin_url).begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL search_path = matching_service, extensions"))
        connection.execute(text("SELECT setseed(0.42)"))
        for part in (_PEOPLE, _SEARCHES, _INQUIRIES, _ROWS, _COURSES, _REGISTER):
            _write(connection, part)
    with database.engine(database.admin_url).connect() as connection:
        admin = connection.execution_options(isolation_level="AUTOCOMMIT")
        admin.execute(text("VACUUM ANALYZE"))


def _write(connection: Connection, part: str) -> None:
    sizes = {"searches": SEARCHES, "inquiries": INQUIRIES, "mailboxes": MAILBOXES}
    for statement in part.split(";\n"):
        if statement.strip():
            wanted = {name: value for name, value in sizes.items() if f":{name}" in statement}
            if ":reasons" in statement:
                wanted["reasons"] = _REASONS  # type: ignore[assignment]
            connection.execute(text(statement), wanted)
