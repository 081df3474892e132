"""Settings that the law would refuse stop the start, by name."""

import pytest

from matching_service.config import Config
from shared.config import ConfigError, read
from tests.matching_service.conftest import environment_of


@pytest.mark.parametrize(
    ("smallest", "largest", "named"),
    [
        ("2", "6", ["MIN_BUNDLE_SIZE"]),
        ("3", "7", ["MAX_BUNDLE_SIZE"]),
        ("5", "4", ["MIN_BUNDLE_SIZE", "MAX_BUNDLE_SIZE"]),
    ],
)
def test_bundle_sizes_that_the_law_would_refuse_stop_the_start(
    config: Config, smallest: str, largest: str, named: list[str]
) -> None:
    sizes = {"MIN_BUNDLE_SIZE": smallest, "MAX_BUNDLE_SIZE": largest}

    with pytest.raises(ConfigError) as refused:
        read(Config, {**environment_of(config), **sizes})

    problem = " ".join(refused.value.problems)
    assert [name for name in sizes if name in problem] == named
