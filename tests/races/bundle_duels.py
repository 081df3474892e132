"""Who meets whom over searches and the bundles they are in."""

from datetime import UTC, datetime

from tests.races import deeds
from tests.races.view import Duel, View, duel_of, outcomes_of, searches_of

_LARGEST, _SMALLEST = 6, 3
_TRIED = 8  # of many searches one that enough drafts want


def open_searches(view: View) -> Duel | None:
    if len(view.board.searches) > view.searches_at_most:
        return None
    idle = view.some("patient", view.board.idle_patients, 1)
    patient = (
        idle[0].id if idle and view.chance.random() < 0.7 else view.newcomers(view.quietest_town())
    )
    contacts = view.chance.choice([1, 2, 4, 6, 8])
    return duel_of([deeds.open_search(patient, contacts)] * 3, patient=[patient])


def request_contacts(view: View) -> Duel | None:
    for search in view.searches(1, "active", left=0):
        wanted = deeds.more_contacts(search.id, view.chance.choice([1, 3]))
        return duel_of([wanted], search=[search.id])
    return None


def pause(view: View) -> Duel | None:
    for search in view.searches(1, "active"):
        pausing = deeds.move(search.id, "pause", "paused")
        contact = deeds.more_contacts(search.id, 1)
        return duel_of([pausing, pausing, contact], search=[search.id])
    return None


def resume(view: View) -> Duel | None:
    for search in view.searches(1, "paused"):
        return duel_of([deeds.move(search.id, "resume", "active")] * 2, search=[search.id])
    return None


def abandon(view: View) -> Duel | None:
    enough = len(view.board.searches) > view.searches_at_most * 0.85
    for search in view.searches(1, view.chance.choice(["active", "paused"])) if enough else ():
        ending = deeds.move(search.id, "abandon", "abandoned", end_reason="other")
        again = deeds.open_search(search.patient, view.chance.choice([2, 4, 6]))
        requests = [ending, ending, again]
        return duel_of(requests, search=[search.id], patient=[search.patient])
    return None


def end_sessions(view: View) -> Duel | None:
    for search in view.searches(1, "in_sessions"):
        today = datetime.now(UTC).date().isoformat()
        succeed = deeds.move(
            search.id,
            "succeed",
            "successful",
            first_meeting_on=today,
            sessions_held=2,
            patient_continues=True,
        )
        fail = deeds.move(search.id, "fail a trial", "active", end_reason="trial_failed")
        first, second = view.chance.choice([(fail, succeed), (fail, succeed), (succeed, fail)])
        return duel_of([first, second, first], search=[search.id])
    return None


def exclude(view: View) -> Duel | None:
    """While somebody adds the search to the therapist's draft, or asks by hand for it."""
    if view.chance.random() < 0.5:
        for draft in view.inquiries(1, "draft"):
            for search in view.any_searches(1, draft.town, searches_of(draft)):
                excluding = deeds.exclude(search, draft.therapist)
                adding = deeds.edit(draft, add=[search])
                return duel_of(
                    [excluding, adding, adding], mailbox=[draft.mailbox], search=[search]
                )
    for therapist in view.mailboxes(1):
        for search in view.any_searches(1, therapist.town):
            excluding, asking = deeds.exclude(search, therapist.id), deeds.assign(therapist, search)
            return duel_of(
                [excluding, asking, asking], mailbox=[therapist.mailbox], search=[search]
            )
    return None


def exclude_the_asked(view: View) -> Duel | None:
    for inquiry in view.inquiries(1, "draft", "sending"):
        search = view.chance.choice(searches_of(inquiry))
        rival = (
            deeds.act(inquiry, "send")
            if inquiry.state == "draft"
            else deeds.answer(inquiry, outcomes_of(view, inquiry))
        )
        return duel_of([deeds.exclude(search, inquiry.therapist), rival], mailbox=[inquiry.mailbox])
    return None


def allow_again(view: View) -> Duel | None:
    for one in view.some("search", view.board.exclusions, 1, by="search"):
        return duel_of([deeds.allow(one.search, one.therapist)] * 2, search=[one.search])
    return None


def edit(view: View) -> Duel | None:
    for draft in view.inquiries(1, "draft"):
        inside = searches_of(draft)
        joining = view.any_searches(2, draft.town, inside)
        edits = [deeds.edit(draft, add=[one]) for one in joining if len(inside) < _LARGEST]
        if len(inside) > 1:
            edits.append(deeds.edit(draft, remove=[view.chance.choice(inside)]))
        return duel_of(edits, mailbox=[draft.mailbox]) if len(edits) > 1 else None
    return None


def spend_the_last_contacts(view: View) -> Duel | None:
    """More of them want the search in their drafts than it has contacts left."""
    left = view.chance.choice([1, 1, 2])
    for search in view.searches(_TRIED, "active", left=left):
        drafts = [
            one
            for one in view.board.inquiries
            if (one.state, one.town) == ("draft", search.town)
            and search.id not in searches_of(one)
            and len(one.rows or ()) < _LARGEST
            and ("mailbox", one.mailbox) not in view.busy
        ]
        rivals = view.chance.sample(drafts, min(left + 2, len(drafts)))
        if len(rivals) > left:
            edits = [deeds.edit(one, add=[search.id]) for one in rivals]
            return duel_of(edits, search=[search.id], mailbox=[one.mailbox for one in rivals])
    return None


def create(view: View) -> Duel | None:
    for therapist in view.mailboxes(1):
        fitting = [
            one for one in view.colleagues(therapist) if len(view.candidates(one)) >= _SMALLEST
        ]
        if not fitting:
            return None
        rivals = view.chance.choices(fitting, k=3)
        size = view.chance.choice([3, 3, 4])
        requests = [
            deeds.create(
                "create a bundle",
                {one.id: one.mailbox},
                therapist_ids=[one.id],
                max_size=size,
                send=view.chance.random() < 0.2,
            )
            for one in rivals[:2]
        ]
        if view.chance.random() < 0.3:
            requests += [deeds.assign(rivals[2], *view.any_searches(1, therapist.town))]
        return duel_of(requests, mailbox=[therapist.mailbox])
    return None


def preview(view: View) -> Duel | None:
    found = [
        one for one in view.mailboxes(2) if len(view.any_searches(_SMALLEST, one.town)) == _SMALLEST
    ]
    if not found:
        return None
    mailboxes = {one.id: one.mailbox for one in found}
    wanted = deeds.preview(mailboxes, lambda plan: view.plans.append((plan, mailboxes)))
    return duel_of([wanted], mailbox=mailboxes.values())


def create_previewed(view: View) -> Duel | None:
    if not view.plans:
        return None
    plan, mailboxes = view.plans.pop()
    creating = deeds.create("create a previewed bundle", mailboxes, plan_id=plan)
    return duel_of([creating] * 2, mailbox=mailboxes.values())


def wave(view: View) -> Duel | None:
    found = [
        one for one in view.mailboxes(6) if len(view.any_searches(_SMALLEST, one.town)) == _SMALLEST
    ]
    if len(found) < 2:
        return None
    everybody = {one.id: one.mailbox for first in found[:3] for one in view.colleagues(first)}
    requests = [
        deeds.create("create a wave", everybody, therapist_ids=list(everybody), max_size=3),
        deeds.create("create a wave", everybody, therapist_ids=list(everybody), max_size=4),
    ]
    return duel_of(requests, mailbox=everybody.values())


def send(view: View) -> Duel | None:
    for draft in view.inquiries(1, "draft"):
        sending, cancelling = deeds.act(draft, "send"), deeds.act(draft, "cancel")
        ready = len(draft.rows) >= _SMALLEST or draft.small
        pairs = [[sending, sending]] * 3 + [[sending, cancelling]] if ready else []
        return duel_of(view.chance.choice(pairs or [[cancelling] * 2]), mailbox=[draft.mailbox])
    return None


def recall(view: View) -> Duel | None:
    sending = [one for one in view.inquiries(9, "sending") if one.recallable]
    for inquiry in sending[:1]:
        calling = deeds.act(inquiry, "recall")
        answering = deeds.answer(inquiry, outcomes_of(view, inquiry))
        requests = [calling, calling, *([answering] if view.chance.random() < 0.4 else [])]
        return duel_of(requests, mailbox=[inquiry.mailbox])
    return None
