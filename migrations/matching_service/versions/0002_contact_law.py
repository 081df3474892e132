"""The contact law: which mailbox may be contacted when (cooling and quiet).

Every contact and every answer is a row of the append-only `mailbox_block`. The times in it are
the database's, taken after the mailbox row is locked, and two EXCLUDE constraints refuse what
must not be. Functions run as the owner: programs have no UPDATE on what they decide about.
"""

from alembic import op

revision = "0002_contact_law"
down_revision = "0001_plumbing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_CLOCK)
    op.execute(_MAILBOX)
    op.execute(_MAILBOX_BLOCK)
    op.execute(_COOLING_OVERRIDE)
    op.execute(_STAMP_BLOCK)
    op.execute(_REFUSE_CONTACT_DESPITE_OVERRIDE)
    op.execute(_STAMP_OVERRIDE)
    op.execute(_NEXT_CONTACTABLE_DATE)
    op.execute(_PRIVILEGES)


def downgrade() -> None:
    op.execute(
        """
        ALTER TABLE mailbox_block DROP CONSTRAINT fk_mailbox_block_override;
        DROP TABLE cooling_override, mailbox_block, mailbox;
        DROP FUNCTION cooling_override_stamp(), cooling_override_shorten(), mailbox_block_stamp(),
            quiet_after(timestamptz, timestamptz, timestamptz),
            mailbox_block_refuse(), mailbox_block_cool_mailbox();
        DROP FUNCTION berlin_midnight(date), berlin_date(timestamptz), law_clock();
        """
    )


# The law asks this clock alone. It belongs to the owner: a test may turn it, a program may not.
_CLOCK = """
CREATE FUNCTION law_clock() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS $$ SELECT clock_timestamp() $$;

CREATE FUNCTION berlin_midnight(day date) RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT day::timestamp AT TIME ZONE 'Europe/Berlin' $$;

CREATE FUNCTION berlin_date(moment timestamptz) RETURNS date LANGUAGE sql STABLE
    AS $$ SELECT (moment AT TIME ZONE 'Europe/Berlin')::date $$;
"""

# next_contactable_date: the latest of the coolings that no override ended.
# last_recorded_at: the latest time given to a block; later blocks get later times.
_MAILBOX = """
CREATE TABLE mailbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mailbox_key text NOT NULL CONSTRAINT uq_mailbox_mailbox_key UNIQUE,
    next_contactable_date date,
    last_recorded_at timestamptz
);
CREATE INDEX idx_mailbox_next_contactable_date ON mailbox (next_contactable_date);
"""

_MAILBOX_BLOCK = """
CREATE TABLE mailbox_block (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mailbox_id bigint NOT NULL CONSTRAINT fk_mailbox_block_mailbox REFERENCES mailbox,
    kind text NOT NULL,
    purpose text NOT NULL,
    inquiry_id int,
    actor text NOT NULL,
    recorded_at timestamptz NOT NULL,
    response_at timestamptz,
    next_contactable_date date,
    during tstzrange NOT NULL,
    quiet tstzrange,
    override_id bigint,
    CONSTRAINT uq_mailbox_block_of_mailbox UNIQUE (id, mailbox_id),
    CONSTRAINT ck_mailbox_block_purpose CHECK (
        (kind = 'contact' AND purpose IN (
            'inquiry', 'reminder', 'v1_batch', 'call',
            'confirmation', 'conflict_notice', 'withdrawal_notice', 'staff_mail',
            'moved_mailbox'))
        OR (kind = 'cooling' AND purpose IN ('answer', 'phone_contact', 'moved_mailbox'))
    ),
    CONSTRAINT ck_mailbox_block_cooling CHECK (
        (kind = 'cooling') = (next_contactable_date IS NOT NULL)
        AND (kind = 'contact' OR override_id IS NULL)
    ),
    CONSTRAINT no_contact_while_cooling EXCLUDE USING gist (
        mailbox_id WITH =, kind WITH <>, during WITH &&
    ) WHERE (override_id IS NULL),
    CONSTRAINT quiet_between_unsolicited_mails EXCLUDE USING gist (
        mailbox_id WITH =, quiet WITH &&
    ) WHERE (kind = 'contact' AND quiet IS NOT NULL AND override_id IS NULL)
);
CREATE INDEX idx_mailbox_block_mailbox ON mailbox_block (mailbox_id, recorded_at);
CREATE INDEX idx_mailbox_block_inquiry ON mailbox_block (inquiry_id);
CREATE INDEX idx_mailbox_block_cooling ON mailbox_block (next_contactable_date)
    WHERE kind = 'cooling';
"""

_COOLING_OVERRIDE = """
CREATE TABLE cooling_override (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mailbox_id bigint NOT NULL,
    block_id bigint NOT NULL CONSTRAINT uq_cooling_override_block UNIQUE,
    actor text NOT NULL,
    reason text NOT NULL CONSTRAINT ck_cooling_override_reason CHECK (reason ~ '[^[:space:]]'),
    created_at timestamptz NOT NULL,
    CONSTRAINT uq_cooling_override_of_mailbox UNIQUE (id, mailbox_id),
    CONSTRAINT fk_cooling_override_block FOREIGN KEY (block_id, mailbox_id)
        REFERENCES mailbox_block (id, mailbox_id)
);
CREATE INDEX idx_cooling_override_mailbox ON cooling_override (mailbox_id);

ALTER TABLE mailbox_block ADD CONSTRAINT fk_mailbox_block_override
    FOREIGN KEY (override_id, mailbox_id) REFERENCES cooling_override (id, mailbox_id);
"""

# Never now(): the transaction may be older than the lock, and a contact would slip through.
# Never earlier than the block before: a clock set back must not refuse a true answer.
# The same mail asked for again (it was postponed past midnight, say) is not a second one: its
# quiet is prolonged. A therapist who moves to another mailbox takes the quiet along.
# An override speaks only for the cooling it ended; before and after it the contact is an
# ordinary one.
_STAMP_BLOCK = """
CREATE FUNCTION quiet_after(held timestamptz, t timestamptz, until timestamptz)
    RETURNS tstzrange LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN until > greatest(held, t) THEN tstzrange(greatest(held, t), until) END
$$;

CREATE FUNCTION mailbox_block_stamp() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
DECLARE
    box mailbox;
    t timestamptz;
    asked_for timestamptz := upper(NEW.quiet);
BEGIN
    SELECT * INTO box FROM mailbox WHERE id = NEW.mailbox_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING MESSAGE = format('no mailbox %s', NEW.mailbox_id),
            CONSTRAINT = 'fk_mailbox_block_mailbox';
    END IF;
    t := greatest(law_clock(), box.last_recorded_at + interval '1 microsecond');
    UPDATE mailbox SET last_recorded_at = t WHERE id = box.id;

    NEW.recorded_at := t;
    NEW.quiet := NULL;
    IF NEW.kind = 'cooling' THEN
        NEW.next_contactable_date := CASE WHEN NEW.next_contactable_date IS NOT NULL
            THEN greatest(NEW.next_contactable_date, box.next_contactable_date) END;
        NEW.during := tstzrange(t, greatest(t, berlin_midnight(NEW.next_contactable_date)));
    ELSIF NEW.purpose IN ('confirmation', 'conflict_notice', 'withdrawal_notice', 'staff_mail') THEN
        NEW.during := 'empty';
    ELSIF NEW.purpose = 'moved_mailbox' THEN
        NEW.during := 'empty';
        NEW.quiet := quiet_after(
            (SELECT max(upper(quiet)) FROM mailbox_block WHERE mailbox_id = NEW.mailbox_id),
            t, least(asked_for, t + interval '168 hours'));
    ELSE
        NEW.during := tstzrange(t, t, '[]');
        IF NEW.purpose <> 'call' THEN
            NEW.quiet := quiet_after(
                (SELECT max(upper(quiet)) FROM mailbox_block
                 WHERE mailbox_id = NEW.mailbox_id AND inquiry_id = NEW.inquiry_id
                    AND purpose IN (NEW.purpose, 'moved_mailbox')),
                t, t + interval '168 hours');
        END IF;
    END IF;
    IF EXISTS (
        SELECT FROM cooling_override o JOIN mailbox_block b ON b.id = o.block_id
        WHERE o.id = NEW.override_id AND o.mailbox_id = NEW.mailbox_id AND NOT b.during @> t
    ) THEN
        NEW.override_id := NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER mailbox_block_stamp BEFORE INSERT ON mailbox_block
    FOR EACH ROW EXECUTE FUNCTION mailbox_block_stamp();
"""

# What the EXCLUDE constraints cannot say, because they step aside for an override: it ends one
# cooling, not another that began since, and it allows one mail, not several.
_REFUSE_CONTACT_DESPITE_OVERRIDE = """
CREATE FUNCTION mailbox_block_refuse() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    IF NEW.during && tstzrange(NEW.recorded_at, NEW.recorded_at, '[]') AND EXISTS (
        SELECT FROM mailbox_block b
        WHERE b.mailbox_id = NEW.mailbox_id AND b.kind = 'cooling' AND b.during @> NEW.recorded_at
            AND NOT EXISTS (SELECT FROM cooling_override o WHERE o.block_id = b.id)
    ) THEN
        RAISE exclusion_violation USING MESSAGE = 'the mailbox is cooling',
            CONSTRAINT = 'no_contact_while_cooling', TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.quiet IS NOT NULL AND EXISTS (
        SELECT FROM mailbox_block b
        WHERE b.mailbox_id = NEW.mailbox_id AND b.id <> NEW.id AND b.quiet && NEW.quiet
            AND b.override_id IS NOT NULL
    ) THEN
        RAISE exclusion_violation USING MESSAGE = 'the mailbox has had a mail in these 7 days',
            CONSTRAINT = 'quiet_between_unsolicited_mails', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER mailbox_block_refuse AFTER INSERT ON mailbox_block
    FOR EACH ROW WHEN (NEW.kind = 'contact') EXECUTE FUNCTION mailbox_block_refuse();
"""

_STAMP_OVERRIDE = """
CREATE FUNCTION cooling_override_stamp() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    PERFORM FROM mailbox WHERE id = NEW.mailbox_id FOR NO KEY UPDATE;
    IF EXISTS (SELECT FROM mailbox_block WHERE id = NEW.block_id AND kind <> 'cooling') THEN
        RAISE check_violation USING MESSAGE = 'only a cooling can be overridden',
            CONSTRAINT = 'ck_cooling_override_of_cooling', TABLE = TG_TABLE_NAME;
    END IF;
    NEW.created_at := law_clock();
    RETURN NEW;
END $$;

CREATE TRIGGER cooling_override_stamp BEFORE INSERT ON cooling_override
    FOR EACH ROW EXECUTE FUNCTION cooling_override_stamp();
"""

_NEXT_CONTACTABLE_DATE = """
CREATE FUNCTION mailbox_block_cool_mailbox() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    UPDATE mailbox
    SET next_contactable_date = greatest(next_contactable_date, NEW.next_contactable_date)
    WHERE id = NEW.mailbox_id;
    RETURN NULL;
END $$;

CREATE TRIGGER mailbox_block_cool_mailbox AFTER INSERT ON mailbox_block
    FOR EACH ROW WHEN (NEW.kind = 'cooling') EXECUTE FUNCTION mailbox_block_cool_mailbox();

CREATE FUNCTION cooling_override_shorten() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = matching_service, extensions, pg_temp AS $$
BEGIN
    UPDATE mailbox SET next_contactable_date = (
        SELECT max(b.next_contactable_date) FROM mailbox_block b
        WHERE b.mailbox_id = NEW.mailbox_id AND b.kind = 'cooling'
            AND NOT EXISTS (SELECT FROM cooling_override o WHERE o.block_id = b.id)
    ) WHERE id = NEW.mailbox_id;
    RETURN NULL;
END $$;

CREATE TRIGGER cooling_override_shorten AFTER INSERT ON cooling_override
    FOR EACH ROW EXECUTE FUNCTION cooling_override_shorten();
"""

# UPDATE (id) is the right to lock a mailbox (SELECT ... FOR UPDATE) and to change nothing.
_PRIVILEGES = """
REVOKE INSERT, UPDATE, DELETE ON mailbox, mailbox_block, cooling_override
    FROM matching_service_app;
GRANT INSERT (mailbox_key), UPDATE (id) ON mailbox TO matching_service_app;
GRANT INSERT ON mailbox_block, cooling_override TO matching_service_app;
"""
