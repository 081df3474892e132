"""A program says which revision of its schema it needs, and it is the one it was written for."""

import importlib
import re

import pytest

from migrations.histories import SERVICES, History
from migrations.upgrade import script_directory

for_every_history = pytest.mark.parametrize("history", SERVICES, ids=lambda h: h.schema)


@for_every_history
def test_a_service_needs_the_latest_revision_of_its_schema(history: History) -> None:
    config = importlib.import_module(f"{history.schema}.config").Config

    assert config.needs_schema == script_directory(history).get_current_head()


@for_every_history
def test_revisions_are_numbered_in_their_order(history: History) -> None:
    revisions = [r.revision for r in script_directory(history).walk_revisions("base", "heads")]

    numbers = [int(re.fullmatch(r"(\d{4})_\w+", name)[1]) for name in reversed(revisions)]  # type: ignore[index]
    assert numbers == list(range(1, len(numbers) + 1))
