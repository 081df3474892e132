"""The worker process: relay, consumers, jobs."""

from patient_service.config import Config
from patient_service.consumers import HANDLERS
from patient_service.jobs import JOBS
from patient_service.wiring import wire
from shared.config import read
from shared.events.program import run


def main() -> None:
    config = read(Config)
    run("patient_service", config, HANDLERS, JOBS, wire(config))


if __name__ == "__main__":
    main()
