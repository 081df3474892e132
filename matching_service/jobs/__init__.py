"""What this service does by time."""

from matching_service.jobs.analytics import refresh_analytics
from matching_service.jobs.contact_audit import audit_contact_law
from matching_service.jobs.due_inquiries import (
    close_silent_inquiries,
    expire_drafts,
    let_inquiries_go,
)
from matching_service.jobs.follow_ups import close_settled_tasks, follow_up_acceptances
from matching_service.jobs.forget_plans import forget_plans
from matching_service.jobs.forget_stream import forget_stream
from matching_service.jobs.paused_searches import resume_searches
from shared.events.worker import Job

JOBS = (
    Job("let_inquiries_go", every_seconds=1.0, run=let_inquiries_go),
    Job("expire_drafts", every_seconds=60.0, run=expire_drafts),
    Job("close_silent_inquiries", every_seconds=60.0, run=close_silent_inquiries),
    Job("resume_searches", every_seconds=60.0, run=resume_searches),
    Job("follow_up_acceptances", every_seconds=60.0, run=follow_up_acceptances),
    Job("close_settled_tasks", every_seconds=60.0, run=close_settled_tasks),
    Job("audit_contact_law", every_seconds=600.0, run=audit_contact_law),
    Job("refresh_analytics", every_seconds=60.0, run=refresh_analytics),
    Job("forget_plans", every_seconds=3600.0, run=forget_plans),
    Job("forget_stream", every_seconds=3600.0, run=forget_stream),
)

__all__ = ["JOBS"]
