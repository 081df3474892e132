"""What this service does with other services' events."""

from matching_service.consumers import (
    deleted_patients,
    lost_therapists,
    mail_reports,
    merged_therapists,
    people,
)
from matching_service.consumers.handlers import HANDLERS

__all__ = [
    "HANDLERS",
    "deleted_patients",
    "lost_therapists",
    "mail_reports",
    "merged_therapists",
    "people",
]
