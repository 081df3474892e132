"""Inquiries in a state are listed in the order in which they were made, by an index alone."""

from alembic import op

revision = "0022_inquiries_by_state"
down_revision = "0021_who_came"
branch_labels = None
depends_on = None

# Rather fail than wait for a long transaction while everybody else waits behind the migration.
_DO_NOT_QUEUE = "SET LOCAL lock_timeout = '5s';"


def upgrade() -> None:
    op.execute(
        _DO_NOT_QUEUE
        + """
        CREATE INDEX idx_therapeutenanfrage_listed ON therapeutenanfrage (state, created_date, id);
        DROP INDEX idx_therapeutenanfrage_state;
        """
    )


def downgrade() -> None:
    op.execute(
        _DO_NOT_QUEUE
        + """
        CREATE INDEX idx_therapeutenanfrage_state ON therapeutenanfrage (state, id);
        DROP INDEX idx_therapeutenanfrage_listed;
        """
    )
