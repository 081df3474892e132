"""The worker process: the relay and one job. Nothing arrives, and nobody is asked from here."""

from geocoding_service.config import Config
from geocoding_service.jobs import JOBS
from shared.config import read
from shared.events.handlers import Handlers
from shared.events.program import run


def main() -> None:
    run("geocoding_service", read(Config), Handlers(), JOBS, wiring=None)


if __name__ == "__main__":
    main()
