"""A call gets its slot. That no two overlap is the database's word; here they queue for it."""

from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from communication_service.domain.call_slots import (
    CALL_MINUTES,
    CallQueue,
    CallSlot,
    PhoneHours,
    first_free_slot,
)
from communication_service.domain.calls import CallStatus
from communication_service.storage import call_queries
from communication_service.storage.call_tables import PhoneCall
from shared.db import constraint_of

_NEVER_OVERLAP = "phone_calls_never_overlap"
_LONGEST_CALL = timedelta(days=1)


def place_in_free_slot(
    session: Session,
    call: PhoneCall,
    hours: PhoneHours,
    earliest: datetime,
    queue: CallQueue,
    minutes: int = CALL_MINUTES,
) -> bool:
    """False: there is no free slot within the queue's window."""
    call_queries.wait_for_the_calendar(session)
    latest = earliest + queue.window
    taken = call_queries.taken_slots(session, earliest, latest + _LONGEST_CALL)
    slot = first_free_slot(
        hours, taken, earliest, lines=queue.lines, window=queue.window, minutes=minutes
    )
    return slot is not None and _place(session, call, slot)


def place_at(
    session: Session, call: PhoneCall, starts_at: datetime, minutes: int, queue: CallQueue
) -> bool:
    """False: every line is busy then."""
    call_queries.wait_for_the_calendar(session)
    ends_at = starts_at + timedelta(minutes=minutes)
    lines = range(1, queue.lines + 1)
    return any(_place(session, call, CallSlot(starts_at, ends_at, line)) for line in lines)


def _place(session: Session, call: PhoneCall, slot: CallSlot) -> bool:
    """False: another call is there."""
    try:
        with session.begin_nested():
            call.slot, call.line = Range(slot.starts_at, slot.ends_at), slot.line
            # Not before: what is waiting to be written goes out ahead of the savepoint.
            call.status = CallStatus.SCHEDULED
            session.add(call)
            session.flush()
    except IntegrityError as error:
        if constraint_of(error) != _NEVER_OVERLAP:
            raise
        return False
    return True
