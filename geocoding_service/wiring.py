"""What the doors of this service hand to its use cases."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from geocoding_service.config import Config
from geocoding_service.domain.breaker import Breaker
from geocoding_service.gateways.http_get import TimeOuts
from geocoding_service.gateways.nominatim import Nominatim
from geocoding_service.gateways.osrm import Osrm
from geocoding_service.gateways.postcodes import Postcodes, load_postcodes
from geocoding_service.gateways.server import EverybodysTurn, Patience, Server, Turns
from geocoding_service.storage.memory import Keeping, Memory
from geocoding_service.storage.sealing import Seal
from geocoding_service.storage.turns import Queue
from geocoding_service.use_cases.lookup import Lookup, Outside
from shared.db import Database


@dataclass(frozen=True)
class Wiring:
    postcodes: Postcodes
    outside: Outside

    def lookup(self, now: datetime, *, afresh: bool = False) -> Lookup:
        """For one request: its time begins now."""
        return Lookup(self.outside, now, afresh=afresh)


def wire(config: Config, database: Database) -> Wiring:
    """Reads the postcodes, so that forked web workers share them. Opens nothing."""
    keeping = Keeping(
        geocodes=timedelta(days=config.geocodes_kept_days),
        routes=timedelta(days=config.routes_kept_days),
        nothing=timedelta(minutes=config.nothing_kept_minutes),
    )
    outside = Outside(
        database,
        Memory(Seal(config.lookup_secret), keeping),
        _nominatim(config, database),
        _osrm(config),
        config.lookup_deadline_ms / 1000,
    )
    return Wiring(load_postcodes(), outside)


def _nominatim(config: Config, database: Database) -> Nominatim | None:
    if not config.nominatim_url:
        return None
    interval = config.nominatim_interval_ms / 1000
    turns = Queue(database, "nominatim", interval) if interval else EverybodysTurn()
    return Nominatim(_server("nominatim", config.nominatim_url, config, turns))


def _osrm(config: Config) -> Osrm | None:
    if not config.osrm_url:
        return None
    return Osrm(_server("osrm", config.osrm_url, config, EverybodysTurn()), config.osrm_table_size)


def _server(name: str, url: str, config: Config, turns: Turns) -> Server:
    time_outs = TimeOuts(config.lookup_connect_ms / 1000, config.lookup_read_ms / 1000)
    return Server(
        name,
        url,
        f"psychotherapy-matching ({config.nominatim_contact})".replace(" ()", ""),
        Patience(time_outs, config.lookup_attempts),
        Breaker(config.breaker_failures, config.breaker_rest_seconds),
        turns,
    )
