"""What the platform itself says after the story, and what has left it by mail."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from devstack.story.asking import BUNDLES, SEARCHES
from devstack.story.door import Door, Json
from devstack.story.mails import Mail
from devstack.story.people import PATIENTS, THERAPISTS

_OPEN = ("draft", "sending", "sent")
_INQUIRY_MAIL = re.compile(r"<pv-\d+\.inquiry@")  # other mails to practices are no inquiries


@dataclass(frozen=True)
class Facts:
    """Two runs of the story on one stack leave the same facts."""

    therapists: int
    patients: int
    searches: Counter[str]  # by status
    inquiries: int
    inquiries_by_mail: int
    open_inquiries: int
    responses: Counter[str]  # by response type
    mails: int
    contacted_twice: tuple[str, ...]  # mailboxes
    successful: Json  # the search that led to therapy
    moves: tuple[str, ...]  # the states it went through
    skipped_when_asked_again: tuple[tuple[int, str], ...]  # therapist, why


def read_facts(
    door: Door, mails: Iterable[Mail], search_id: int, therapist_ids: list[int]
) -> Facts:
    """`therapist_ids`: a practice that has answered."""
    bundles = list(door.every(BUNDLES))
    asked = [bundle for bundle in bundles if bundle["state"] != "cancelled"]
    received = list(inquiry_mails(mails))
    return Facts(
        therapists=door.total(THERAPISTS),
        patients=door.total(PATIENTS),
        searches=Counter(search["status"] for search in door.every(SEARCHES)),
        inquiries=len(asked),
        inquiries_by_mail=sum(bundle["sent_method"] == "email" for bundle in asked),
        open_inquiries=sum(bundle["state"] in _OPEN for bundle in asked),
        responses=Counter(one["response_type"] for one in asked if one["response_type"]),
        mails=len({mail.message_id for mail in received}),
        contacted_twice=_twice([*_mailboxes(door, asked)])
        + _twice(mail.recipient for mail in received),
        successful=door.get(f"{SEARCHES}/{search_id}"),
        moves=_moves(door, search_id),
        skipped_when_asked_again=_skipped(door, therapist_ids),
    )


def inquiry_mails(mails: Iterable[Mail]) -> Iterator[Mail]:
    return (mail for mail in mails if _INQUIRY_MAIL.match(mail.message_id))


def _mailboxes(door: Door, bundles: list[Json]) -> Iterator[str]:
    """Where a practice reads or hears us: colleagues share it, therefore not the therapist."""
    ids = [bundle["therapist_id"] for bundle in bundles]
    reached = {therapist["id"]: therapist for therapist in door.batch(THERAPISTS, sorted(set(ids)))}
    for therapist_id in ids:
        therapist = reached[therapist_id]
        yield str(therapist["email"] or therapist["telefon"] or therapist_id).casefold()


def _twice(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(value for value, times in Counter(values).items() if times > 1))


def _moves(door: Door, search_id: int) -> tuple[str, ...]:
    history = door.every(f"{SEARCHES}/{search_id}/history")
    moves = [item for item in history if item["kind"] == "moved"]
    return (*(str(move["from"]) for move in moves[:1]), *(str(move["to"]) for move in moves))


def _skipped(door: Door, therapist_ids: list[int]) -> tuple[tuple[int, str], ...]:
    plan = door.post(f"{BUNDLES}/preview", {"therapist_ids": therapist_ids})
    return tuple((one["therapist_id"], one["reason"]) for one in plan["skipped"])
