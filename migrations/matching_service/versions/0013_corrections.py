"""What answers said before they were corrected, and whom a conflict was settled with."""

from alembic import op

revision = "0013_corrections"
down_revision = "0012_merged_therapists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(_RESPONSE_CORRECTION)
    op.execute(
        "ALTER TABLE conflict ADD COLUMN alternative_search_id int"
        " CONSTRAINT fk_conflict_alternative REFERENCES platzsuche"
    )


def downgrade() -> None:
    op.execute("DROP TABLE response_correction")
    op.execute("ALTER TABLE conflict DROP COLUMN alternative_search_id")


# Only ever added to: the program has no right to change what it wrote.
_RESPONSE_CORRECTION = """
CREATE TABLE response_correction (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    row_id int NOT NULL CONSTRAINT fk_response_correction_row REFERENCES therapeut_anfrage_patient,
    old_outcome varchar(50),
    new_outcome varchar(50) NOT NULL,
    old_status varchar(50) NOT NULL,
    new_status varchar(50) NOT NULL,
    reason text NOT NULL CONSTRAINT ck_response_correction_reason CHECK (reason ~ '[^[:space:]]'),
    corrected_by varchar(255) NOT NULL,
    corrected_at timestamptz NOT NULL
);
CREATE INDEX idx_response_correction_row ON response_correction (row_id, id);
REVOKE UPDATE, DELETE ON response_correction FROM matching_service_app;
"""
