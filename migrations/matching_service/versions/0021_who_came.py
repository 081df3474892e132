"""Whoever came to a first meeting has come, whatever the sessions ended with afterwards, and a
therapist who accepts a patient twice is one who has accepted."""

from alembic import op

revision = "0021_who_came"
down_revision = "0020_let_go"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE therapeut_anfrage_patient ADD COLUMN first_meeting_on date")
    op.execute(_SEARCH_FACT.format(met=_MET_BEFORE_THE_END, accepted=_THERAPISTS))


def downgrade() -> None:
    op.execute(_SEARCH_FACT.format(met=_MET_WHILE_IT_LASTS, accepted=_ANSWERS))
    op.execute("ALTER TABLE therapeut_anfrage_patient DROP COLUMN first_meeting_on")


# The search knows the day while it knows the acceptance; the acceptance keeps it for afterwards.
# What was still to come when the acceptance ended has never come, nor has who did not show up.
_MET_BEFORE_THE_END = """r.end_reason IS DISTINCT FROM 'no_show'
        AND CASE WHEN s.accepted_at = r.accepted_at THEN s.first_meeting_on
            ELSE r.first_meeting_on END <= berlin_date(coalesce(r.ended_at, law_clock()))"""
_MET_WHILE_IT_LASTS = """s.accepted_at = r.accepted_at
        AND s.first_meeting_on <= berlin_date(law_clock())"""

# In a bundle and to a v1 request, or under the id of a duplicate.
_THERAPISTS, _ANSWERS = "count(DISTINCT therapist_id)", "count(*)"

_SEARCH_FACT = """
CREATE OR REPLACE VIEW search_fact AS
SELECT 'multiple_acceptances' AS measure, min(answered_on) AS day,
    ({accepted} > 1)::int::bigint AS numerator, 1::bigint AS denominator
FROM answered_pair WHERE outcome = 'accepted' GROUP BY platzsuche_id
UNION ALL
SELECT 'show_rate', berlin_date(r.accepted_at), came::int, (came OR NOT young)::int
FROM therapeut_anfrage_patient r JOIN platzsuche s ON s.id = r.platzsuche_id
CROSS JOIN LATERAL (SELECT
    coalesce(r.end_reason = 'trial_failed' OR ({met}), false) AS came,
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
