"""A therapist is lost: blocked, gone, or somebody else all along.

Several reactions follow in one transaction. What they lock one after the other would keep no
common order, so all of it is locked at once and before anything else.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.orm import Session

from matching_service.storage import merged_therapists as merges
from matching_service.storage.locks import lock_around_therapist
from matching_service.storage.placement_requests import lock_open_requests_to
from matching_service.storage.snapshot_store import mailbox_ids, mailboxes_of_therapists


@dataclass(frozen=True)
class Loss:
    """`mailbox_key`: the therapist's last one. `survivor_id`: who the therapist was all along."""

    therapist_id: int
    mailbox_key: str
    survivor_id: int | None = None


def lock_around_loss(session: Session, loss: Loss, mailboxes: Collection[int]) -> None:
    """And mailboxes beside."""
    if loss.survivor_id is not None:
        merges.merge_alone(session, loss.therapist_id)
    lock_open_requests_to(session, loss.therapist_id)  # whoever answers one locks it first as well
    own = mailboxes_of_therapists(session, [loss.therapist_id]).values()
    if loss.survivor_id is None:
        lock_around_therapist(session, loss.therapist_id, mailboxes={*mailboxes, *own})
        return
    left = mailbox_ids(session, [loss.mailbox_key]).values()
    stays = merges.survivors(session, [loss.survivor_id]).get(loss.survivor_id, loss.survivor_id)
    others = mailboxes_of_therapists(session, [stays])
    gone = {
        **merges.merged_into(session, stays),
        **merges.merged_into(session, loss.therapist_id),
    }
    searches = merges.searches_excluding(session, {*gone, loss.therapist_id})
    concerned = {*mailboxes, *own, *left, *others.values(), *gone.values()}
    lock_around_therapist(session, loss.therapist_id, searches, concerned)
