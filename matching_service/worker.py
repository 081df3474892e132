"""The worker process: relay, consumers, jobs."""

from matching_service.config import Config
from matching_service.consumers import HANDLERS
from matching_service.jobs import JOBS
from matching_service.wiring import wire
from shared.config import read
from shared.db import Database
from shared.events.worker import run_worker


def main() -> None:
    config = read(Config)
    wiring = wire(config, Database(config.database_url, pool_size=4))
    run_worker("matching_service", config, HANDLERS, JOBS, wiring)


if __name__ == "__main__":
    main()
