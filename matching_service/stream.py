"""The web process of the event stream: a thread for every open page, and nothing else to do."""

from dataclasses import replace

from flask import Flask

from matching_service.api.problems import PROBLEM_TABLE
from matching_service.api.stream_routes import STREAM_ROUTES
from matching_service.config import Config
from matching_service.feed.feed import Feed
from matching_service.feed.listeners import Limits
from matching_service.wiring import wire
from shared.config import read
from shared.db import Database
from shared.http.service import ServiceParts, create_service_app


def create_app(config: Config | None = None) -> Flask:
    """`config` defaults to the environment. Raises ConfigError.

    Whoever ends the process calls `extensions["feed"].stop()`, or it would wait for every page.
    """
    config = config or read(Config)
    database = Database(config.database_url, pool_size=4)
    feed = Feed(database, config.database_url, Limits(config.streams, config.streams_per_user))
    wiring = replace(wire(config, database), feed=feed)
    program = "matching_service.stream"
    parts = ServiceParts("matching_service", STREAM_ROUTES, PROBLEM_TABLE, wiring, program=program)
    app = create_service_app(parts, config, database)
    app.extensions["feed"] = feed
    return app
