"""Contact permits: a contact that is recorded now and made later the same day.

Between the two an answer may arrive. It revokes the mailbox's unused permits; whoever claims a
permit is checked once more, under the same lock that records answers.
"""

from alembic import op

revision = "0003_contact_permit"
down_revision = "0002_contact_law"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_CONTACT_PERMIT)
    op.execute(_ISSUE)
    op.execute(_CLAIM)
    op.execute(_REVOKE)
    op.execute(_PRIVILEGES)


def downgrade() -> None:
    op.execute(
        """
        DROP TRIGGER mailbox_block_revoke_permits ON mailbox_block;
        DROP TABLE contact_permit;
        DROP FUNCTION contact_permit_issue(), contact_permit_claim(),
            mailbox_block_revoke_permits();
        """
    )


# At most one unused permit for a mail. A mail whose permit was claimed and that failed all the
# same may ask for another; that it goes out once is the promise of whoever sends it. A call may
# be tried several times.
_CONTACT_PERMIT = """
CREATE TABLE contact_permit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    block_id bigint NOT NULL CONSTRAINT uq_contact_permit_block UNIQUE,
    mailbox_id bigint NOT NULL,
    therapist_id int NOT NULL,
    purpose text NOT NULL,
    inquiry_id int,
    valid_until timestamptz NOT NULL,
    claimed_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT fk_contact_permit_block FOREIGN KEY (block_id, mailbox_id)
        REFERENCES mailbox_block (id, mailbox_id)
);
CREATE UNIQUE INDEX uq_contact_permit_inquiry_purpose ON contact_permit (inquiry_id, purpose)
    WHERE inquiry_id IS NOT NULL AND purpose <> 'call' AND claimed_at IS NULL
        AND revoked_at IS NULL;
CREATE INDEX idx_contact_permit_unused ON contact_permit (mailbox_id)
    WHERE claimed_at IS NULL AND revoked_at IS NULL;
"""

# Everything but the therapist is read from the contact's row, whatever the caller sent.
_ISSUE = """
CREATE FUNCTION contact_permit_issue() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
DECLARE
    contact mailbox_block;
BEGIN
    SELECT * INTO contact FROM mailbox_block WHERE id = NEW.block_id AND kind = 'contact';
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = format('no contact %s', NEW.block_id),
            CONSTRAINT = 'fk_contact_permit_block', TABLE = TG_TABLE_NAME;
    END IF;
    PERFORM FROM mailbox WHERE id = contact.mailbox_id FOR NO KEY UPDATE;
    NEW.mailbox_id := contact.mailbox_id;
    NEW.purpose := contact.purpose;
    NEW.inquiry_id := contact.inquiry_id;
    NEW.valid_until := berlin_midnight(berlin_date(contact.recorded_at) + 1);
    NEW.claimed_at := NULL;
    NEW.revoked_at := (
        SELECT min(answer.recorded_at) FROM mailbox_block answer
        WHERE answer.mailbox_id = contact.mailbox_id AND answer.kind = 'cooling'
            AND answer.recorded_at > contact.recorded_at
    );
    RETURN NEW;
END $$;

CREATE TRIGGER contact_permit_issue BEFORE INSERT ON contact_permit
    FOR EACH ROW EXECUTE FUNCTION contact_permit_issue();
"""

# SQLSTATE PV001; its DETAIL is `revoked`, `expired`, `cooling` or `claimed`.
# The mailbox notes the time of a claim as it does of a block: what comes later is later.
_CLAIM = """
CREATE FUNCTION contact_permit_claim() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
DECLARE
    box mailbox;
    t timestamptz;
    refusal text;
BEGIN
    SELECT * INTO box FROM mailbox WHERE id = OLD.mailbox_id FOR NO KEY UPDATE;
    t := greatest(law_clock(), box.last_recorded_at + interval '1 microsecond');
    IF OLD.revoked_at IS NOT NULL THEN
        refusal := 'revoked';
    ELSIF NEW.revoked_at IS NOT NULL OR NEW.claimed_at IS NULL THEN
        refusal := CASE WHEN OLD.claimed_at IS NOT NULL THEN 'claimed' END;
    ELSIF law_clock() >= OLD.valid_until THEN
        refusal := 'expired';
    ELSIF box.next_contactable_date > berlin_date(law_clock()) THEN
        refusal := 'cooling';
    ELSIF EXISTS (
        SELECT FROM mailbox_block answer JOIN mailbox_block contact ON contact.id = OLD.block_id
        WHERE answer.mailbox_id = OLD.mailbox_id AND answer.kind = 'cooling'
            AND answer.recorded_at > contact.recorded_at
    ) THEN
        refusal := 'revoked';
    END IF;
    IF refusal IS NOT NULL THEN
        RAISE SQLSTATE 'PV001' USING MESSAGE = 'contact permit refused', DETAIL = refusal,
            TABLE = TG_TABLE_NAME;
    END IF;
    UPDATE mailbox SET last_recorded_at = t WHERE id = box.id;
    NEW.claimed_at := CASE WHEN NEW.claimed_at IS NOT NULL THEN coalesce(OLD.claimed_at, t) END;
    NEW.revoked_at := CASE WHEN NEW.revoked_at IS NOT NULL THEN t END;
    RETURN NEW;
END $$;

CREATE TRIGGER contact_permit_claim BEFORE UPDATE ON contact_permit
    FOR EACH ROW EXECUTE FUNCTION contact_permit_claim();
"""

# A permit that is being claimed at this moment is skipped: its claim waits for this mailbox,
# then finds the answer and is refused. Waiting for it here would be a deadlock.
_REVOKE = """
CREATE FUNCTION mailbox_block_revoke_permits() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    UPDATE contact_permit SET revoked_at = NEW.recorded_at WHERE id IN (
        SELECT id FROM contact_permit
        WHERE mailbox_id = NEW.mailbox_id AND claimed_at IS NULL AND revoked_at IS NULL
        FOR UPDATE SKIP LOCKED
    );
    RETURN NULL;
END $$;

CREATE TRIGGER mailbox_block_revoke_permits AFTER INSERT ON mailbox_block
    FOR EACH ROW WHEN (NEW.kind = 'cooling') EXECUTE FUNCTION mailbox_block_revoke_permits();
"""

_PRIVILEGES = """
REVOKE UPDATE, DELETE ON contact_permit FROM matching_service_app;
GRANT UPDATE (claimed_at, revoked_at) ON contact_permit TO matching_service_app;
"""
