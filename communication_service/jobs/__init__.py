"""What this service does by time."""

from communication_service.jobs.plan_calls import plan_calls, replan_missed_calls
from communication_service.jobs.read_inbox import forget_replies, read_inbox
from communication_service.jobs.recover_mail import recover_mail
from communication_service.jobs.remind import remind
from communication_service.jobs.send_mail import send_mail
from communication_service.jobs.tell_wishes import tell_wishes
from communication_service.jobs.watch_queue import watch_queue
from shared.events.worker import Job

JOBS = (
    Job("send_mail", every_seconds=1.0, run=send_mail),
    Job("recover_mail", every_seconds=15.0, run=recover_mail),
    Job("remind", every_seconds=60.0, run=remind),
    Job("plan_calls", every_seconds=30.0, run=plan_calls),
    Job("replan_missed_calls", every_seconds=300.0, run=replan_missed_calls),
    Job("read_inbox", every_seconds=60.0, run=read_inbox),
    Job("forget_replies", every_seconds=3600.0, run=forget_replies),
    Job("tell_wishes", every_seconds=2.0, run=tell_wishes),
    Job("watch_queue", every_seconds=15.0, run=watch_queue),
)

__all__ = ["JOBS"]
