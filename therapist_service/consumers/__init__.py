"""What this service does with other services' events."""

from therapist_service.consumers import cooling, sent_mails
from therapist_service.consumers.handlers import HANDLERS

__all__ = ["HANDLERS", "cooling", "sent_mails"]
