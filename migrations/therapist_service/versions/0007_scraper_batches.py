"""The import goes forward in batches, knows what is news, and looks when it is due."""

from alembic import op

revision = "0007_scraper_batches"
down_revision = "0006_merged_therapists"

# listed_at: when the newest file was written that spoke of a therapist; older files are no news.
# processed, total: records of a file; where an importer that died is followed by the next one.
_UP = """
ALTER TABLE therapists ADD COLUMN listed_at timestamptz;

ALTER TABLE scraper_imports
    ADD COLUMN etag text NOT NULL DEFAULT '',
    ADD COLUMN processed int NOT NULL DEFAULT 0,
    ADD COLUMN total int,
    ADD CONSTRAINT ck_scraper_imports_progress CHECK (processed BETWEEN 0 AND coalesce(total, 0));
UPDATE scraper_imports SET total = done.records, processed = done.records
FROM (SELECT id, sum(value::int) AS records FROM scraper_imports, jsonb_each_text(counts)
      GROUP BY id) AS done
WHERE done.id = scraper_imports.id AND status = 'finished';

CREATE TABLE scraper_storage (
    id int PRIMARY KEY DEFAULT 1 CONSTRAINT ck_scraper_storage_one_row CHECK (id = 1),
    next_look_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    looked_at timestamptz,
    trouble text,
    trouble_since timestamptz,
    CONSTRAINT ck_scraper_storage_trouble CHECK ((trouble IS NULL) = (trouble_since IS NULL))
);
INSERT INTO scraper_storage DEFAULT VALUES;
"""

_DOWN = """
DROP TABLE scraper_storage;
ALTER TABLE scraper_imports DROP COLUMN etag, DROP COLUMN processed, DROP COLUMN total;
ALTER TABLE therapists DROP COLUMN listed_at;
"""


def upgrade() -> None:
    op.execute(_UP)


def downgrade() -> None:
    op.execute(_DOWN)
