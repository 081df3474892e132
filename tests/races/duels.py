"""Who meets whom: a few requests for the same thing, to be sent at the same moment.

A duel is chosen by what the board shows, and takes its things out of the game until the board has
been looked at again, so that most things are there when they are fought for.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime

from tests.races import deeds
from tests.races.board import Row
from tests.races.deeds import Request
from tests.races.rules import Outcomes
from tests.races.view import Duel, View

_LARGEST, _SMALLEST = 6, 3
_ACCEPTED, _FULL, _UNFIT = "accepted", "rejected_capacity", "rejected_not_suitable"


def _duel(requests: Collection[Request], **things: Iterable[int]) -> Duel:
    keys = {(table, one) for table, ids in things.items() for one in ids}
    return Duel(list(requests), frozenset(keys))


def open_searches(view: View) -> Duel | None:
    if len(view.board.searches) > view.searches_at_most:
        return None
    idle = view.some("patient", view.board.idle_patients, 1)
    patient = (
        idle[0].id if idle and view.chance.random() < 0.7 else view.newcomers(view.quietest_town())
    )
    contacts = view.chance.choice([1, 2, 4, 6, 8])
    return _duel([deeds.open_search(patient, contacts)] * 3, patient=[patient])


def request_contacts(view: View) -> Duel | None:
    for search in view.searches(1, "active", left=0):
        wanted = deeds.more_contacts(search.id, view.chance.choice([1, 3]))
        return _duel([wanted], search=[search.id])
    return None


def pause(view: View) -> Duel | None:
    for search in view.searches(1, "active"):
        pausing = deeds.move(search.id, "pause", "paused")
        contact = deeds.more_contacts(search.id, 1)
        return _duel([pausing, pausing, contact], search=[search.id])
    return None


def resume(view: View) -> Duel | None:
    for search in view.searches(1, "paused"):
        return _duel([deeds.move(search.id, "resume", "active")] * 3, search=[search.id])
    return None


def abandon(view: View) -> Duel | None:
    enough = len(view.board.searches) > view.searches_at_most * 0.85
    for search in view.searches(1, view.chance.choice(["active", "paused"])) if enough else ():
        ending = deeds.move(search.id, "abandon", "abandoned", end_reason="other")
        again = deeds.open_search(search.patient, 25)
        requests = [ending, ending, again]
        return _duel(requests, search=[search.id], patient=[search.patient])
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
        return _duel([first, second, first], search=[search.id])
    return None


def exclude(view: View) -> Duel | None:
    """While somebody adds the search to the therapist's draft, or asks by hand for it."""
    if view.chance.random() < 0.5:
        for draft in view.inquiries(1, "draft"):
            for search in view.any_searches(1, draft.town, _searches_of(draft)):
                excluding = deeds.exclude(search, draft.therapist)
                adding = deeds.edit(draft, add=[search])
                return _duel([excluding, adding, adding], mailbox=[draft.mailbox], search=[search])
    for therapist in view.mailboxes(1):
        for search in view.any_searches(1, therapist.town):
            excluding, asking = deeds.exclude(search, therapist.id), deeds.assign(therapist, search)
            return _duel([excluding, asking, asking], mailbox=[therapist.mailbox], search=[search])
    return None


def exclude_the_asked(view: View) -> Duel | None:
    for inquiry in view.inquiries(1, "draft", "sending"):
        search = view.chance.choice(_searches_of(inquiry))
        rival = (
            deeds.act(inquiry, "send")
            if inquiry.state == "draft"
            else deeds.answer(inquiry, _outcomes(view, inquiry))
        )
        return _duel([deeds.exclude(search, inquiry.therapist), rival], mailbox=[inquiry.mailbox])
    return None


def allow_again(view: View) -> Duel | None:
    for one in view.some("search", view.board.exclusions, 1, by="search"):
        return _duel([deeds.allow(one.search, one.therapist)] * 2, search=[one.search])
    return None


def edit(view: View) -> Duel | None:
    for draft in view.inquiries(1, "draft"):
        inside = _searches_of(draft)
        joining = view.any_searches(2, draft.town, inside)
        edits = [deeds.edit(draft, add=[one]) for one in joining if len(inside) < _LARGEST]
        if len(inside) > 1:
            edits.append(deeds.edit(draft, remove=[view.chance.choice(inside)]))
        return _duel(edits, mailbox=[draft.mailbox]) if len(edits) > 1 else None
    return None


def spend_the_last_contact(view: View) -> Duel | None:
    for search in view.searches(1, "active", left=1):
        drafts = [
            one
            for one in view.board.inquiries
            if (one.state, one.town) == ("draft", search.town)
            and search.id not in _searches_of(one)
            and len(one.rows or ()) < _LARGEST
            and ("mailbox", one.mailbox) not in view.busy
        ]
        rivals = view.chance.sample(drafts, min(3, len(drafts)))
        if len(rivals) > 1:
            edits = [deeds.edit(one, add=[search.id]) for one in rivals]
            return _duel(edits, search=[search.id], mailbox=[one.mailbox for one in rivals])
    return None


def create(view: View) -> Duel | None:
    for therapist in view.mailboxes(1):
        if len(view.any_searches(_SMALLEST, therapist.town)) < _SMALLEST:
            return None
        rivals = view.chance.choices(view.colleagues(therapist), k=3)
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
        return _duel(requests, mailbox=[therapist.mailbox])
    return None


def preview(view: View) -> Duel | None:
    found = [
        one for one in view.mailboxes(2) if len(view.any_searches(_SMALLEST, one.town)) == _SMALLEST
    ]
    if not found:
        return None
    mailboxes = {one.id: one.mailbox for one in found}
    wanted = deeds.preview(mailboxes, lambda plan: view.plans.append((plan, mailboxes)))
    return _duel([wanted], mailbox=mailboxes.values())


def create_previewed(view: View) -> Duel | None:
    if not view.plans:
        return None
    plan, mailboxes = view.plans.pop()
    creating = deeds.create("create a previewed bundle", mailboxes, plan_id=plan)
    return _duel([creating] * 2, mailbox=mailboxes.values())


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
    return _duel(requests, mailbox=everybody.values())


def send(view: View) -> Duel | None:
    for draft in view.inquiries(1, "draft"):
        sending, cancelling = deeds.act(draft, "send"), deeds.act(draft, "cancel")
        ready = len(draft.rows) >= _SMALLEST or draft.small
        pairs = [[sending, sending]] * 3 + [[sending, cancelling]] if ready else []
        return _duel(view.chance.choice(pairs or [[cancelling] * 2]), mailbox=[draft.mailbox])
    return None


def recall(view: View) -> Duel | None:
    sending = [one for one in view.inquiries(9, "sending") if one.recallable]
    for inquiry in sending[:1]:
        calling = deeds.act(inquiry, "recall")
        answering = deeds.answer(inquiry, _outcomes(view, inquiry))
        requests = [calling, calling, *([answering] if view.chance.random() < 0.4 else [])]
        return _duel(requests, mailbox=[inquiry.mailbox])
    return None


def answer(view: View) -> Duel | None:
    """The same answer twice and another one, and whoever wants to write to the practice."""
    for inquiry in view.inquiries(1, "sending", "sent"):
        first, other = (deeds.answer(inquiry, _outcomes(view, inquiry)) for _ in range(2))
        therapist = Row(id=inquiry.therapist, mailbox=inquiry.mailbox)
        reminding = deeds.permit(therapist, "call", inquiry.id)
        return _duel([first, reminding, other, first], mailbox=[inquiry.mailbox])
    return None


def accept_twice(view: View) -> Duel | None:
    waiting = [one for one in view.board.inquiries if one.state in ("sending", "sent")]
    free = [one for one in waiting if one.rows and ("mailbox", one.mailbox) not in view.busy]
    by_search: dict[int, list[Row]] = {}
    for inquiry in free:
        for search in _searches_of(inquiry):
            by_search.setdefault(search, []).append(inquiry)
    contested = {one: who for one, who in by_search.items() if len(who) > 1}
    if not contested:
        return None
    most = max(len(who) for who in contested.values())
    search = view.chance.choice([one for one, who in contested.items() if len(who) == most])
    rivals = view.chance.sample(contested[search], min(4, most))
    answers = [
        deeds.answer(one, {**_outcomes(view, one), search: _ACCEPTED}, "email") for one in rivals
    ]
    return _duel(answers, mailbox=[one.mailbox for one in rivals])


def ask_for_permits(view: View) -> Duel | None:
    rows = [one for one in view.board.therapists if not one.cooling and not one.quiet]
    for therapist in view.some("mailbox", rows, 1, by="mailbox"):
        requests = [
            deeds.permit(view.chance.choice(view.colleagues(therapist)), purpose)
            for purpose in ("v1_batch", "v1_batch", "call")
        ]
        return _duel(requests, mailbox=[therapist.mailbox])
    return None


def claim_against_answer(view: View) -> Duel | None:
    """The practice answers while a mail or a call to it is about to be made."""
    answers = {one.mailbox: deeds.answer_place(one, "abgelehnt") for one in view.board.requests}
    for inquiry in view.board.inquiries:
        if inquiry.state in ("sending", "sent") and inquiry.rows:
            answers[inquiry.mailbox] = deeds.answer(inquiry, _outcomes(view, inquiry))
    permits = [one for one in view.board.permits if one.mailbox in answers]
    for permit in view.some("mailbox", permits, 1, by="mailbox"):
        unused = [one for one in permits if one.mailbox == permit.mailbox]
        claims = [deeds.claim(one) for one in unused[:3]]
        if len(claims) < 3 and view.chance.random() < 0.5:
            claims.append(claims[0])
        return _duel([answers[permit.mailbox], *claims], mailbox=[permit.mailbox])
    return None


def claim(view: View) -> Duel | None:
    for permit in view.some("mailbox", view.board.permits, 1, by="mailbox"):
        return _duel([deeds.claim(permit)] * 2, mailbox=[permit.mailbox])
    return None


def place(view: View) -> Duel | None:
    """v1 asks two practices for one patient; now and then it notes an answer at once."""
    for search in view.searches(1, "active"):
        here = [one for one in view.board.therapists if one.town == search.town]
        therapists = view.some("mailbox", here, 2, by="mailbox")
        status = view.chance.choice(["offen"] * 6 + ["angenommen", "abgelehnt"])
        requests = [deeds.place(search.patient, one, status) for one in therapists]
        mailboxes = [one.mailbox for one in therapists]
        return _duel(requests, search=[search.id], mailbox=mailboxes) if requests else None
    return None


def answer_v1(view: View) -> Duel | None:
    for request in view.some("request", view.board.requests, 1):
        first, second = view.chance.choice(
            [("angenommen", "abgelehnt"), ("abgelehnt", "angenommen")]
        )
        statuses = [first, second]
        requests = [deeds.answer_place(request, one) for one in statuses]
        return _duel(requests, request=[request.id], mailbox=[request.mailbox])
    return None


def accept_twice_in_v1(view: View) -> Duel | None:
    by_patient: dict[int, list[Row]] = {}
    for request in view.board.requests:
        if ("request", request.id) not in view.busy:
            by_patient.setdefault(request.patient, []).append(request)
    contested = [who for who in by_patient.values() if len(who) > 1]
    if not contested:
        return None
    rivals = view.chance.choice(contested)[:3]
    answers = [deeds.answer_place(one, "angenommen") for one in rivals]
    return _duel(answers, request=[one.id for one in rivals])


def contact_against_answer(view: View) -> Duel | None:
    """A practice without an open inquiry answers v1 while others want to write to it."""
    open_requests = {one.mailbox: one for one in view.board.requests}
    rows = [
        one
        for one in view.board.therapists
        if one.mailbox in open_requests and not one.asked and not one.cooling and not one.quiet
    ]
    for therapist in view.some("mailbox", rows, 1, by="mailbox"):
        request = open_requests[therapist.mailbox]
        rivals = [deeds.permit(therapist, "v1_batch"), deeds.permit(therapist, "call")]
        rivals += [deeds.assign(therapist, one) for one in view.any_searches(1, therapist.town)]
        status = view.chance.choice(["angenommen", "abgelehnt", "abgelehnt"])
        answering = deeds.answer_place(request, status)
        mailbox = [therapist.mailbox]
        return _duel([answering, *rivals], mailbox=mailbox, request=[request.id])
    return None


def correct(view: View) -> Duel | None:
    rows = [one for one in view.board.answered if one.rows]
    for inquiry in view.some("answered", rows, 1):
        requests = [deeds.correct(inquiry, _other_outcomes(view, inquiry)) for _ in range(3)]
        return _duel(requests, answered=[inquiry.id])
    return None


def override(view: View) -> Duel | None:
    for cooling in view.some("cooling", view.board.coolings, 1):
        requests = [deeds.override(cooling.id, f"Anruf {number}") for number in range(3)]
        return _duel(requests, cooling=[cooling.id], mailbox=[cooling.mailbox])
    return None


def resolve(view: View) -> Duel | None:
    for conflict in view.some("conflict", view.board.conflicts, 1):
        possible = ["therapist_informed", "moot", "moot"]
        if conflict.search_status in ("in_sessions", "active", "paused"):
            possible.append("swap")
        if conflict.search_status in ("in_sessions", "successful"):
            possible.append("keep")
        requests = [
            deeds.resolve(conflict.id, view.chance.choice(possible), f"Anruf {number}")
            for number in range(3)
        ]
        return _duel(requests, conflict=[conflict.id])
    return None


def assign_despite_cooling(view: View) -> Duel | None:
    for therapist in view.mailboxes(1, cooling=True):
        for search in view.any_searches(1, therapist.town):
            rivals = [*view.colleagues(therapist), therapist][:2]
            requests = [deeds.assign(one, search, despite_cooling=True) for one in rivals]
            return _duel(requests, mailbox=[therapist.mailbox])
    return None


def _searches_of(inquiry: Row) -> list[int]:
    return [search for search, _status, _outcome in inquiry.rows or ()]


def _outcomes(view: View, inquiry: Row) -> Outcomes:
    choices = [_ACCEPTED] * 2 + [_FULL] * 7 + [_UNFIT]
    return {one: view.chance.choice(choices) for one in _searches_of(inquiry)}


def _other_outcomes(view: View, inquiry: Row) -> Outcomes:
    """One patient's outcome is another one now."""
    stored = {search: outcome or _FULL for search, _status, outcome in inquiry.rows}
    changed = view.chance.choice(list(stored))
    other = (
        _FULL if stored[changed] == _ACCEPTED else view.chance.choice([_ACCEPTED, _UNFIT, _FULL])
    )
    return {**stored, changed: other}


DUELS: dict[Callable[[View], Duel | None], float] = {
    open_searches: 1.2,
    request_contacts: 0.8,
    pause: 0.4,
    resume: 1.0,
    abandon: 0.5,
    end_sessions: 0.7,
    exclude: 1.2,
    exclude_the_asked: 0.4,
    allow_again: 0.5,
    edit: 0.7,
    spend_the_last_contact: 1.0,
    create: 1.2,
    preview: 0.6,
    create_previewed: 0.6,
    wave: 0.3,
    send: 1.2,
    recall: 0.4,
    answer: 0.8,
    accept_twice: 1.2,
    ask_for_permits: 1.0,
    claim_against_answer: 1.0,
    claim: 0.3,
    place: 0.8,
    answer_v1: 0.5,
    accept_twice_in_v1: 0.2,
    contact_against_answer: 1.0,
    correct: 0.8,
    override: 0.8,
    resolve: 0.9,
    assign_despite_cooling: 0.3,
}
"""How many duels of each sort there should be, in proportion."""
