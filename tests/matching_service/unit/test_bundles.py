from datetime import timedelta
from typing import Any

import pytest

from matching_service.domain.bundles import (
    is_thin_region,
)
from matching_service.domain.snapshots import SearchSnapshot
from tests.matching_service.unit.people import TODAY, a_search


def waiting(search_id: int, days: float, **more: Any) -> SearchSnapshot:
    return a_search(search_id, waiting_days=days, **more)


@pytest.mark.parametrize(
    ("days", "last_inquiry_days_ago", "thin"),
    [
        (30, None, True),
        (29, None, False),
        (30, 14, True),
        (30, 13, False),
        (90, 100, True),
    ],
)
def test_a_thin_region_means_few_searches_that_waited_long_and_were_not_asked_lately(
    days: float, last_inquiry_days_ago: int | None, thin: bool
) -> None:
    last = None if last_inquiry_days_ago is None else TODAY - timedelta(days=last_inquiry_days_ago)
    searches = [waiting(1, days, last_inquiry_on=last), waiting(2, days=60)]

    assert is_thin_region(searches, TODAY) is thin


def test_three_eligible_searches_are_no_thin_region() -> None:
    searches = [waiting(number, days=90) for number in (1, 2, 3)]

    assert not is_thin_region(searches, TODAY)
    assert is_thin_region(searches[:2], TODAY)
