"""What this service does by time."""

from matching_service.jobs.due_inquiries import (
    close_silent_inquiries,
    expire_drafts,
    let_inquiries_go,
)
from matching_service.jobs.paused_searches import resume_searches
from shared.events.worker import Job

JOBS = (
    Job("let_inquiries_go", every_seconds=1.0, run=let_inquiries_go),
    Job("expire_drafts", every_seconds=60.0, run=expire_drafts),
    Job("close_silent_inquiries", every_seconds=60.0, run=close_silent_inquiries),
    Job("resume_searches", every_seconds=60.0, run=resume_searches),
)

__all__ = ["JOBS"]
