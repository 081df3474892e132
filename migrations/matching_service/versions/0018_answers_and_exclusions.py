"""No answer is refused by a budget, and nobody stays asked whom a search excludes."""

from alembic import op

revision = "0018_answers_and_exclusions"
down_revision = "0017_lists_by_index"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_COUNT.format(uses_a_contact=_NEVER_ASKED_FOR))
    op.execute("SELECT count_used_contacts(array_agg(id)) FROM platzsuche")
    op.execute(_NO_EXCLUDED_THERAPIST_IS_ASKED)
    op.execute(_NO_EXCLUSION_MISSES_A_MERGE)


def downgrade() -> None:
    op.execute("DROP TRIGGER no_exclusion_misses_a_merge ON platzsuche_exclusion")
    op.execute("DROP TRIGGER no_exclusion_misses_a_merge ON merged_therapist")
    op.execute("DROP FUNCTION platzsuche_exclusion_of_merged(), merged_therapist_alone()")
    op.execute("DROP TRIGGER no_excluded_therapist_is_asked ON platzsuche_exclusion")
    op.execute("DROP TRIGGER no_excluded_therapist_is_asked ON therapeut_anfrage_patient")
    op.execute("DROP FUNCTION platzsuche_exclusion_refuse(), therapeut_anfrage_patient_refuse()")
    op.execute(_COUNT.format(uses_a_contact=_WITHDRAWN_STILL))


_COUNT = """
CREATE OR REPLACE FUNCTION count_used_contacts(searches int[]) RETURNS void LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    PERFORM FROM platzsuche WHERE id = ANY (searches) ORDER BY id FOR NO KEY UPDATE;
    UPDATE platzsuche search SET used_contacts = used.contacts
    FROM (
        SELECT s.id, count(r.id) AS contacts
        FROM unnest(searches) AS s (id)
        LEFT JOIN (therapeut_anfrage_patient r
            JOIN therapeutenanfrage i ON i.id = r.therapeutenanfrage_id
                AND i.state IN ('draft', 'sending', 'sent', 'answered')
                AND ({uses_a_contact}))
            ON r.platzsuche_id = s.id
        GROUP BY s.id
    ) used
    WHERE search.id = used.id AND search.used_contacts <> used.contacts;
END $$;
"""

# Who was withdrawn before the mail went out has used no contact, and what a therapist says of him
# afterwards changes nothing about that: otherwise a contact that was given back, and spent
# elsewhere, would stand in the way of a true answer.
_NEVER_ASKED_FOR = "r.withdrawn_at IS NULL OR r.withdrawn_at >= i.sent_date"
_WITHDRAWN_STILL = "r.status <> 'withdrawn' OR r.withdrawn_at >= i.sent_date"

# Asked at the commit, because a use case excludes first and withdraws second. Both sides hold the
# search by then (an exclusion for its list, a row for its budget), so the later one sees the
# earlier one. What it did not see before it may begin anew.
_NO_EXCLUDED_THERAPIST_IS_ASKED = """
CREATE FUNCTION platzsuche_exclusion_refuse() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM platzsuche_exclusion e
        JOIN therapeutenanfrage i ON i.therapist_id = e.therapist_id
            AND i.state IN ('draft', 'sending', 'sent')
        JOIN therapeut_anfrage_patient r ON r.therapeutenanfrage_id = i.id
            AND r.platzsuche_id = e.platzsuche_id AND r.status = 'pending'
        WHERE e.id = NEW.id AND e.removed_at IS NULL
    ) THEN
        RAISE serialization_failure USING CONSTRAINT = 'no_excluded_therapist_is_asked',
            MESSAGE = format('search %s waits for the therapist it excludes', NEW.platzsuche_id),
            TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION therapeut_anfrage_patient_refuse() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM therapeut_anfrage_patient r
        JOIN therapeutenanfrage i ON i.id = r.therapeutenanfrage_id
            AND i.state IN ('draft', 'sending', 'sent')
        JOIN platzsuche_exclusion e ON e.platzsuche_id = r.platzsuche_id
            AND e.therapist_id = i.therapist_id AND e.removed_at IS NULL
        WHERE r.id = NEW.id AND r.status = 'pending'
    ) THEN
        RAISE serialization_failure USING CONSTRAINT = 'no_excluded_therapist_is_asked',
            MESSAGE = format('search %s has excluded the therapist', NEW.platzsuche_id),
            TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER no_excluded_therapist_is_asked
    AFTER INSERT OR UPDATE ON platzsuche_exclusion DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.removed_at IS NULL)
    EXECUTE FUNCTION platzsuche_exclusion_refuse();
CREATE CONSTRAINT TRIGGER no_excluded_therapist_is_asked
    AFTER INSERT OR UPDATE OF status ON therapeut_anfrage_patient DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status = 'pending')
    EXECUTE FUNCTION therapeut_anfrage_patient_refuse();
"""

# A merge carries the exclusions along that it finds. One that was being written meanwhile, for the
# therapist who is somebody else now, would protect from nobody. The lock is that of
# storage/merged_therapists.py, where it is taken before all others.
_NO_EXCLUSION_MISSES_A_MERGE = """
CREATE FUNCTION merged_therapist_alone() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7302);
    RETURN NULL;
END $$;

CREATE FUNCTION platzsuche_exclusion_of_merged() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7302);
    IF EXISTS (SELECT FROM merged_therapist WHERE therapist_id = NEW.therapist_id) THEN
        RAISE serialization_failure USING CONSTRAINT = 'no_exclusion_misses_a_merge',
            MESSAGE = format('therapist %s is somebody else by now', NEW.therapist_id),
            TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER no_exclusion_misses_a_merge BEFORE INSERT OR UPDATE ON merged_therapist
    FOR EACH STATEMENT EXECUTE FUNCTION merged_therapist_alone();
CREATE TRIGGER no_exclusion_misses_a_merge AFTER INSERT ON platzsuche_exclusion
    FOR EACH ROW WHEN (NEW.removed_at IS NULL)
    EXECUTE FUNCTION platzsuche_exclusion_of_merged();
"""
