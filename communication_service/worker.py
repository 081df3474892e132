"""The worker process: relay, consumers, jobs."""

from communication_service.config import Config
from communication_service.consumers import HANDLERS
from communication_service.jobs import JOBS
from communication_service.wiring import wire
from shared.config import read
from shared.db import Database
from shared.events.program import run


def main() -> None:
    config = read(Config)
    wiring = wire(config, Database(config.database_url, pool_size=4))
    run("communication_service", config, HANDLERS, JOBS, wiring)


if __name__ == "__main__":
    main()
