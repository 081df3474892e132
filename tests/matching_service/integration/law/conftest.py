import pytest

from tests.conftest import Database
from tests.matching_service.integration.law.law_in_sql import Law


@pytest.fixture
def law(database: Database) -> Law:
    return Law(
        database.engine(database.url("matching_service")),
        database.engine(database.owner_url("matching_service")),
    )
