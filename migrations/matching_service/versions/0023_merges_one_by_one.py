"""A merge lets everybody be excluded but the therapist who goes."""

from alembic import op

revision = "0023_merges_one_by_one"
down_revision = "0022_inquiries_by_state"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        f"""
        SET LOCAL lock_timeout = '5s'; -- rather fail than let everybody wait behind it
        DROP TRIGGER no_exclusion_misses_a_merge ON merged_therapist;
        {_FUNCTIONS.format(of_the_one=", NEW.therapist_id", proceed="NEW")}
        CREATE TRIGGER no_exclusion_misses_a_merge BEFORE INSERT ON merged_therapist
            FOR EACH ROW EXECUTE FUNCTION merged_therapist_alone();
        """
    )


def downgrade() -> None:
    op.execute(
        f"""
        SET LOCAL lock_timeout = '5s'; -- rather fail than let everybody wait behind it
        DROP TRIGGER no_exclusion_misses_a_merge ON merged_therapist;
        {_FUNCTIONS.format(of_the_one="", proceed="NULL")}
        CREATE TRIGGER no_exclusion_misses_a_merge BEFORE INSERT OR UPDATE ON merged_therapist
            FOR EACH STATEMENT EXECUTE FUNCTION merged_therapist_alone();
        """
    )


# One lock for all held up every answer of the country as long as one merge waited for one practice.
# The locks are those of storage/merged_therapists.py, where they are taken before all others. Who
# goes is all that matters: an exclusion of whoever stays is seen under the lock of its search.
_FUNCTIONS = """
CREATE OR REPLACE FUNCTION merged_therapist_alone() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(7302{of_the_one});
    RETURN {proceed};
END $$;

CREATE OR REPLACE FUNCTION platzsuche_exclusion_of_merged() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7302{of_the_one});
    IF EXISTS (SELECT FROM merged_therapist WHERE therapist_id = NEW.therapist_id) THEN
        RAISE serialization_failure USING CONSTRAINT = 'no_exclusion_misses_a_merge',
            MESSAGE = format('therapist %s is somebody else by now', NEW.therapist_id),
            TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
"""
