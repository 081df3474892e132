"""What this service does by time."""

from communication_service.jobs.recover_mail import recover_mail
from communication_service.jobs.send_mail import send_mail
from communication_service.jobs.tell_wishes import tell_wishes
from shared.events.worker import Job

JOBS = (
    Job("send_mail", every_seconds=1.0, run=send_mail),
    Job("recover_mail", every_seconds=15.0, run=recover_mail),
    Job("tell_wishes", every_seconds=2.0, run=tell_wishes),
)

__all__ = ["JOBS"]
