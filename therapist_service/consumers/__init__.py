"""What this service does with other services' events."""

from therapist_service.consumers.cooling import HANDLERS

__all__ = ["HANDLERS"]
