"""Everything that somebody may ask of matching in a race, and what its answer says about it.

An answer wins a mark where it has done what only one of several may do, and loses one where it was
refused, or turned into something else, because somebody has. Marks are an invariant and the thing
that it is about; who lost one while another won it has met a true collision.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from tests.races.rules import Given, Outcomes

Json = dict[str, Any]
BUNDLES, SEARCHES, STAFF = "/api/v2/therapist-bundles", "/api/v2/patient-searches", "/api/v2/staff"
PLACEMENTS, PERMITS = "/api/v1/placement-requests", "/api/v2/contact-permits"


class Invariant(StrEnum):
    COOLING = "no contact while cooling"
    PERMIT = "no permit used after an answer"
    QUIET = "one unsolicited mail in seven days"
    ACCEPTANCE = "one acceptance per search"
    SEARCH = "one unfinished search per patient"
    BUDGET = "contacts within the budget"
    MAILBOX = "one open inquiry per mailbox"
    EXCLUSION = "no excluded therapist is asked"
    ANSWER = "one answer per inquiry"
    VERSION = "nobody overwrites what he has not seen"
    SEARCH_MOVE = "only legal moves of a search"
    INQUIRY_MOVE = "only legal moves of an inquiry"
    CONFLICT = "one decision per conflict"
    OVERRIDE = "one override per cooling"


Mark = tuple[Invariant, Any]
_I = Invariant


@dataclass
class Verdict:
    """`refused`: the problem's slug, or why nothing came of it; empty when it succeeded."""

    refused: str = ""
    wins: list[Mark] = field(default_factory=list)
    losses: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def slug(self) -> str:
        """v1 has no slugs."""
        return str(self.body.get("type", self.status)).removeprefix("/problems/")

    @property
    def codes(self) -> set[str]:
        entries = [*self.body.get("errors", ()), *self.body.get("unmet", ())]
        return {one["code"] for one in entries}


Judge = Callable[[Answer, Given], Verdict]


@dataclass(frozen=True)
class Request:
    kind: str
    method: str
    path: str
    judge: Judge
    body: Json | None = None
    if_match: int | None = None
    role: str = "staff"


def judged(
    wins: Collection[Mark] = (), losses: Mapping[str, Collection[Mark]] | None = None
) -> Judge:
    """`losses` by the slug, or the code of a field or point, that stands for the invariant."""

    def judge(answer: Answer, _given: Given) -> Verdict:
        if answer.is_success:
            return Verdict(wins=list(wins))
        reasons = {answer.slug, *answer.codes}
        lost = [mark for why, marks in (losses or {}).items() if why in reasons for mark in marks]
        return Verdict(answer.slug, losses=lost)

    return judge


def open_search(patient: int, contacts: int) -> Request:
    mark = (_I.SEARCH, patient)
    body = {"patient_id": patient, "requested_contacts": contacts}
    judge = judged([mark], {"active-search-exists": [mark]})
    return Request("open a search", "POST", SEARCHES, judge, body)


def more_contacts(search: int, count: int) -> Request:
    judge = judged(losses={"search-not-active": [(_I.SEARCH_MOVE, search)]})
    path = f"{SEARCHES}/{search}/contact-requests"
    return Request("request contacts", "POST", path, judge, {"requested_count": count})


def move(search: int, kind: str, to: str, **facts: Any) -> Request:
    mark = (_I.SEARCH_MOVE, search)
    judge = judged([mark], {"illegal-transition": [mark]})
    return Request(kind, "POST", f"{SEARCHES}/{search}/transitions", judge, {"to": to, **facts})


def exclude(search: int, therapist: int) -> Request:
    judge = judged([(_I.EXCLUSION, (search, therapist))])
    body = {"therapist_id": therapist, "reason": "kennt sie"}
    path = f"{SEARCHES}/{search}/exclude-therapist"
    return Request("exclude a therapist", "PUT", path, judge, body)


def allow(search: int, therapist: int) -> Request:
    path = f"{SEARCHES}/{search}/exclude-therapist/{therapist}"
    return Request("allow a therapist again", "DELETE", path, judged())


def preview(therapists: Collection[int], keep: Callable[[str], None]) -> Request:
    """`keep` is given the plan's id when the plan has a bundle."""

    def judge(answer: Answer, _given: Given) -> Verdict:
        if not answer.is_success:
            return Verdict(answer.slug)
        if answer.body["bundles"]:
            keep(answer.body["plan_id"])
        return Verdict()

    body = {"therapist_ids": list(therapists)}
    return Request("preview bundles", "POST", f"{BUNDLES}/preview", judge, body)


def create(kind: str, mailboxes: Mapping[int, int], **order: Any) -> Request:
    """`mailboxes` by therapist. Without a bundle it is no success."""
    about = {"open_inquiry": _I.MAILBOX, "cooling": _I.COOLING}

    def judge(answer: Answer, _given: Given) -> Verdict:
        if not answer.is_success:
            return Verdict(answer.slug)
        made, skipped = answer.body["bundles"], answer.body["skipped"]
        taken = [(_I.MAILBOX, mailboxes.get(one["therapist_id"])) for one in made]
        spent = [(_I.BUDGET, row["search_id"]) for one in made for row in one["patients"]]
        lost = [
            (about[one["reason"]], mailboxes.get(one["therapist_id"]))
            for one in skipped
            if one["reason"] in about
        ]
        refused = "" if made else "skipped: " + ",".join(sorted({s["reason"] for s in skipped}))
        return Verdict(refused, [*taken, *spent], lost)

    return Request(kind, "POST", f"{BUNDLES}/create", judge, order)


def edit(inquiry: Any, *, add: Collection[int] = (), remove: Collection[int] = ()) -> Request:
    version = (_I.VERSION, inquiry.id)
    losses = {
        "stale": [version],
        "budget_used": [(_I.BUDGET, one) for one in add],
        "excluded": [(_I.EXCLUSION, (one, inquiry.therapist)) for one in add],
        "not_active": [(_I.SEARCH_MOVE, one) for one in add],
        "illegal-transition": [(_I.INQUIRY_MOVE, inquiry.id)],
    }
    judge = judged([version, *((_I.BUDGET, one) for one in add)], losses)
    body = {"add": list(add), "remove": list(remove)}
    path = f"{BUNDLES}/{inquiry.id}"
    return Request("edit a draft", "PATCH", path, judge, body, if_match=inquiry.version)


def act(inquiry: Any, verb: str) -> Request:
    """`verb`: send, recall or cancel."""
    mark = (_I.INQUIRY_MOVE, inquiry.id)
    losses = {
        "illegal-transition": [mark],
        "cooling-active": [(_I.COOLING, inquiry.mailbox)],
        "contact-too-soon": [(_I.QUIET, inquiry.mailbox)],
    }
    path = f"{BUNDLES}/{inquiry.id}/{verb}"
    return Request(f"{verb} a bundle", "POST", path, judged([mark], losses))


def answer(inquiry: Any, outcomes: Outcomes, channel: str = "phone") -> Request:
    body = _response(outcomes, channel)
    wins: list[Mark] = [
        *_cooled(inquiry.mailbox),
        (_I.ANSWER, inquiry.id),
        (_I.INQUIRY_MOVE, inquiry.id),
    ]
    losses = {
        "already-answered": [(_I.ANSWER, inquiry.id)],
        "not-sent": [(_I.INQUIRY_MOVE, inquiry.id)],
        "illegal-transition": [(_I.INQUIRY_MOVE, inquiry.id)],
    }
    judge = _of_answer(inquiry.id, outcomes, judged(wins, losses))
    path = f"{BUNDLES}/{inquiry.id}/response"
    return Request("record an answer", "PUT", path, judge, body)


def correct(inquiry: Any, outcomes: Outcomes) -> Request:
    mark = (_I.VERSION, inquiry.id)
    body = {**_response(outcomes, "phone"), "correction": {"reason": "verhört"}}
    judge = _of_answer(inquiry.id, outcomes, judged([mark], {"stale": [mark]}))
    path = f"{BUNDLES}/{inquiry.id}/response"
    return Request("correct an answer", "PUT", path, judge, body, if_match=inquiry.version)


def _response(outcomes: Outcomes, channel: str) -> Json:
    given = [{"search_id": search, "outcome": outcome} for search, outcome in outcomes.items()]
    return {"responses": given, "channel": channel}


def _of_answer(inquiry: int, outcomes: Outcomes, judge: Judge) -> Judge:
    """Who was accepted has the place, or is in conflict; what was recorded must never be lost."""

    def judged_by_rows(answer: Answer, given: Given) -> Verdict:
        verdict = judge(answer, given)
        if answer.is_success:
            bundle = answer.body["bundle"]
            given.answers[inquiry, bundle["version"]] = outcomes
            for row in bundle["patients"]:
                mark = (_I.ACCEPTANCE, row["search_id"])
                if row["status"] == "accepted":
                    verdict.wins += [mark, (_I.SEARCH_MOVE, row["search_id"])]
                elif row["status"] == "conflict":
                    verdict.losses.append(mark)
        return verdict

    return judged_by_rows


def assign(therapist: Any, search: int, *, despite_cooling: bool = False) -> Request:
    mailbox = (_I.MAILBOX, therapist.mailbox)
    losses = {
        "open-inquiry": [mailbox],
        "cooling-active": [(_I.COOLING, therapist.mailbox)],
        "contact-too-soon": [(_I.QUIET, therapist.mailbox)],
        "search-not-active": [(_I.SEARCH_MOVE, search)],
        "excluded": [(_I.EXCLUSION, (search, therapist.id))],
    }
    body: Json = {"therapist_id": therapist.id, "search_id": search, "reason": "fragt nach"}
    if despite_cooling:
        body["override_cooling"] = {"reason": "hat angerufen"}
    kind = "assign despite cooling" if despite_cooling else "assign by hand"
    judge = judged([mailbox, (_I.BUDGET, search)], losses)
    return Request(kind, "POST", f"{STAFF}/manual-assignment", judge, body)


def override(cooling: int, reason: str) -> Request:
    mark = (_I.OVERRIDE, cooling)
    judge = judged([mark], {"illegal-transition": [mark]})
    path = f"{STAFF}/cooling-periods/{cooling}/override"
    return Request("override a cooling", "POST", path, judge, {"reason": reason})


def resolve(conflict: int, resolution: str, notes: str) -> Request:
    mark = (_I.CONFLICT, conflict)
    judge = judged([mark], {"illegal-transition": [mark]})
    body = {"resolution": resolution, "notes": notes}
    path = f"{STAFF}/conflicts/{conflict}/resolve"
    return Request("resolve a conflict", "POST", path, judge, body)


def permit(therapist: Any, purpose: str, inquiry: int | None = None) -> Request:
    mailbox = therapist.mailbox
    losses = {
        "contact-too-soon": [(_I.QUIET, mailbox)],
        "cooling-active": [(_I.COOLING, mailbox)],
        "illegal-transition": [(_I.INQUIRY_MOVE, inquiry)] if inquiry else [],
    }
    wins = [] if purpose == "call" else [(_I.QUIET, mailbox)]
    body = {"therapist_id": therapist.id, "purpose": purpose, "inquiry_id": inquiry}
    judge = judged(wins, losses)
    return Request("ask for a permit", "POST", PERMITS, judge, body, role="service")


def claim(permit: Any) -> Request:
    judge = judged(losses={"illegal-transition": [(_I.PERMIT, permit.mailbox)]})
    return Request("claim a permit", "POST", f"{PERMITS}/{permit.id}/claim", judge, role="service")


def place(patient: int, therapist: Any, status: str = "offen") -> Request:
    wins = [] if status == "offen" else _cooled(therapist.mailbox)
    body = {"patient_id": patient, "therapist_id": therapist.id, "status": status}
    return Request(f"v1 create, {status}", "POST", PLACEMENTS, judged(wins), body)


def answer_place(request: Any, status: str) -> Request:
    def judge(answer: Answer, given: Given) -> Verdict:
        mark = (_I.ANSWER, f"v1 {request.id}")
        if not answer.is_success:
            return Verdict(answer.slug, losses=[mark] if answer.status == 409 else [])
        given.requests[request.id] = request.patient, status
        return Verdict(wins=[mark, *_cooled(request.mailbox)])

    return Request(f"v1 {status}", "PUT", f"{PLACEMENTS}/{request.id}", judge, {"status": status})


def _cooled(mailbox: int) -> list[Mark]:
    return [(_I.COOLING, mailbox), (_I.PERMIT, mailbox)]
