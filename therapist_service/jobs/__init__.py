"""What this service does by time."""

from shared.events.worker import Job
from therapist_service.jobs.import_scrapes import import_scrapes
from therapist_service.jobs.place_therapists import place_therapists

JOBS = (
    Job("import_scrapes", every_seconds=1.0, run=import_scrapes),
    Job("place_therapists", every_seconds=30.0, run=place_therapists),
)

__all__ = ["JOBS"]
