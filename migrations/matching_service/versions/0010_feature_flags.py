"""Flags that admins turn while the service runs; who turned what and when is written down."""

from alembic import op

revision = "0010_feature_flags"
down_revision = "0009_found_at_once"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_FLAG)
    op.execute(_CHANGE)
    op.execute("REVOKE UPDATE, DELETE ON feature_flag_change FROM matching_service_app")
    op.execute("REVOKE INSERT, DELETE ON feature_flag FROM matching_service_app")
    op.execute(_BUNDLE_MATCHING)


def downgrade() -> None:
    op.execute("DROP TABLE feature_flag_change, feature_flag")
    op.execute("DROP FUNCTION feature_flag_record_change()")


_FLAG = """
CREATE TABLE feature_flag (
    name varchar(63) PRIMARY KEY,
    enabled boolean NOT NULL,
    rollout_percentage int NOT NULL,
    override_users text[] NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_by varchar(255) NOT NULL,
    version int NOT NULL DEFAULT 1,
    CONSTRAINT ck_feature_flag_rollout_percentage CHECK (rollout_percentage BETWEEN 0 AND 100)
);
"""

# By trigger, so that no change can be made without its trace.
_CHANGE = """
CREATE TABLE feature_flag_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name varchar(63) NOT NULL CONSTRAINT fk_feature_flag_change_flag REFERENCES feature_flag,
    version int NOT NULL,
    enabled boolean NOT NULL,
    rollout_percentage int NOT NULL,
    override_users text[] NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_by varchar(255) NOT NULL,
    CONSTRAINT uq_feature_flag_change_version UNIQUE (name, version)
);

CREATE FUNCTION feature_flag_record_change() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = matching_service, pg_temp AS $$
BEGIN
    INSERT INTO feature_flag_change
        (name, version, enabled, rollout_percentage, override_users, changed_by)
    VALUES (NEW.name, NEW.version, NEW.enabled, NEW.rollout_percentage, NEW.override_users,
        NEW.updated_by);
    RETURN NULL;
END $$;

CREATE TRIGGER feature_flag_record_change AFTER INSERT OR UPDATE ON feature_flag
    FOR EACH ROW EXECUTE FUNCTION feature_flag_record_change();
"""

# On for everybody: a cut-over that wants to go step by step turns it down before staff come.
_BUNDLE_MATCHING = """
INSERT INTO feature_flag (name, enabled, rollout_percentage, override_users, updated_by)
VALUES ('bundle_matching', true, 100, '{}', 'migration');
"""
