"""The worker process: so far only the relay, because nothing arrives and nothing falls due."""

from geocoding_service.config import Config
from geocoding_service.wiring import wire
from shared.config import read
from shared.events.handlers import Handlers
from shared.events.program import run


def main() -> None:
    run("geocoding_service", read(Config), Handlers(), (), wire())


if __name__ == "__main__":
    main()
