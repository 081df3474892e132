"""An opt-out remembers the mailbox that its link went to."""

from alembic import op

revision = "0012_wishes_of_mailboxes"
down_revision = "0011_hints_again"


def upgrade() -> None:
    op.execute("ALTER TABLE contact_wish ADD COLUMN mailbox text")
    op.execute("DROP INDEX uq_contact_wish_opt_out")
    op.execute(_ONE_OF_A_MAILBOX)


def downgrade() -> None:
    op.execute(_FORGET_LATER_ONES)
    op.execute("DROP INDEX uq_contact_wish_opt_out")
    op.execute("ALTER TABLE contact_wish DROP COLUMN mailbox")
    op.execute(_ONE_OF_A_PRACTICE)


# mailbox: the mark that the link was made for; unknown of what was said before, and of wishes to be
# asked later, whose link was looked at when they were made.
# Whoever holds a link to a former mailbox must not stand in the way of the practice itself.
_ONE_OF_A_MAILBOX = """
CREATE UNIQUE INDEX uq_contact_wish_opt_out ON contact_wish (therapist_id, mailbox)
    WHERE kind = 'opt_out' AND undone_at IS NULL
"""

_FORGET_LATER_ONES = """
DELETE FROM contact_wish later USING contact_wish first
WHERE first.therapist_id = later.therapist_id AND first.id < later.id
    AND first.kind = 'opt_out' AND first.undone_at IS NULL
    AND later.kind = 'opt_out' AND later.undone_at IS NULL
"""

_ONE_OF_A_PRACTICE = """
CREATE UNIQUE INDEX uq_contact_wish_opt_out ON contact_wish (therapist_id)
    WHERE kind = 'opt_out' AND undone_at IS NULL
"""
