"""What this service does with events: other services' and its own."""

from matching_service.consumers import (
    deleted_patients,
    event_stream,
    lost_therapists,
    mail_reports,
    merged_therapists,
    people,
)
from matching_service.consumers.handlers import HANDLERS

__all__ = [
    "HANDLERS",
    "deleted_patients",
    "event_stream",
    "lost_therapists",
    "mail_reports",
    "merged_therapists",
    "people",
]
