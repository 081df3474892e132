"""The table that this service's consumers register in."""

from shared.events.handlers import Handlers

HANDLERS = Handlers()
