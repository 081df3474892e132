from collections.abc import Iterator
from pathlib import Path

import pytest

from matching_service.config import Config
from tests.conftest import Database
from tests.matching_service.conftest import environment_of
from tests.matching_service.integration.stream.program import StreamProgram, streaming
from tests.matching_service.integration.stream.telling import Teller


@pytest.fixture
def teller(database: Database) -> Teller:
    return Teller(
        database.engine(database.url("matching_service")),
        database.engine(database.owner_url("matching_service")),
    )


@pytest.fixture
def program(config: Config, tmp_path: Path) -> Iterator[StreamProgram]:
    """The stream's own web process, as it runs everywhere."""
    with streaming(environment_of(config), tmp_path / "stream.log") as running:
        yield running
