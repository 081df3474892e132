"""The table that the consumers of this service fill."""

from shared.events.handlers import Handlers

HANDLERS = Handlers()
