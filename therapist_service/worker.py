"""The worker process: relay, consumers, jobs."""

from shared.config import read
from shared.events.program import run
from therapist_service.config import Config
from therapist_service.consumers import HANDLERS
from therapist_service.jobs import JOBS
from therapist_service.wiring import wire


def main() -> None:
    config = read(Config)
    run("therapist_service", config, HANDLERS, JOBS, wire(config))


if __name__ == "__main__":
    main()
