"""What the business measures, day by day, and a nightly look at whether the contact law held.

Each view `…_now` is the definition of its numbers; the table beside it keeps what the view said
when it was looked at last, because the whole register is too much to read for every page.
"""

from alembic import op

revision = "0015_analytics"
down_revision = "0014_staff_at_work"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_BUNDLE_WAVE)
    op.execute(_CONTACT_AUDIT)
    op.execute(_CONTACT_VIOLATION)
    op.execute(_ANSWERED_PAIR)
    op.execute(_ANSWERS_BY_DAY)
    op.execute(_STANDING_BY_DAY)
    op.execute(_FACTS)
    op.execute(_EFFICIENCY_BY_DAY)
    op.execute(_SEARCH_CLOCK)
    op.execute(_ANALYTICS_REFRESH)


def downgrade() -> None:
    op.execute(
        """
        DROP TABLE analytics_refresh, search_clock, efficiency_by_day, answers_by_day;
        DROP VIEW search_clock_now, efficiency_by_day_now, search_fact, bundle_fact,
            standing_by_day, answers_by_day_now, answered_pair, contact_violation;
        DROP TABLE contact_audit, bundle_wave;
        DROP FUNCTION age_band(date, date), diagnosis_chapter(text);
        """
    )


# Counts only: whom a wave passed over is nobody's business a month later, how many and why is.
_BUNDLE_WAVE = """
CREATE TABLE bundle_wave (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at timestamptz NOT NULL,
    asked int NOT NULL,
    created int NOT NULL,
    skipped jsonb NOT NULL,
    CONSTRAINT ck_bundle_wave_created CHECK (created BETWEEN 0 AND asked)
);
CREATE INDEX idx_bundle_wave_created_at ON bundle_wave (created_at);
REVOKE UPDATE, DELETE ON bundle_wave FROM matching_service_app;
"""

# `night`: the Berlin day on which the look was due; who writes it first does the work.
_CONTACT_AUDIT = """
CREATE TABLE contact_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    night date NOT NULL CONSTRAINT uq_contact_audit_night UNIQUE,
    ran_at timestamptz NOT NULL,
    checked int NOT NULL,
    violations int NOT NULL,
    CONSTRAINT ck_contact_audit_counts CHECK (violations BETWEEN 0 AND 2 * checked)
);
REVOKE UPDATE, DELETE ON contact_audit FROM matching_service_app;
"""

# Trusts no range, no trigger and no constraint of the law, only times, dates and overrides. A
# contact happens when it is recorded, and again when its permit is used.
_CONTACT_VIOLATION = """
CREATE VIEW contact_violation AS
WITH contact AS (
    SELECT b.*, p.claimed_at
    FROM mailbox_block b LEFT JOIN contact_permit p ON p.block_id = b.id
    WHERE b.purpose IN ('inquiry', 'reminder', 'v1_batch', 'call')
)
SELECT c.id AS block_id, c.mailbox_id, berlin_date(c.recorded_at) AS day, 'cooling' AS kind
FROM contact c
WHERE EXISTS (
    SELECT FROM mailbox_block cooling
    CROSS JOIN LATERAL (VALUES (c.recorded_at), (c.claimed_at)) AS made (at)
    LEFT JOIN cooling_override o ON o.block_id = cooling.id
    WHERE cooling.mailbox_id = c.mailbox_id AND cooling.kind = 'cooling'
        AND cooling.recorded_at <= made.at
        AND made.at < berlin_midnight(cooling.next_contactable_date)
        AND (o.id IS NULL OR c.override_id IS NULL OR made.at < o.created_at)
)
UNION ALL
SELECT later.id, later.mailbox_id, berlin_date(later.recorded_at), 'quiet'
FROM contact later
WHERE later.purpose <> 'call' AND EXISTS (
    SELECT FROM mailbox_block earlier
    WHERE earlier.mailbox_id = later.mailbox_id
        AND earlier.purpose IN ('inquiry', 'reminder', 'v1_batch')
        AND (earlier.recorded_at, earlier.id) < (later.recorded_at, later.id)
        AND later.recorded_at < earlier.recorded_at + interval '168 hours'
        AND (earlier.inquiry_id = later.inquiry_id AND earlier.purpose = later.purpose) IS NOT TRUE
        AND (later.override_id IS NULL OR earlier.override_id IS NOT NULL)
);
"""

# One row for every patient about whom a therapist has said something. A therapist who turned out
# to be another one has answered as that one.
_ANSWERED_PAIR = """
CREATE FUNCTION diagnosis_chapter(icd10 text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN icd10 ~* '^\\s*F[0-9]' THEN upper(left(ltrim(icd10), 2))
                WHEN icd10 ~* '^\\s*[A-Z][0-9]' THEN 'other'
                ELSE 'unknown' END
$$;

CREATE FUNCTION age_band(born date, on_day date) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN born IS NULL OR born > on_day THEN 'unknown'
                ELSE (ARRAY['0-6', '7-11', '12-14', '15-17', '18-20', '21-29', '30-39', '40-49',
                    '50-59', '60-69', '70-79', '80+'])[width_bucket(
                        extract(year FROM age(on_day::timestamp, born::timestamp))::int,
                        ARRAY[0, 7, 12, 15, 18, 21, 30, 40, 50, 60, 70, 80])]
           END
$$;

CREATE VIEW answered_pair AS
SELECT r.therapeutenanfrage_id, r.platzsuche_id, r.patient_id, r.outcome, r.status,
    coalesce(m.survivor_id, i.therapist_id) AS therapist_id,
    berlin_date(i.response_date) AS answered_on,
    EXISTS (SELECT FROM conflict c WHERE c.loser_row_id = r.id AND c.kind = 'conflict')
        AS conflicting
FROM therapeut_anfrage_patient r
JOIN therapeutenanfrage i ON i.id = r.therapeutenanfrage_id
LEFT JOIN merged_therapist m ON m.therapist_id = i.therapist_id
WHERE r.outcome IS NOT NULL AND i.response_date IS NOT NULL;
"""

# Of patients what is known of them today; of whom nothing may be known any more: 'unknown'.
# `patients`: up to five different ones, enough to tell whether several days together have five.
# OFFSET 0: a trait is found out once for an answer, not once for every sum that it goes into.
_ANSWERS_BY_DAY = """
CREATE VIEW answers_by_day_now AS
WITH known AS (
    SELECT a.*, diagnosis_chapter(p.diagnose) AS diagnosis,
        age_band(p.geburtsdatum, a.answered_on) AS age,
        coalesce(p.geschlecht, 'unknown') AS gender,
        CASE WHEN p.only_group THEN 'only' WHEN p.group_ok THEN 'also'
            WHEN NOT p.group_ok THEN 'no' ELSE 'unknown' END AS group_wish
    FROM (SELECT patient_id, outcome, therapist_id, answered_on FROM answered_pair OFFSET 0) AS a
    LEFT JOIN patient_snapshot p ON p.patient_id = a.patient_id AND NOT p.deleted
    OFFSET 0
)
SELECT day, dimension, key, answers, accepted, refused_capacity, refused_not_suitable,
    refused_other,
    ARRAY(SELECT DISTINCT one FROM unnest(about) AS one ORDER BY one LIMIT 5) AS patients
FROM (
    SELECT k.answered_on AS day, of.dimension, of.key, count(*)::int AS answers,
        (count(*) FILTER (WHERE k.outcome = 'accepted'))::int AS accepted,
        (count(*) FILTER (WHERE k.outcome = 'rejected_capacity'))::int AS refused_capacity,
        (count(*) FILTER (WHERE k.outcome = 'rejected_not_suitable'))::int AS refused_not_suitable,
        (count(*) FILTER (WHERE k.outcome = 'rejected_other'))::int AS refused_other,
        array_agg(k.patient_id) FILTER (WHERE of.dimension NOT IN ('all', 'therapist')) AS about
    FROM known k CROSS JOIN LATERAL (VALUES
        ('all', ''), ('therapist', k.therapist_id::text), ('diagnosis', k.diagnosis),
        ('age', k.age), ('gender', k.gender), ('group', k.group_wish)
    ) AS of (dimension, key)
    GROUP BY k.answered_on, of.dimension, of.key
) AS counted;

CREATE TABLE answers_by_day (
    day date NOT NULL,
    dimension text NOT NULL,
    key text NOT NULL,
    answers int NOT NULL,
    accepted int NOT NULL,
    refused_capacity int NOT NULL,
    refused_not_suitable int NOT NULL,
    refused_other int NOT NULL,
    patients int[] NOT NULL,
    CONSTRAINT pk_answers_by_day PRIMARY KEY (dimension, day, key)
);
"""

# How many inquiries stand open for how many patients when a Berlin day ends. Days between two
# changes are like the earlier one.
_STANDING_BY_DAY = """
CREATE VIEW standing_by_day AS
WITH clock AS MATERIALIZED (SELECT berlin_date(law_clock()) AS today),
row_stands AS (
    SELECT r.platzsuche_id, daterange(berlin_date(i.sent_date), coalesce(
        berlin_date(least(i.response_date, r.withdrawn_at, i.closed_at)), today + 1)) AS days
    FROM therapeut_anfrage_patient r
    JOIN therapeutenanfrage i ON i.id = r.therapeutenanfrage_id
    CROSS JOIN clock
    WHERE i.state IN ('sent', 'answered', 'closed')
        AND i.size_exception IS DISTINCT FROM 'cutover'
        AND berlin_date(i.sent_date) < coalesce(
            berlin_date(least(i.response_date, r.withdrawn_at, i.closed_at)), today + 1)
),
patient_stands AS (
    SELECT unnest(range_agg(days)) AS days FROM row_stands GROUP BY platzsuche_id
),
change AS (
    SELECT lower(days) AS day, 1 AS inquiries, 0 AS patients FROM row_stands
    UNION ALL SELECT upper(days), -1, 0 FROM row_stands
    UNION ALL SELECT lower(days), 0, 1 FROM patient_stands
    UNION ALL SELECT upper(days), 0, -1 FROM patient_stands
    UNION ALL SELECT generate_series(min(lower(days)), max(today), interval '1 day')::date, 0, 0
        FROM row_stands, clock
)
SELECT day, (sum(sum(inquiries)) OVER (ORDER BY day))::int AS inquiries,
    (sum(sum(patients)) OVER (ORDER BY day))::int AS patients
FROM change GROUP BY day;
"""

# `bundle_fact`: what an inquiry tells, on the day it counts for. `search_fact`: what searches,
# waves, history and the register tell.
_FACTS = """
CREATE VIEW bundle_fact AS
WITH answer AS (
    SELECT therapeutenanfrage_id, count(*) AS answers,
        count(*) FILTER (WHERE outcome = 'accepted') AS accepted,
        count(*) FILTER (WHERE outcome = 'accepted' AND status = 'accepted') AS placed,
        count(*) FILTER (WHERE outcome = 'accepted' AND conflicting) AS conflicts
    FROM answered_pair GROUP BY therapeutenanfrage_id
),
bundle AS (
    SELECT berlin_date(i.sent_date) AS sent_on, berlin_date(i.response_date) AS answered_on,
        i.bundle_size::text AS size, i.response_channel AS channel, i.size_exception,
        coalesce(i.response_date <= i.sent_date + interval '7 days', false) AS soon,
        i.sent_date + interval '7 days' <= coalesce(i.response_date, i.closed_at, law_clock())
            AS waited_long, coalesce(a.answers, 0) AS answers, coalesce(a.accepted, 0) AS accepted,
        coalesce(a.placed, 0) AS placed, coalesce(a.conflicts, 0) AS conflicts
    FROM therapeutenanfrage i LEFT JOIN answer a ON a.therapeutenanfrage_id = i.id
    WHERE i.state IN ('sent', 'answered', 'closed') AND i.sent_date IS NOT NULL
        AND i.size_exception IS DISTINCT FROM 'cutover'
)
SELECT fact.*, size FROM bundle CROSS JOIN LATERAL (VALUES
    ('acceptance_rate', answered_on, channel, accepted, answers),
    ('accepted_per_bundle', answered_on, channel, accepted, (answers > 0)::int::bigint),
    ('conflict_rate', answered_on, channel, conflicts, accepted),
    ('placed_per_inquiry', sent_on, NULL, placed, 1),
    ('size_exceptions', sent_on, NULL, (size_exception IS NOT NULL)::int::bigint, 1),
    ('answered_within_7_days', sent_on, NULL, soon::int::bigint, (soon OR waited_long)::int::bigint)
) AS fact (measure, day, channel, numerator, denominator)
WHERE fact.day IS NOT NULL;

CREATE VIEW search_fact AS
SELECT 'multiple_acceptances' AS measure, min(answered_on) AS day,
    (count(*) > 1)::int::bigint AS numerator, 1::bigint AS denominator
FROM answered_pair WHERE outcome = 'accepted' GROUP BY platzsuche_id
UNION ALL
SELECT 'show_rate', berlin_date(r.accepted_at), came::int, (came OR NOT young)::int
FROM therapeut_anfrage_patient r JOIN platzsuche s ON s.id = r.platzsuche_id
CROSS JOIN LATERAL (SELECT
    coalesce(r.end_reason = 'trial_failed' OR (s.accepted_at = r.accepted_at
        AND s.first_meeting_on <= berlin_date(law_clock())), false) AS came,
    r.ended_at IS NULL AND r.accepted_at > law_clock() - interval '14 days' AS young) AS meeting
WHERE r.status = 'accepted' AND r.end_reason IS DISTINCT FROM 'correction'
UNION ALL
SELECT 'answered_within_7_days_v1', asked_on,
    coalesce(answered_on <= asked_on + 7, false)::int,
    (answered_on IS NOT NULL OR (p.status IN ('offen', 'in_bearbeitung')
        AND asked_on + 7 < berlin_date(law_clock())))::int
FROM placement_requests p LEFT JOIN therapeutenanfrage i ON i.id = p.therapeutenanfrage_id
CROSS JOIN LATERAL (SELECT least(p.email_contact_date, p.phone_contact_date) AS asked_on,
    CASE WHEN p.status IN ('angenommen', 'abgelehnt')
        THEN coalesce(p.response_date, berlin_date(i.response_date)) END AS answered_on) AS dates
WHERE asked_on IS NOT NULL
UNION ALL
SELECT 'creation_success', berlin_date(created_at), created, asked FROM bundle_wave
UNION ALL
SELECT 'parallel_inquiries', day, inquiries, patients FROM standing_by_day
UNION ALL
SELECT 'staff_actions_per_placement', berlin_date(at), 1, 0 FROM platzsuche_history
WHERE actor <> 'system' AND actor NOT LIKE '%-service'
UNION ALL
SELECT 'staff_actions_per_placement', berlin_date(success_date), 0, 1 FROM platzsuche
WHERE status = 'successful'
UNION ALL
SELECT 'cooling_violations', day, 1, 0 FROM contact_violation
UNION ALL
SELECT 'cooling_violations', berlin_date(recorded_at), 0, 1 FROM mailbox_block
WHERE purpose IN ('inquiry', 'reminder', 'v1_batch', 'call');
"""

_EFFICIENCY_BY_DAY = """
CREATE VIEW efficiency_by_day_now AS
WITH bundles AS (
    SELECT day, measure, size, channel, sum(numerator) AS numerator,
        sum(denominator) AS denominator
    FROM bundle_fact GROUP BY day, measure, size, channel
)
SELECT day, measure, dimension, key, sum(numerator)::int AS numerator,
    sum(denominator)::int AS denominator
FROM (
    SELECT day, measure, of.dimension, of.key, numerator, denominator
    FROM bundles CROSS JOIN LATERAL (
        VALUES ('all', ''), ('size', size), ('channel', channel)) AS of (dimension, key)
    WHERE of.key IS NOT NULL
    UNION ALL
    SELECT day, measure, 'all', '', numerator, denominator FROM search_fact
    UNION ALL
    SELECT berlin_date(w.created_at), 'creation_success', 'skip_reason', s.key, s.value::int, 0
    FROM bundle_wave w CROSS JOIN LATERAL jsonb_each_text(w.skipped) AS s
) AS facts
GROUP BY day, measure, dimension, key;

CREATE TABLE efficiency_by_day (
    day date NOT NULL,
    measure text NOT NULL,
    dimension text NOT NULL,
    key text NOT NULL,
    numerator int NOT NULL,
    denominator int NOT NULL,
    CONSTRAINT pk_efficiency_by_day PRIMARY KEY (dimension, day, measure, key)
);
"""

# Whoever gave up, or started a therapy whose first day nobody wrote down, was seen until then.
# `paused_since`: a pause that goes on; `paused_days` are of those that are over. `region`: the
# first two digits of the postcode, as a number because it is sorted by the thousand.
_SEARCH_CLOCK = """
CREATE VIEW search_clock_now AS
WITH move AS (
    SELECT platzsuche_id, "to", at, lead(at) OVER (PARTITION BY platzsuche_id ORDER BY id) AS next
    FROM platzsuche_history WHERE kind = 'moved'
),
moves AS (
    SELECT platzsuche_id, max(at) FILTER (WHERE "to" = 'abandoned') AS abandoned_at,
        max(at) FILTER (WHERE "to" = 'paused' AND next IS NULL) AS paused_since,
        sum(berlin_date(next) - berlin_date(at)) FILTER (WHERE "to" = 'paused') AS paused_days
    FROM move WHERE "to" IN ('abandoned', 'paused') GROUP BY platzsuche_id
)
SELECT s.id AS platzsuche_id, berlin_date(s.requested_at) AS requested_on,
    s.first_meeting_on, s.therapy_starts_on,
    berlin_date(CASE s.status WHEN 'successful' THEN s.success_date
        WHEN 'abandoned' THEN coalesce(m.abandoned_at, s.updated_at) END) AS ended_on,
    berlin_date(m.paused_since) AS paused_since, coalesce(m.paused_days, 0)::int AS paused_days,
    coalesce(p.versicherungsart, 'unknown')::text AS insurance,
    CASE WHEN p.plz ~ '^[0-9]{2}' THEN left(p.plz, 2)::smallint END AS region
FROM platzsuche s LEFT JOIN moves m ON m.platzsuche_id = s.id
LEFT JOIN patient_snapshot p ON p.patient_id = s.patient_id AND NOT p.deleted;

CREATE TABLE search_clock (
    platzsuche_id int CONSTRAINT pk_search_clock PRIMARY KEY,
    requested_on date NOT NULL,
    first_meeting_on date,
    therapy_starts_on date,
    ended_on date,
    paused_since date,
    paused_days int NOT NULL,
    insurance text NOT NULL,
    region smallint
);
CREATE INDEX idx_search_clock_requested_on ON search_clock (requested_on);
"""

# One row: as of when the kept numbers are, and what it took.
_ANALYTICS_REFRESH = """
CREATE TABLE analytics_refresh (
    one boolean CONSTRAINT pk_analytics_refresh PRIMARY KEY DEFAULT true
        CONSTRAINT ck_analytics_refresh_one CHECK (one),
    as_of timestamptz,
    took interval NOT NULL DEFAULT '0'
);
INSERT INTO analytics_refresh DEFAULT VALUES;
REVOKE INSERT, DELETE ON analytics_refresh FROM matching_service_app;
"""
