"""A little story that breaks no rule: answered, sent and prepared inquiries, a permit in use."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import URL, Connection, Engine, text

from matching_service.app import create_app
from matching_service.config import Config
from shared.db import Database as Own
from tests.conftest import cloned
from tests.issuer import Issuer
from tests.matching_service.conftest import NOBODY
from tests.matching_service.desk import Desk
from tests.matching_service.world import World
from tests.races.rules import Outcomes


@dataclass(frozen=True)
class Story:
    """Every patient has been asked for at three practices; the first one took patient 1. Names are
    those of `names`: s1 to s4 the searches, i1 to i3 the inquiries, m1 to m4 the mailboxes."""

    admin: Engine
    names: dict[str, int]
    version: int
    outcomes: Outcomes

    def lawless(self) -> Connection:
        """Within its transaction nothing is refused and nothing is kept."""
        connection = self.admin.connect()
        connection.execute(text(_LAWLESS))
        return connection


@pytest.fixture(scope="module")
def story(database_template: URL, issuer: Issuer) -> Iterator[Story]:
    with cloned(database_template) as database:
        config = Config(
            environment="test",
            database_url=database.url("matching_service"),
            patient_service_url=NOBODY,
            therapist_service_url=NOBODY,
            recall_seconds=0,
            **issuer.settings,
        )
        own = Own(config.database_url)
        app = create_app(config)
        headers = issuer.bearer("staff", "service")
        yield _told(
            Desk(app.test_client(), World(own), headers), database.engine(database.admin_url)
        )
        app.extensions["door"].database.dispose()
        own.dispose()


def _told(desk: Desk, admin: Engine) -> Story:
    mailboxes = [desk.world.add_therapist(number) for number in range(1, 5)]
    searches = [desk.world.add_search(number) for number in range(1, 5)]
    answered, sent, draft = desk.sent(1), desk.sent(2), desk.draft(3)
    given = dict.fromkeys(searches, "rejected_capacity") | {searches[0]: "accepted"}
    recorded = desk.answer(answered, given)["bundle"]
    body = {"therapist_id": 4, "purpose": "v1_batch"}
    permit = desk.call("POST", "/api/v2/contact-permits", 201, json=body)
    desk.call("POST", f"/api/v2/contact-permits/{permit['id']}/claim", 200)
    names = {f"s{number}": one for number, one in enumerate(searches, start=1)}
    names |= {f"m{number}": one for number, one in enumerate(mailboxes, start=1)}
    names |= {f"i{n}": one["id"] for n, one in enumerate((answered, sent, draft), start=1)}
    return Story(admin, names, recorded["version"], given)


_LAWLESS = """
SET LOCAL search_path = matching_service, extensions;
SET LOCAL session_replication_role = replica;
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT conrelid::regclass AS place, conname FROM pg_constraint
        WHERE connamespace = 'matching_service'::regnamespace AND contype IN ('c', 'x') LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.place, one.conname);
    END LOOP;
    FOR one IN SELECT indexname FROM pg_indexes
        WHERE schemaname = 'matching_service' AND indexdef LIKE 'CREATE UNIQUE%WHERE%' LOOP
        EXECUTE format('DROP INDEX %I', one.indexname);
    END LOOP;
END $$;
"""
