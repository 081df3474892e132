"""What a well-formed request still lacks to be sensible: rules between its fields and the world.

JSON Schema cannot say them. Everything else about a request stays as it was generated.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from patient_service.domain.patient import ALIASES
from tests.fuzz.residents import Residents

Json = dict[str, Any]

_ONE_PLACE = (
    ("plz", "lat", "lon"),
    ("origin", "origin_lat", "origin_lon"),
    ("destination", "destination_lat", "destination_lon"),
    ("patient_address", "patient_lat", "patient_lon"),
)
_SCHEDULES = {
    "availability_schedule",
    "zeitliche_verfuegbarkeit",
    "telefonische_erreichbarkeit",
    "working_hours",
}
_ONLY_AROUND_A_SEARCH = {"within_km", "therapist_id", "search_id"}
_SAID_BY_OTHERS = {"next_contactable_date", "last_contact_date", "delisted_on"}
_PEOPLE = {"patient_id", "therapist_id"}
_WHEN = {"scheduled_date", "scheduled_time", "duration_minutes"}
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WEEK = ("monday", "dienstag", "mi", "thursday", "freitag")


class Sense:
    """Makes sense of what was generated, for one operation at a time."""

    def __init__(self, residents: Residents) -> None:
        self._residents = residents

    def of_query(self, query: Mapping[str, Any], service: str) -> Json:
        made = {name: value for name, value in query.items() if name != "cursor"}
        if "service" in made:
            made["service"] = service.replace("_", "-")
        if "address" in made:
            made["address"] = self._address()
        if "purpose" in made:
            made["purpose"] = "inquiry"  # at any moment few bundles are an occasion for another
        for name in ("origin_plz", "destination_plz"):
            if name in made:
                made[name] = self._residents.one("plz")
        if "plz_prefix" in made:
            made["plz_prefix"] = "52"
        if "from" in made and "to" in made:
            made["from"], made["to"] = sorted((made["from"], made["to"]))
        return made

    def of_search_or_region(self, sent: Json, asked: frozenset[str]) -> Json:
        """Therapists are looked for around a search or at a postcode, where it may be either."""
        if not {"search_id", "plz_prefix"} <= asked:
            return sent
        if "search_id" in sent or "plz_prefix" not in sent:
            sent.pop("plz_prefix", None)
            return {**sent, "search_id": self._residents.one("search_id")}
        return {name: one for name, one in sent.items() if name not in _ONLY_AROUND_A_SEARCH}

    def of_places(self, sent: Json, asked: frozenset[str]) -> Json:
        """One of an address and both coordinates, where the operation asks for a place."""
        if asked == {"lat", "lon"}:
            return {"lat": _near(sent["lat"], 50.7), "lon": _near(sent["lon"], 6.2)}
        for name, latitude, longitude in _ONE_PLACE:
            if not {name, latitude, longitude} <= asked:
                continue
            if latitude in sent and longitude in sent:
                sent.pop(name, None)
                continue
            sent.pop(latitude, None)
            sent.pop(longitude, None)
            sent[name] = self._residents.one("plz") if name == "plz" else self._address()
        return sent

    def of_body(self, path: str, body: Json, ids: Mapping[str, Any]) -> Json:
        body = self._inhabited(body, path.rpartition("/")[2])
        for suffix, complete in self._completions().items():
            if path.endswith(suffix):
                body = complete(body, ids)
        return body

    def _completions(self) -> dict[str, Callable[[Json, Mapping[str, Any]], Json]]:
        person = {
            f"/{people}{tail}": complete
            for people, one, complete in (
                ("patients", "/{patient_id}", _patient),
                ("therapists", "/{therapist_id}", _therapist),
            )
            for tail in ("", one)
        }
        return {
            **person,
            "/transitions": self._move,
            "/response": self._answer,
            "/phone-calls": _planned_call,
            "/phone-calls/{call_id}": _changed_call,
            "/complete": _call_in_vain,
            "/emails": self._mail,
            "/emails/{email_id}": self._mail_report,
            "/emails/{email_id}/batches": self._batch,
            "/email-batches/{email_batch_id}": self._batch_report,
            "/confirm": self._confirmation,
            "/therapist-bundles/preview": self._order,
            "/therapist-bundles/create": self._order,
            "/contact-permits": self._permit,
            "/manual-assignment": self._assignment,
            "/placement-requests": _placement,
            "/placement-requests/{request_id}": _placement,
            "/feature-flags/{name}": _switched_on,
            "/merge": self._merger,
            "/merge/preview": self._merger,
            "/contacts": _past_moment,
            "/places/locate": lambda _, __: {"address": self._address()},
            "/patient-searches": self._search,
            "/likely-duplicates": lambda body, _: _reachable(body),
            "/retry": lambda body, _: body if len(body) != 1 else {},
            "/distances": self._pairs,
            "/places/batch-get": lambda _, __: {"ids": self._residents.some("plz", 20)},
            "/find-therapists": self._nearby,
        }

    def _mail(self, body: Json, _ids: Mapping[str, Any]) -> Json:
        """To the therapist's own address, from ours, about requests to nobody else."""
        if "body_html" not in body:
            return body
        therapist = body["therapist_id"]
        body = {name: one for name, one in body.items() if name != "sender_email"}
        if "placement_request_ids" in body:
            body["placement_request_ids"] = self._residents.requests_to(therapist)
        return {**body, "recipient_email": self._residents.address_of(therapist) or "a@b.de"}

    def _mail_report(self, body: Json, ids: Mapping[str, Any]) -> Json:
        """Of a mail that is out: an answer, now. Of others nothing can have been answered."""
        report = {name: one for name, one in body.items() if not name.startswith("response_")}
        if len(report) == len(body) or not self._residents.is_out("email_id", ids.get("email_id")):
            return report
        return {**report, "response_received": True}

    def _batch(self, body: Json, ids: Mapping[str, Any]) -> Json:
        waiting = self._residents.requests_that_may_join(ids.get("email_id", 0))
        return {**body, "placement_request_id": min(waiting, default=1)}

    def _batch_report(self, body: Json, ids: Mapping[str, Any]) -> Json:
        if self._residents.is_out("email_batch_id", ids.get("email_batch_id")):
            return body
        return {name: one for name, one in body.items() if name != "response_outcome"}

    def _address(self) -> str:
        return f"Markt 1, {self._residents.one('plz')} Aachen"

    def _inhabited(self, value: Any, purpose: str) -> Any:
        """Ids of somebody who is there in the place of any number."""
        if isinstance(value, list):
            return [self._inhabited(one, purpose) for one in value]
        if not isinstance(value, dict):
            return value
        return {
            name: self._residents.one(name, purpose) or inner
            if name in {"patient_id", "therapist_id", "search_id"}
            and isinstance(inner, int | float)
            else self._inhabited(inner, purpose)
            for name, inner in value.items()
        }

    def _move(self, body: Json, ids: Mapping[str, Any]) -> Json:
        today = datetime.now(UTC).date()
        status = self._residents.status_of(ids.get("search_id", 0))
        body = {**body, "to": _NEXT.get(status or "", {}).get(body["to"], body["to"])}
        if "resume_date" in body:
            body["resume_date"] = (today + timedelta(days=3)).isoformat()
        if body["to"] == "successful":
            body |= {"first_meeting_on": today.isoformat(), "patient_continues": True}
            body["sessions_held"] = max(1, body.get("sessions_held", 1))
        if body["to"] == "abandoned":
            body["end_reason"] = "withdrew"
        if body["to"] == "active" and status == "in_sessions":
            body["end_reason"] = "no_show"
        return body

    def _answer(self, body: Json, ids: Mapping[str, Any]) -> Json:
        outcomes = body["responses"]
        asked = self._residents.pending_searches(ids.get("bundle_id", 0))
        responses = [
            {**outcomes[number % len(outcomes)], "search_id": search_id}
            for number, search_id in enumerate(asked)
        ]
        once = {one["search_id"]: one for one in outcomes}
        body = {**body, "responses": responses or list(once.values())}
        if "responded_at" in body:
            body["responded_at"] = datetime.now(UTC).isoformat()
        return body

    def _confirmation(self, body: Json, _ids: Mapping[str, Any]) -> Json:
        bundle_id = self._residents.one("inquiry_id") or body.get("bundle_id", 1)
        return {**self._answer(body, {"bundle_id": bundle_id}), "bundle_id": bundle_id}

    def _order(self, body: Json, _ids: Mapping[str, Any]) -> Json:
        if body.get("min_size", 3) > body.get("max_size", 6):
            body["min_size"], body["max_size"] = body["max_size"], body["min_size"]
        if "therapist_ids" in body:
            body["therapist_ids"] = self._residents.some("therapist_id", 10)
        if "plan_id" in body:
            body["plan_id"] = str(self._residents.one("plan_id") or body["plan_id"])
        if "plz_prefix" in body:
            body["plz_prefix"] = "52"
        return body

    def _search(self, body: Json, _ids: Mapping[str, Any]) -> Json:
        """Most patients here would not qualify."""
        return {"override": {"reason": "Rücksprache"}, **body}

    def _permit(self, body: Json, _ids: Mapping[str, Any]) -> Json:
        therapist = self._residents.one("therapist_id", "permit")
        body = {**body, "therapist_id": therapist or body["therapist_id"]}
        if body.get("inquiry_id") is not None:
            body["inquiry_id"] = self._residents.one("inquiry_id")
        return body

    def _assignment(self, body: Json, _ids: Mapping[str, Any]) -> Json:
        return {**body, **self._residents.assignable()}

    def _merger(self, body: Json, ids: Mapping[str, Any]) -> Json:
        others = set(self._residents.some("therapist_id", 10, "delete"))
        others -= {ids.get("therapist_id")}
        return {**body, "duplicate_id": min(others, default=body["duplicate_id"])}

    def _pairs(self, body: Json, _ids: Mapping[str, Any]) -> Json:
        place = frozenset(_ONE_PLACE[0])
        pairs = [{n: self.of_places(end, place) for n, end in p.items()} for p in body["pairs"]]
        return {**body, "pairs": pairs}

    def _nearby(self, body: Json, _ids: Mapping[str, Any]) -> Json:
        return self.of_places(body, frozenset(_ONE_PLACE[3]))


_NEXT = {
    "active": {"active": "paused", "in_sessions": "paused", "successful": "abandoned"},
    "paused": {"paused": "active", "in_sessions": "active", "successful": "abandoned"},
    "in_sessions": {"paused": "successful", "in_sessions": "successful"},
}


def _near(degrees: float | str, place: float) -> float:
    """Somewhere within ten kilometres of the place."""
    return round(place + (float(degrees) % 1) / 10, 6)


def _patient(body: Json, _ids: Mapping[str, Any]) -> Json:
    for alias in ALIASES:
        if alias.old in body:
            body.pop(alias.new, None)
    body = _reachable(_past_days(_week(body)))
    return {**body, "geburtsdatum": "1980-05-17"} if body.get("geburtsdatum") else body


def _therapist(body: Json, _ids: Mapping[str, Any]) -> Json:
    youngest, oldest = body.get("age_min"), body.get("age_max")
    if youngest and oldest and youngest > oldest:
        body["age_min"], body["age_max"] = oldest, youngest
    if body.get("kein_kontakt"):
        body["kein_kontakt"] = _past_days(body["kein_kontakt"])
    mine = {name: one for name, one in body.items() if name not in _SAID_BY_OTHERS}
    return _reachable(_past_days(_week(mine)))


def _placement(body: Json, ids: Mapping[str, Any]) -> Json:
    """A request stays with its people."""
    changeable = body if "request_id" not in ids else {n: body[n] for n in body if n not in _PEOPLE}
    return _past_days(changeable)


def _switched_on(body: Json, _ids: Mapping[str, Any]) -> Json:
    """Switched off, nobody would make a bundle any more."""
    return {**body, "enabled": True, "rollout_percentage": 100}


def _call_in_vain(body: Json, _ids: Mapping[str, Any]) -> Json:
    """Answers would have to be about everybody of its bundle, and these calls have none."""
    return {
        **{name: one for name, one in body.items() if name == "notes"},
        "outcome": "not_reached",
    }


def _planned_call(body: Json, _ids: Mapping[str, Any]) -> Json:
    """On one of the coming days; a time of day is of some day."""
    if "scheduled_date" not in body:
        return {name: one for name, one in body.items() if name != "scheduled_time"}
    coming = datetime.now(UTC).date() + timedelta(days=1 + int(body["scheduled_date"][-2:]))
    return {**body, "scheduled_date": coming.isoformat()}


def _changed_call(body: Json, ids: Mapping[str, Any]) -> Json:
    """Only what is planned can be moved."""
    if body.get("status", "scheduled") == "scheduled":
        return _planned_call(body, ids)
    return {name: one for name, one in body.items() if name not in _WHEN}


def _past_moment(body: Json, _ids: Mapping[str, Any]) -> Json:
    return {**body, "at": datetime.now(UTC).isoformat()} if "at" in body else body


def _past_days(body: Json) -> Json:
    """Of this century, and over: after anybody's birth."""
    days = {n: one for n, one in body.items() if isinstance(one, str) and _DAY.fullmatch(one)}
    return {**body, **{name: f"20{int(one[2:4]) % 25:02}-05-17" for name, one in days.items()}}


def _reachable(body: Json) -> Json:
    phones = {name: "0221 4710123" for name in ("telefon", "fax") if body.get(name)}
    names = {n: f"A{body[n]}"[:100] for n in ("vorname", "nachname") if body.get(n)}
    return {**body, **phones, **names}


def _week(body: Json) -> Json:
    """No day twice and no slot that overlaps; the spellings stay mixed."""
    for name, value in body.items():
        if name in _SCHEDULES and isinstance(value, dict):
            days = list(value.values())
            body[name] = {
                day: [_slot(hour, slot) for hour, slot in enumerate(slots[:10], start=8)]
                for day, slots in zip(_WEEK, days, strict=False)
            }
    return body


def _slot(hour: int, slot: Any) -> Any:
    start, end = f"{hour:02}:00", f"{hour:02}:50"
    return {"start": start, "end": end} if isinstance(slot, dict) else f"{start}-{end}"
