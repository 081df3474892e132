"""A short `make fuzz`: fewer requests, one path per resource and version, no border cases."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.campaign import Campaign
from tests.fuzz.platform import SERVICES, Platform, running_platform
from tests.fuzz.tally import Tally
from tests.fuzz.terms import Terms
from tests.issuer import Issuer

SEED = 1
SHORT = Terms(examples=1, kept=0.0, steps=2, paths="^/api/v[12]/")
AT_LEAST = 400


@pytest.fixture
def platform(database: Any, issuer: Issuer, tmp_path: Path) -> Iterator[Platform]:
    with running_platform(database, issuer, tmp_path) as platform:
        yield platform


def test_no_generated_request_meets_an_answer_outside_the_contract(
    platform: Platform, record_property: Callable[[str, object], None]
) -> None:
    campaign = Campaign(platform, SHORT, SEED)

    campaign.run(AT_LEAST, lambda _: None)

    tally: Tally = campaign.tally
    record_property("fuzz_requests", tally.requests)
    record_property("fuzz_share_2xx", round(tally.share(), 3))
    assert "\n".join(tally.broken_claims()) == ""
    assert tally.requests >= AT_LEAST
    assert set(tally.operations) == set(SERVICES)
