"""A mail about placement requests knows whose they are, so that it stands in their contact logs."""

from alembic import op

revision = "0013_patients_of_requests"
down_revision = "0012_wishes_of_mailboxes"


def upgrade() -> None:
    op.execute(_PATIENTS)
    op.execute(_KNOW_REQUESTS.format(patients=_AND_PATIENTS))


def downgrade() -> None:
    op.execute(_KNOW_REQUESTS.format(patients=""))
    op.execute("ALTER TABLE email_batches DROP COLUMN patient_id")


# Null: the request was taken up before anybody asked whose it is.
_PATIENTS = "ALTER TABLE email_batches ADD COLUMN patient_id int"

_KNOW_REQUESTS = """
CREATE OR REPLACE FUNCTION emails_know_their_requests() RETURNS trigger LANGUAGE plpgsql
    SET search_path = communication_service, pg_temp AS $$
DECLARE
    mail int := coalesce(NEW.email_id, OLD.email_id);
    stands text;
BEGIN
    SELECT state INTO stands FROM emails WHERE id = mail FOR UPDATE;
    IF stands NOT IN ('DRAFT', 'QUEUED', 'FAILED') THEN
        RAISE check_violation USING MESSAGE = format('mail %s is %s', mail, stands),
            CONSTRAINT = 'email_batches_fixed_at_sending', TABLE = TG_TABLE_NAME;
    END IF;
    UPDATE emails SET {patients}placement_request_ids = ARRAY(
        SELECT placement_request_id FROM email_batches WHERE email_id = mail ORDER BY 1)
    WHERE id = mail;
    RETURN NULL;
END $$;
"""

_AND_PATIENTS = """about_patient_ids = ARRAY(
        SELECT DISTINCT patient_id FROM email_batches
        WHERE email_id = mail AND patient_id IS NOT NULL ORDER BY 1),
    """
