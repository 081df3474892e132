"""A wish ends where it is kept: staff who clear it at the therapist end it here as well."""

from alembic import op

revision = "0008_wishes_follow"
down_revision = "0007_bounces_and_replies"


def upgrade() -> None:
    op.execute(_ANY_WISH_MAY_END)


def downgrade() -> None:
    op.execute(_ONLY_OPT_OUTS_END)


_ANY_WISH_MAY_END = """
ALTER TABLE contact_wish
    DROP CONSTRAINT ck_contact_wish_undone,
    ADD CONSTRAINT ck_contact_wish_undone CHECK (
        (undone_at IS NULL) = (undone_by IS NULL) AND (undone_at IS NULL) = (undo_reason IS NULL));
CREATE INDEX idx_contact_wish_in_force ON contact_wish (therapist_id) WHERE undone_at IS NULL;
"""

_ONLY_OPT_OUTS_END = """
DROP INDEX idx_contact_wish_in_force;
UPDATE contact_wish SET undone_at = NULL, undone_by = NULL, undo_reason = NULL
    WHERE kind = 'later';
ALTER TABLE contact_wish
    DROP CONSTRAINT ck_contact_wish_undone,
    ADD CONSTRAINT ck_contact_wish_undone CHECK (
        (undone_at IS NULL) = (undone_by IS NULL) AND (undone_at IS NULL) = (undo_reason IS NULL)
        AND (undone_at IS NULL OR kind = 'opt_out'));
"""
