"""Years of work, made by the database itself: many searches with what ten thousand practices said.

The laws are not asked (triggers are off, as in a restored backup), so this is for reading only.
"""

from sqlalchemy import Engine, text

MAILBOXES = 10_000
INQUIRIES_PER_SEARCH = 2  # each with four patients

_AT = "timestamptz '2024-01-01' + n * interval '20 minutes'"

_STATEMENTS = (
    """
    INSERT INTO mailbox (mailbox_key, next_contactable_date)
    SELECT 'box-' || n, CASE WHEN n % 5 = 0 THEN current_date + 20 - n % 40 END
    FROM generate_series(1, :mailboxes) n
    """,
    """
    INSERT INTO therapist_snapshot (therapist_id, version, mailbox_id, mailbox_key, status,
        latitude, longitude, place_status, plz, kassensitz, geschlecht, verfahren, altersgruppe,
        has_email, has_phone, gender_preference, working_hours, changed_xid)
    SELECT n, 1, 1 + n % :mailboxes, 'box-' || 1 + n % :mailboxes, 'aktiv',
        47.5 + n * 7919 % 7000 / 1000.0, 6.0 + n * 10477 % 9000 / 1000.0, 'exact',
        lpad((1067 + n * 37 % 98000)::text, 5, '0'), n % 20 > 0, 'weiblich',
        ARRAY['Verhaltenstherapie'], 'erwachsene', true, true, 'any',
        '{"monday": [{"start": "09:00", "end": "17:00"}]}', pg_current_xact_id()
    FROM generate_series(1, 3 * :mailboxes) n
    """,
    """
    INSERT INTO patient_snapshot (patient_id, version, status, latitude, longitude, place_status,
        plz, max_km, travel_mode, geschlecht, geburtsdatum, diagnose, versicherungsart,
        therapist_gender_preference, availability, changed_xid)
    SELECT n, 1, 'auf der Suche',
        47.5 + n * 6101 % 7000 / 1000.0, 6.0 + n * 99991 % 9000 / 1000.0, 'exact',
        lpad((1067 + n * 41 % 98000)::text, 5, '0'), 10 + n % 40, 'car', 'männlich',
        date '1950-01-01' + n * 13 % 18000, 'F32.' || n % 3, 'gesetzlich', 'any',
        '{"monday": [{"start": "09:00", "end": "17:00"}]}', pg_current_xact_id()
    FROM generate_series(1, :searches) n
    """,
    f"""
    INSERT INTO platzsuche (id, patient_id, status, created_at, requested_at, waiting_since,
        first_meeting_on, sessions_held, end_reason, total_requested_contacts, used_contacts,
        created_by, accepted_at)
    SELECT n, n, status, {_AT}, {_AT}, {_AT}, '2025-01-01', 2,
        CASE WHEN status = 'abandoned' THEN 'other' END, 25, 8, 'crowd',
        CASE WHEN status = 'in_sessions' THEN now() END
    FROM generate_series(1, :searches) n, LATERAL (SELECT CASE
        WHEN n % 20 < 16 THEN 'active' ELSE
        (ARRAY['paused', 'in_sessions', 'successful', 'abandoned'])[n % 20 - 15] END) s (status)
    """,
    f"""
    INSERT INTO platzsuche_history (platzsuche_id, at, actor, kind, "to")
    SELECT 1 + n % :searches, {_AT}, 'crowd', 'moved', 'active'
    FROM generate_series(1, 4 * :searches) n
    """,
    f"""
    INSERT INTO platzsuche_exclusion (platzsuche_id, therapist_id, reason, source, excluded_at,
        excluded_by)
    SELECT n, 1 + n % (3 * :mailboxes), 'kennt sie', 'staff', {_AT}, 'crowd'
    FROM generate_series(1, :searches) n
    """,
    f"""
    INSERT INTO therapeutenanfrage (id, therapist_id, mailbox_id, mailbox_key, state, created_date,
        sent_date, response_date, response_type, bundle_size, closed_at, follow_up_due_on,
        created_by)
    SELECT n, 1 + n % (3 * :mailboxes), 1 + n % :mailboxes, 'box-' || 1 + n % :mailboxes, state,
        {_AT}, CASE WHEN state NOT IN ('draft', 'cancelled') THEN {_AT} END,
        CASE WHEN state = 'answered' THEN {_AT} + interval '3 days' END,
        CASE state WHEN 'answered' THEN 'rejected' WHEN 'closed' THEN 'no_response' END, 4,
        CASE WHEN state = 'closed' THEN {_AT} END,
        CASE WHEN state = 'sent' THEN current_date + 300 - n % 1000 END, 'crowd'
    FROM generate_series(1, :inquiries) n, LATERAL (SELECT CASE
        WHEN n > :inquiries - :mailboxes / 4 THEN (ARRAY['sent', 'draft'])[1 + (n % 8 = 0)::int]
        ELSE (ARRAY['answered', 'closed', 'answered', 'cancelled'])[1 + n % 4] END) s (state)
    """,
    """
    INSERT INTO therapeut_anfrage_patient (therapeutenanfrage_id, platzsuche_id, patient_id,
        position_in_bundle, status, outcome)
    SELECT i.id, search, search, place,
        CASE i.state WHEN 'answered' THEN 'rejected' WHEN 'closed' THEN 'no_response'
            ELSE 'pending' END,
        CASE i.state WHEN 'answered' THEN 'rejected_capacity' END
    FROM therapeutenanfrage i, generate_series(1, 4) place,
        LATERAL (SELECT 1 + (i.id * 7 + place * 13) % :searches) s (search)
    """,
    f"""
    INSERT INTO mailbox_block (mailbox_id, kind, purpose, inquiry_id, actor, recorded_at,
        next_contactable_date, during)
    SELECT 1 + n % :mailboxes, 'cooling', 'answer', n, 'crowd', {_AT},
        CASE WHEN n > :inquiries - 2000 THEN current_date + 1 + n % 20
            ELSE ({_AT})::date + 28 END,
        tstzrange({_AT}, {_AT} + interval '28 days')
    FROM generate_series(1, :inquiries) n
    """,
    """
    INSERT INTO cooling_override (mailbox_id, block_id, actor, reason, created_at)
    SELECT mailbox_id, id, 'crowd', 'ruft an', recorded_at FROM mailbox_block WHERE id % 50 = 0
    """,
    f"""
    INSERT INTO conflict (kind, state, platzsuche_id, winner_row_id, loser_row_id,
        loser_inquiry_id, responded_at, resolution, resolved_by, resolved_at, created_at)
    SELECT 'conflict', state, r.platzsuche_id, r.id - 1, r.id, r.therapeutenanfrage_id, {_AT},
        done, done, CASE WHEN done IS NOT NULL THEN {_AT} END, {_AT}
    FROM (SELECT *, id / 8 AS n FROM therapeut_anfrage_patient WHERE id % 8 = 0) r,
        LATERAL (SELECT CASE WHEN r.n % 200 = 0 THEN 'open' ELSE 'resolved' END,
            CASE WHEN r.n % 200 > 0 THEN 'keep' END) s (state, done)
    """,
    f"""
    INSERT INTO task (kind, ref_table, ref_id, due_on, created_at, done_at, done_by)
    SELECT (ARRAY['no_response', 'mail_failed', 'no_decision'])[1 + n % 3], 'platzsuche', n,
        current_date - n % 500, {_AT},
        CASE WHEN n % 50 > 0 THEN {_AT} END, CASE WHEN n % 50 > 0 THEN 'crowd' END
    FROM generate_series(1, 2 * :searches) n
    """,
    f"""
    INSERT INTO placement_requests (patient_id, therapist_id, status, created_at, created_by,
        updated_at, updated_by)
    SELECT 1 + n % :searches, 1 + n % :mailboxes,
        (ARRAY['offen', 'in_bearbeitung', 'abgelehnt'])[1 + (n % 40 > 0)::int + (n % 20 > 0)::int],
        {_AT}, 'crowd', {_AT}, 'crowd'
    FROM generate_series(1, :searches) n
    """,
)


def crowd(superuser: Engine, searches: int) -> None:
    values = {
        "searches": searches,
        "mailboxes": MAILBOXES,
        "inquiries": INQUIRIES_PER_SEARCH * searches,
    }
    with superuser.begin() as session:
        session.execute(text("SET LOCAL search_path = matching_service, extensions, public"))
        session.execute(text("SET LOCAL session_replication_role = replica"))
        # As long as this commit, or one soon after it, is not on the disk, VACUUM calls no row
        # visible to all, and the planner shuns the indexes: so it is, and ANALYZE comes later.
        session.execute(text("SET LOCAL synchronous_commit = on"))
        for statement in _STATEMENTS:
            session.execute(text(statement), values)
    with superuser.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        session.execute(text("VACUUM"))
        session.execute(text("ANALYZE"))
