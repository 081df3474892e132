"""Since when an inquiry is out of our hands while nobody knows whether its mail went out."""

from alembic import op

revision = "0020_let_go"
down_revision = "0019_mailbox_reach"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE therapeutenanfrage ADD COLUMN let_go_at timestamptz")
    op.execute(_UNDER_WAY)
    op.execute("DROP INDEX idx_therapeutenanfrage_waiting")
    op.execute(_WAITING)


def downgrade() -> None:
    op.execute("DROP INDEX idx_therapeutenanfrage_waiting")
    op.execute("ALTER TABLE therapeutenanfrage DROP COLUMN let_go_at")
    op.execute(_SENT)


# Nobody has written down when those were let go.
_UNDER_WAY = """
UPDATE therapeutenanfrage SET let_go_at = created_date
WHERE state = 'sending' AND sends_at IS NULL
"""

_WAITING = """
CREATE INDEX idx_therapeutenanfrage_waiting ON therapeutenanfrage (coalesce(let_go_at, sent_date))
    WHERE state IN ('sending', 'sent') AND sends_at IS NULL
"""

_SENT = """
CREATE INDEX idx_therapeutenanfrage_waiting ON therapeutenanfrage (sent_date)
    WHERE state = 'sent'
"""
