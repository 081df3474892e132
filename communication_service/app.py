"""The web process."""

from functools import partial

from flask import Flask

from communication_service.api.answer_html import Stationery, problem_page
from communication_service.api.problems import PROBLEM_TABLE
from communication_service.api.routes import ROUTES
from communication_service.config import Config
from communication_service.wiring import wire
from shared.config import read
from shared.db import Database
from shared.http.service import ServiceParts, create_service_app


def create_app(config: Config | None = None) -> Flask:
    """`config` defaults to the environment. Raises ConfigError."""
    config = config or read(Config)
    database = Database(config.database_url)
    wiring = wire(config, database)
    parts = ServiceParts(
        "communication_service",
        ROUTES,
        PROBLEM_TABLE,
        wiring,
        problem_page=partial(problem_page, Stationery(wiring.letterhead.signed_by)),
    )
    return create_service_app(parts, config, database)
