"""What this service does with events: other services' and its own."""

from matching_service.consumers import (
    call_reports,
    deleted_patients,
    event_stream,
    lost_therapists,
    mail_reports,
    mailboxes,
    merged_therapists,
    patient_exclusions,
    people,
)
from matching_service.consumers.handlers import HANDLERS

__all__ = [
    "HANDLERS",
    "call_reports",
    "deleted_patients",
    "event_stream",
    "lost_therapists",
    "mail_reports",
    "mailboxes",
    "merged_therapists",
    "patient_exclusions",
    "people",
]
