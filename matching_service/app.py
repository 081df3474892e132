"""The web process."""

from flask import Flask

from matching_service.api.problems import PROBLEM_TABLE
from matching_service.api.routes import ROUTES
from matching_service.config import Config
from matching_service.wiring import wire
from shared.config import read
from shared.db import Database
from shared.http.service import ServiceParts, create_service_app


def create_app(config: Config | None = None) -> Flask:
    """`config` defaults to the environment. Raises ConfigError."""
    config = config or read(Config)
    database = Database(config.database_url)
    parts = ServiceParts("matching_service", ROUTES, PROBLEM_TABLE, wire(config, database))
    return create_service_app(parts, config, database)
