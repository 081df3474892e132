"""Two therapists turned out to be one: exclusions and peace go along to the one who stays."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from matching_service.storage import merged_therapists as merges
from matching_service.storage import snapshot_store as store
from matching_service.storage.locks import lock_around_searches, lock_mailboxes
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
    mailbox_id = store.mailbox_ids(session, [mailbox_key])[mailbox_key]
    survivor = merges.remember(session, therapist_id, survivor_id, mailbox_id, now)
    gone = merges.merged_into(session, survivor)
    _take_peace_along(session, set(gone.values()), survivor, now)
    _carry_exclusions(session, gone, survivor, now)


def _take_peace_along(
    session: Session, left: Collection[int], survivor: int, now: datetime
) -> None:
    """A survivor of whom nothing is known has no mailbox that could be written to."""
    present = store.mailboxes_of_therapists(session, [survivor]).get(survivor)
    if present is None:
        return
    lock_mailboxes(session, {*left, present})
    for mailbox_id in sorted(set(left) - {present}):
        take_along(session, mailbox_id, present, now)


def _carry_exclusions(
    session: Session, gone: Collection[int], survivor: int, now: datetime
) -> None:
    """The same reason, from now on for the survivor; the old row ends."""
    concerned = {row.platzsuche_id for row in merges.exclusions_of(session, gone)}
    locked = lock_around_searches(session, concerned)
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
