"""What this service does with other services' events."""

from matching_service.consumers import mail_reports, people
from matching_service.consumers.handlers import HANDLERS

__all__ = ["HANDLERS", "mail_reports", "people"]
