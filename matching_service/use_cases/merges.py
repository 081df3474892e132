"""Two therapists turned out to be one: exclusions and peace go along to the one who stays."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.storage import merged_therapists as merges
from matching_service.storage import snapshot_store as store
from matching_service.storage.locks import LockedInquiries, lock_around_searches
from matching_service.use_cases.exclusions import exclude_therapist
from matching_service.use_cases.mailbox_moves import take_along
from matching_service.use_cases.search_history import SYSTEM
from matching_service.use_cases.withdrawals import withdraw_from_therapist


def follow_merge(
    session: Session, therapist_id: int, survivor_id: int, mailbox_key: str, now: datetime
) -> None:
    """`mailbox_key` is the last one of the therapist who is gone.

    Everybody merged into the survivor so far is taken along again: what one of them left while
    the survivor was not known here would be lost otherwise.
    """
    merges.merge_alone(session, therapist_id)
    mailbox_id = store.mailbox_ids(session, [mailbox_key])[mailbox_key]
    survivor = merges.remember(session, therapist_id, survivor_id, mailbox_id, now)
    gone = merges.merged_into(session, survivor)
    left = set(gone.values())
    present = store.mailboxes_of_therapists(session, [survivor]).get(survivor)
    concerned = merges.searches_excluding(session, gone)
    # All mailboxes at once: those that peace moves between, and those of the searches' inquiries.
    known = left if present is None else {*left, present}
    locked = lock_around_searches(session, concerned, mailboxes=known)
    if present is not None:  # else there is no mailbox of the survivor that could be written to
        for mailbox_id in sorted(left - {present}):
            take_along(session, mailbox_id, present, now)
    _carry_exclusions(session, locked, concerned, gone, survivor, now)


def _carry_exclusions(
    session: Session,
    locked: LockedInquiries,
    concerned: Collection[int],
    gone: Collection[int],
    survivor: int,
    now: datetime,
) -> None:
    """The same reason, from now on for the survivor; the old row ends."""
    withdraw_from_therapist(session, locked, concerned, survivor, SYSTEM, now)
    for row in merges.exclusions_of(session, gone):
        row.removed_at, row.removed_by = now, SYSTEM
        exclude_therapist(
            session,
            row.platzsuche_id,
            survivor,
            row.reason,
            source=row.source,
            actor=SYSTEM,
            now=now,
        )
