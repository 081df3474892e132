from datetime import UTC, datetime

import pytest

from therapist_service.domain.scrape_files import written_at


@pytest.mark.parametrize(
    ("path", "moment"),
    [
        ("therapists_20261103_041500.json", datetime(2026, 11, 3, 4, 15, tzinfo=UTC)),
        ("incoming/therapists_20261103_041500.json", datetime(2026, 11, 3, 4, 15, tzinfo=UTC)),
        ("2026-11-03/52062.json", datetime(2026, 11, 3, tzinfo=UTC)),
        ("20261103/52062.json", datetime(2026, 11, 3, tzinfo=UTC)),
        ("2026-02-30/52062.json", None),
        ("therapists_20261103_250000.json", None),
        ("therapists_20261103.json", None),
        ("2026-11-03/5206.json", None),
        ("notes.txt", None),
    ],
)
def test_the_name_of_a_file_says_when_it_was_written(path: str, moment: datetime | None) -> None:
    assert written_at(path) == moment
