"""What this service does with other services' events."""

from patient_service.consumers.neighbours import HANDLERS

__all__ = ["HANDLERS"]
