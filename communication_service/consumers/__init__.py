"""What this service does with other services' events."""

from communication_service.consumers import calls
from communication_service.consumers.bundles import HANDLERS

__all__ = ["HANDLERS", "calls"]
