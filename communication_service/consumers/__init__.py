"""What this service does with other services' events."""

from communication_service.consumers import bundles, calls, searches, therapists
from communication_service.consumers.handlers import HANDLERS

__all__ = ["HANDLERS", "bundles", "calls", "searches", "therapists"]
