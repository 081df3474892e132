"""What this service does by time."""

from patient_service.jobs.place_patients import place_patients
from shared.events.worker import Job

JOBS = (Job("place_patients", every_seconds=30.0, run=place_patients),)

__all__ = ["JOBS"]
