import pytest

from tests.conftest import Database
from tests.matching_service.integration.law.law_in_sql import Law
from tests.matching_service.integration.law.placement_in_sql import Placement


@pytest.fixture
def law(database: Database) -> Law:
    return Law(
        database.engine(database.url("matching_service")),
        database.engine(database.owner_url("matching_service")),
    )


@pytest.fixture
def placement(law: Law) -> Placement:
    return Placement(law)
