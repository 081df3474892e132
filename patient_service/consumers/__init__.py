"""What this service does with other services' events."""

from patient_service.consumers.search_status import HANDLERS

__all__ = ["HANDLERS"]
