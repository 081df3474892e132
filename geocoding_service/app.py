"""The web process."""

from flask import Flask

from geocoding_service.api.problems import PROBLEM_TABLE, v1_message
from geocoding_service.api.routes import ROUTES
from geocoding_service.config import Config
from geocoding_service.wiring import wire
from shared.config import read
from shared.db import Database
from shared.http.service import ServiceParts, create_service_app


def create_app(config: Config | None = None) -> Flask:
    """`config` defaults to the environment. Raises ConfigError."""
    config = config or read(Config)
    database = Database(config.database_url)
    wiring = wire(config, database)
    parts = ServiceParts("geocoding_service", ROUTES, PROBLEM_TABLE, wiring, v1_message=v1_message)
    return create_service_app(parts, config, database)
