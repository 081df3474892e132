"""At which mailboxes no mail arrives."""

from alembic import op

revision = "0019_mailbox_reach"
down_revision = "0018_answers_and_exclusions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_MAILBOX_REACH)


def downgrade() -> None:
    op.execute("DROP TABLE mailbox_reach")


# By key and not by row: communication may learn of a mailbox before its therapist is known here.
_MAILBOX_REACH = """
CREATE TABLE mailbox_reach (
    mailbox_key text PRIMARY KEY,
    undeliverable boolean NOT NULL,
    version int NOT NULL
);
"""
