"""Mails go out at a pace that all senders keep together, and that a restart does not forget."""

from alembic import op

revision = "0010_sending_pace"
down_revision = "0009_about_patients"


def upgrade() -> None:
    op.execute(_SENDING_PACE)


def downgrade() -> None:
    op.execute("ALTER TABLE emails DROP COLUMN provider")
    op.execute("DROP TABLE sending_pace")


# provider: a large one's name, the hash of any other domain, '*' for all mails together.
# open_at: before then nothing goes there. holds: how often in a row we were asked to wait.
# emails.provider: whose mailbox it goes to; NULL: nobody has looked yet.
_SENDING_PACE = """
CREATE TABLE sending_pace (
    provider text PRIMARY KEY,
    open_at timestamptz NOT NULL,
    holds int NOT NULL DEFAULT 0 CONSTRAINT ck_sending_pace_holds CHECK (holds >= 0)
);
ALTER TABLE emails ADD COLUMN provider text;
"""
