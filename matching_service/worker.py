"""The worker process: relay, consumers, jobs."""

from datetime import UTC, datetime

from matching_service.config import Config
from matching_service.consumers import HANDLERS
from matching_service.jobs import JOBS
from matching_service.use_cases.restore_copies import restore_copies
from matching_service.wiring import Wiring, wire
from shared.config import read
from shared.db import Database
from shared.events.program import run
from shared.events.rebuild import Tell


def main() -> None:
    config = read(Config)
    wiring = wire(config, Database(config.database_url, pool_size=4))
    run("matching_service", config, HANDLERS, JOBS, wiring, _restore)


def _restore(database: Database, wiring: Wiring, tell: Tell) -> None:
    restore_copies(database, wiring.people, datetime.now(UTC), tell)


if __name__ == "__main__":
    main()
