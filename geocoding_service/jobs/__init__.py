"""What this service does by time."""

from geocoding_service.jobs.forget_lookups import forget_lookups
from shared.events.worker import Job

JOBS = (Job("forget_lookups", every_seconds=600.0, run=forget_lookups),)

__all__ = ["JOBS"]
