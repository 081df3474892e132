"""What this service does with other services' events."""

from therapist_service.consumers import contacts, cooling
from therapist_service.consumers.handlers import HANDLERS

__all__ = ["HANDLERS", "contacts", "cooling"]
