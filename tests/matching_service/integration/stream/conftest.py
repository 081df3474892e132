from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from matching_service.config import Config
from tests.conftest import Database
from tests.issuer import Issuer
from tests.matching_service.conftest import NOBODY, environment_of
from tests.matching_service.integration.stream.program import StreamProgram, streaming
from tests.matching_service.integration.stream.telling import Teller


@pytest.fixture
def teller(database: Database) -> Teller:
    return Teller(
        database.engine(database.url("matching_service")),
        database.engine(database.owner_url("matching_service")),
    )


@pytest.fixture
def program(database: Database, issuer: Issuer, tmp_path: Path) -> Iterator[StreamProgram]:
    """The stream's own web process, as it runs everywhere, for one test."""
    with program_on(database, issuer, tmp_path) as running:
        yield running


def program_on(
    database: Database, issuer: Issuer, folder: Path
) -> AbstractContextManager[StreamProgram]:
    config = Config(
        environment="test",
        database_url=database.url("matching_service"),
        patient_service_url=NOBODY,
        therapist_service_url=NOBODY,
        **issuer.settings,
    )
    return streaming(environment_of(config), folder / "stream.log")
