"""The register of the scraper's files: one row per file and content, with what became of it."""

from alembic import op

revision = "0003_scraper_imports"
down_revision = "0002_bundle_columns"

# file_size and modified_ns tell without opening it that a file is one we know.
_UP = """
CREATE TABLE scraper_imports (
    id serial PRIMARY KEY,
    file text NOT NULL,
    content_hash text NOT NULL,
    file_size bigint NOT NULL,
    modified_ns bigint NOT NULL,
    scrape_id text,
    status text NOT NULL CONSTRAINT ck_scraper_imports_status
        CHECK (status IN ('running', 'finished', 'failed')),
    error text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    counts jsonb NOT NULL,
    rejected jsonb NOT NULL DEFAULT '[]',
    remarks jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT uq_scraper_imports_file_content UNIQUE (file, content_hash),
    CONSTRAINT ck_scraper_imports_ended CHECK ((status = 'running') = (finished_at IS NULL)),
    CONSTRAINT ck_scraper_imports_error CHECK ((status = 'failed') = (error IS NOT NULL))
);
CREATE INDEX idx_scraper_imports_started_at ON scraper_imports (started_at, id);
CREATE INDEX idx_scraper_imports_failed ON scraper_imports (id) WHERE status = 'failed';
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute("DROP TABLE scraper_imports")
