"""Practices answer, one patient goes on to therapy, and who has answered is left in peace."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from devstack.progress import Step
from devstack.story.asking import BUNDLES, SEARCHES
from devstack.story.door import Door, Json, Refused, StoryFailed
from devstack.story.patience import wait_until_all
from devstack.story.people import THERAPISTS

# How many patients were asked for → an outcome for each.
Outcomes = Callable[[int], list[str]]

_SESSIONS_HELD = 2
_UNTIL_THERAPY = timedelta(days=7)


def record_answers(door: Door, wave: list[int], step: Step) -> list[int]:
    """Inquiries answered, always the same ones; an answer that is there already stays.

    Of practices with several therapists, and then of the others, the first two reject everybody
    and the next two all but one. The smallest bundle is accepted as a whole, and last, for that
    takes patients away from others.
    """
    mailed = [one for one in (_bundle(door, id_) for id_ in wave) if one["sent_method"] == "email"]
    if not mailed:
        raise StoryFailed("Keine Anfrage ist per Mail hinausgegangen.")
    smallest = min(mailed, key=lambda bundle: (bundle["bundle_size"], bundle["id"]))
    shared = _in_shared_practices(door, mailed)
    others = sorted((one["id"] for one in mailed if one is not smallest), key=_first(shared))
    answers = [*zip(others, (_none, _none, _one, _one), strict=False), (smallest["id"], _all)]
    for done, (bundle_id, outcomes) in enumerate(answers):
        step.update(f"Antworten: {done} von {len(answers)} …")
        _answer(door, _bundle(door, bundle_id), outcomes)
    return [bundle_id for bundle_id, _ in answers]


def walk_on_to_therapy(door: Door, answered: list[int]) -> int:
    """The first patient with an acceptance: search id."""
    rows = [row for bundle_id in answered for row in _bundle(door, bundle_id)["patients"]]
    accepted = [int(row["search_id"]) for row in rows if row["status"] == "accepted"]
    if not accepted:
        raise StoryFailed("Keine Praxis hat jemanden angenommen.")
    search_id = accepted[0]
    if door.get(f"{SEARCHES}/{search_id}")["status"] != "successful":
        today = datetime.now(UTC).date()
        move = {
            "to": "successful",
            "first_meeting_on": today.isoformat(),
            "sessions_held": _SESSIONS_HELD,
            "therapy_starts_on": (today + _UNTIL_THERAPY).isoformat(),
            "patient_continues": True,
        }
        door.post(f"{SEARCHES}/{search_id}/transitions", move)
    return search_id


def wait_for_peace(door: Door, answered: list[int], step: Step) -> Json:
    """The cooling period of the largest practice that answered, seen by the therapist service."""
    coolings = list(door.every("/api/v2/staff/cooling-periods", active="true"))
    ours = [cooling for cooling in coolings if cooling["bundle_id"] in answered]
    if not ours:
        raise StoryFailed("Keine Antwort hat eine Abkühlungsphase begonnen.")
    cooling = max(ours, key=lambda one: (len(one["therapist_ids"]), -one["id"]))
    wait_until_all(
        step,
        "Therapeuten in Ruhe",
        len(cooling["therapist_ids"]),
        lambda: _left_in_peace(door, cooling),
    )
    return cooling


def _in_shared_practices(door: Door, bundles: list[Json]) -> set[int]:
    """Ids of the bundles whose mail is read by more than one therapist."""
    asked = door.batch(THERAPISTS, [bundle["therapist_id"] for bundle in bundles])
    shared = {one["id"] for one in asked if _colleagues(door, one)}
    return {bundle["id"] for bundle in bundles if bundle["therapist_id"] in shared}


def _colleagues(door: Door, therapist: Json) -> list[int]:
    neighbours = door.every(THERAPISTS, plz_prefix=therapist["plz"])
    sharing = (one["id"] for one in neighbours if one["email"] == therapist["email"])
    return [one for one in sharing if one != therapist["id"]]


def _first(preferred: set[int]) -> Callable[[int], tuple[bool, int]]:
    return lambda bundle_id: (bundle_id not in preferred, bundle_id)


def _answer(door: Door, bundle: Json, outcomes: Outcomes) -> None:
    asked = [row["search_id"] for row in bundle["patients"] if row["status"] != "withdrawn"]
    responses = [
        {"search_id": search_id, "outcome": outcome}
        for search_id, outcome in zip(asked, outcomes(len(asked)), strict=True)
    ]
    try:
        answer = {"responses": responses, "channel": "email"}
        door.put(f"{BUNDLES}/{bundle['id']}/response", answer)
    except Refused as refused:
        if refused.slug != "already-answered":  # somebody has corrected it since
            raise


def _bundle(door: Door, bundle_id: int) -> Json:
    return door.get(f"{BUNDLES}/{bundle_id}")


def _left_in_peace(door: Door, cooling: Json) -> int:
    until = cooling["next_contactable_date"]
    therapists = door.batch(THERAPISTS, cooling["therapist_ids"])
    return sum(therapist["next_contactable_date"] == until for therapist in therapists)


def _all(size: int) -> list[str]:
    return ["accepted"] * size


def _one(size: int) -> list[str]:
    return ["accepted", "rejected_not_suitable", *["rejected_capacity"] * size][:size]


def _none(size: int) -> list[str]:
    return ["rejected_capacity"] * size
