"""Who meets whom over contacts, answers, and what follows from them."""

from tests.races import deeds
from tests.races.board import Row
from tests.races.view import (
    ACCEPTED,
    Duel,
    View,
    duel_of,
    other_outcomes,
    outcomes_of,
    still_waiting_in,
)


def answer(view: View) -> Duel | None:
    """The same answer twice and another one, and whoever wants to write to the practice."""
    for inquiry in view.inquiries(1, "sending", "sent"):
        first, other = (deeds.answer(inquiry, outcomes_of(view, inquiry)) for _ in range(2))
        therapist = Row(id=inquiry.therapist, mailbox=inquiry.mailbox)
        reminding = deeds.permit(therapist, "call", inquiry.id)
        return duel_of([first, reminding, other, first], mailbox=[inquiry.mailbox])
    return None


def accept_twice(view: View) -> Duel | None:
    waiting = [one for one in view.board.inquiries if one.state in ("sending", "sent")]
    free = [one for one in waiting if one.rows and ("mailbox", one.mailbox) not in view.busy]
    by_search: dict[int, list[Row]] = {}
    for inquiry in free:
        for search in still_waiting_in(inquiry):
            by_search.setdefault(search, []).append(inquiry)
    contested = {one: who for one, who in by_search.items() if len(who) > 1}
    if not contested:
        return None
    most = max(len(who) for who in contested.values())
    search = view.chance.choice([one for one, who in contested.items() if len(who) == most])
    rivals = view.chance.sample(contested[search], min(4, most))
    answers = [
        deeds.answer(one, {**outcomes_of(view, one), search: ACCEPTED}, "email") for one in rivals
    ]
    return duel_of(answers, mailbox=[one.mailbox for one in rivals])


def ask_for_permits(view: View) -> Duel | None:
    rows = [one for one in view.board.therapists if not one.cooling and not one.quiet]
    for therapist in view.some("mailbox", rows, 1, by="mailbox"):
        requests = [
            deeds.permit(view.chance.choice(view.colleagues(therapist)), purpose)
            for purpose in ("v1_batch", "v1_batch", "call")
        ]
        return duel_of(requests, mailbox=[therapist.mailbox])
    return None


def claim_against_answer(view: View) -> Duel | None:
    """The practice answers while a mail or a call to it is about to be made: rather a request of
    v1, since inquiries are rare and wanted elsewhere."""
    waiting = [one for one in view.board.inquiries if one.state in ("sending", "sent") and one.rows]
    answers = {one.mailbox: deeds.answer(one, outcomes_of(view, one)) for one in waiting}
    for request in view.board.requests:
        answers[request.mailbox] = deeds.answer_place(request, "abgelehnt")
    permits = [one for one in view.board.permits if one.mailbox in answers]
    for permit in view.some("mailbox", permits, 1, by="mailbox"):
        unused = [one for one in permits if one.mailbox == permit.mailbox]
        claims = [deeds.claim(one) for one in unused[:3]]
        if len(claims) < 3 and view.chance.random() < 0.5:
            claims.append(claims[0])
        return duel_of([answers[permit.mailbox], *claims], mailbox=[permit.mailbox])
    return None


def claim(view: View) -> Duel | None:
    for permit in view.some("mailbox", view.board.permits, 1, by="mailbox"):
        return duel_of([deeds.claim(permit)] * 2, mailbox=[permit.mailbox])
    return None


def place(view: View) -> Duel | None:
    """v1 asks two practices for one patient; now and then it notes an answer at once."""
    for search in view.searches(1, "active"):
        here = [one for one in view.board.therapists if one.town == search.town]
        therapists = view.some("mailbox", here, 2, by="mailbox")
        status = view.chance.choice(["offen"] * 6 + ["angenommen", "abgelehnt"])
        requests = [deeds.place(search.patient, one, status) for one in therapists]
        mailboxes = [one.mailbox for one in therapists]
        return duel_of(requests, search=[search.id], mailbox=mailboxes) if requests else None
    return None


def answer_v1(view: View) -> Duel | None:
    for request in view.some("request", view.board.requests, 1):
        first, second = view.chance.choice(
            [("angenommen", "abgelehnt"), ("abgelehnt", "angenommen")]
        )
        statuses = [first, second]
        requests = [deeds.answer_place(request, one) for one in statuses]
        return duel_of(requests, request=[request.id], mailbox=[request.mailbox])
    return None


def accept_twice_in_v1(view: View) -> Duel | None:
    searching = {one.patient for one in view.board.searches if one.status == "active"}
    by_patient: dict[int, list[Row]] = {}
    for request in view.board.requests:
        if ("request", request.id) not in view.busy and request.patient in searching:
            by_patient.setdefault(request.patient, []).append(request)
    contested = [who for who in by_patient.values() if len(who) > 1]
    if not contested:
        return None
    rivals = view.chance.choice(contested)[:3]
    answers = [deeds.answer_place(one, "angenommen") for one in rivals]
    return duel_of(answers, request=[one.id for one in rivals])


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
        return duel_of([answering, *rivals], mailbox=mailbox, request=[request.id])
    return None


def correct(view: View) -> Duel | None:
    rows = [one for one in view.board.answered if one.rows]
    for inquiry in view.some("answered", rows, 1):
        requests = [deeds.correct(inquiry, other_outcomes(view, inquiry)) for _ in range(3)]
        return duel_of(requests, answered=[inquiry.id])
    return None


def override(view: View) -> Duel | None:
    for cooling in view.some("cooling", view.board.coolings, 1):
        requests = [deeds.override(cooling.id, f"Anruf {number}") for number in range(3)]
        return duel_of(requests, cooling=[cooling.id], mailbox=[cooling.mailbox])
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
        return duel_of(requests, conflict=[conflict.id])
    return None


def assign_despite_cooling(view: View) -> Duel | None:
    for therapist in view.mailboxes(1, cooling=True):
        for search in view.any_searches(1, therapist.town):
            rivals = [*view.colleagues(therapist), therapist][:2]
            requests = [deeds.assign(one, search, despite_cooling=True) for one in rivals]
            return duel_of(requests, mailbox=[therapist.mailbox])
    return None
