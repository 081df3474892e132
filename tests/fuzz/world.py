"""A small town for the fuzzing: everything is there in every state, and it stays so.

The sample region's own people, brought in as they are in the demo. What requests use up – drafts,
silent practices, searching patients, parked events – each tide brings back.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import func, select, text

from communication_service.domain.answer_links import link_claim
from communication_service.gateways.imap import FetchedMail
from communication_service.storage.replies import Reply
from communication_service.storage.tables import Email
from communication_service.use_cases.contact_wishes import opt_out
from communication_service.use_cases.mailbox_reach import note_undeliverable
from communication_service.use_cases.receive_mail import receive_mail
from communication_service.use_cases.replies import dismiss_reply
from devstack.region import Region, patients, write_scraper_files
from devstack.region.therapists import therapists
from devstack.story.asking import BUNDLES, SEARCHES
from devstack.story.door import Json, Refused
from devstack.story.people import PATIENTS
from shared.contracts.event_types import PATIENT_EVENTS
from shared.db import Database, parked
from shared.events.envelope import Event
from tests.fuzz.platform import (
    COMMUNICATION,
    MATCHING,
    PATIENT,
    SERVICES,
    THERAPIST,
    Platform,
)

TOWN = Region("fuzz", ("52",), therapist_count=40, patient_count=30)
_PARKED_AT_LEAST = 10
_NEWCOMERS = 4
_NEW_PATIENTS = 14  # the last eight of any number do not qualify
_DRAFTS_AT_LEAST = 5
_OPT_OUTS_EACH_TIDE = 3
_REPLIES_EACH_TIDE = 6
_GONE = 1_000_000
_SMALLEST = 3
_EVENT_IDS = UUID("5b0f7a53-8d0c-4bb0-9d3a-6a3f0e1f7f6d")  # a name space of their own, any value

_MAILS_EACH_TIDE = 4
_MAY_BE_WRITTEN_TO = """
    SELECT id, email FROM therapists WHERE status = 'aktiv' AND email <> ''
    ORDER BY md5(id::text || :tide) LIMIT :count
"""
_WEEKS_LATER = (
    """UPDATE mailbox_block SET during = 'empty', quiet = NULL,
        next_contactable_date = next_contactable_date - 60""",
    "UPDATE mailbox SET next_contactable_date = next_contactable_date - 60",
)
_CALLS_EACH_TIDE, _CALLS_AT_MOST = 4, 100
_MAY_BE_CALLED = """
    SELECT therapist_id FROM therapist_snapshot t JOIN mailbox m ON m.id = t.mailbox_id
    WHERE t.status = 'aktiv' AND NOT t.deleted AND NOT t.opted_out AND t.has_phone
        AND m.next_contactable_date IS NULL
    ORDER BY md5(therapist_id::text) LIMIT :count
"""
_ON_ITS_WAY = """
    UPDATE therapeutenanfrage SET state = 'sending', version = version + 1,
        sends_at = clock_timestamp() + interval '1 day', expires_at = NULL
    WHERE id = :id
"""


class World:
    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._patients = platform.door(PATIENT, "staff")
        self._matching = platform.door(MATCHING, "staff")
        # One for all tides: an engine keeps its connection until the very end.
        self._as_matching_owner = platform.databases.engine(platform.databases.owner_url(MATCHING))
        self._as_therapist_owner = platform.databases.engine(
            platform.databases.owner_url(THERAPIST)
        )
        self._tides = 0

    def begin(self) -> None:
        write_scraper_files(self._platform.folder, TOWN)
        self._add_patients(TOWN)
        self._platform.let_work_be_done()
        drafts = self._drafts(14)
        self._change_minds(drafts[:2])
        self._send(drafts[2:])
        self._answer_some()
        self._leave_the_hunt()
        self._finish_tide()

    def tide(self) -> None:
        """Weeks pass, new people come, practices are asked and some answer."""
        self._tides += 1
        self._let_weeks_pass()
        self._add_patients(self._newcomers())
        _write_scrape(self._platform, self._newcomers(), self._tides)
        self._platform.let_work_be_done()
        self._drop_stale_drafts()
        if len(self._bundles("draft")) < _DRAFTS_AT_LEAST:
            self._drafts(_DRAFTS_AT_LEAST)
        self._send(self._drafts(1))
        self._answer_some(at_most=1)
        self._change_minds([one for one in self._bundles("draft") if _may_leave(one)][:2])
        self._finish_tide()

    def _finish_tide(self) -> None:
        self._plan_calls()
        self._write_mails()
        for service in SERVICES:
            self._park_events(service)
        self._opt_out()
        self._write_back()
        self._platform.let_work_be_done()

    def _newcomers(self) -> Region:
        return replace(
            TOWN,
            name=f"fuzz {self._tides}",
            seed=self._tides,
            therapist_count=_NEWCOMERS,
            patient_count=_NEW_PATIENTS,
        )

    def _add_patients(self, region: Region) -> None:
        """They begin to search at once, as far as that is allowed; the last two do not."""
        bodies = patients(region, datetime.now(UTC).date())
        made = [self._patients.post(PATIENTS, body)["id"] for body in bodies]
        for patient_id in made[:-2]:
            self._search(patient_id)

    def _search(self, patient_id: int) -> None:
        try:
            self._matching.post(SEARCHES, {"patient_id": patient_id, "requested_contacts": 100})
        except Refused as refused:
            if refused.slug != "not-qualified":
                raise

    def _drafts(self, count: int) -> list[Json]:
        made: list[Json] = self._matching.post(f"{BUNDLES}/create", {"max_bundles": count})[
            "bundles"
        ]
        return made

    def _drop_stale_drafts(self) -> None:
        """Those whose patients have found a place or left can never be sent."""
        for draft in self._bundles("draft"):
            if not _may_leave(draft):
                self._matching.post(f"{BUNDLES}/{draft['id']}/cancel", {})

    def _send(self, bundles: Sequence[Json]) -> None:
        for bundle in bundles:
            self._matching.post(f"{BUNDLES}/{bundle['id']}/send", {})
        self._platform.let_work_be_done()

    def _change_minds(self, drafts: Sequence[Json]) -> None:
        """The first is cancelled; the others are on their way and may still be called back."""
        for cancelled in drafts[:1]:
            self._matching.post(f"{BUNDLES}/{cancelled['id']}/cancel", {})
        with self._as_matching_owner.begin() as owner:
            for recallable in drafts[1:]:
                owner.execute(text(_ON_ITS_WAY), {"id": recallable["id"]})

    def _answer_some(self, at_most: int = 4) -> None:
        """The first two accept everybody, and so some patients twice; the third rejects."""
        outcomes = ("accepted", "accepted", "rejected_capacity", "rejected_not_suitable")
        for bundle, outcome in zip(self._bundles("sent")[:at_most], outcomes, strict=False):
            asked = [r["search_id"] for r in bundle["patients"] if r["status"] == "pending"]
            responses = [{"search_id": one, "outcome": outcome} for one in asked]
            path = f"{BUNDLES}/{bundle['id']}/response"
            self._matching.put(path, {"responses": responses, "channel": "phone"})
        self._platform.let_work_be_done()

    def _leave_the_hunt(self) -> None:
        active = [search["id"] for search in self._matching.every(SEARCHES, status="active")]
        today = datetime.now(UTC).date()
        later = (today + timedelta(days=30)).isoformat()
        for search_id, move in zip(active, _moves(later), strict=False):
            self._matching.post(f"{SEARCHES}/{search_id}/transitions", move)
        [in_sessions, *_] = self._matching.every(SEARCHES, status="in_sessions")
        success = {
            "to": "successful",
            "first_meeting_on": today.isoformat(),
            "sessions_held": 2,
            "patient_continues": True,
        }
        self._matching.post(f"{SEARCHES}/{in_sessions['id']}/transitions", success)

    def _bundles(self, state: str) -> list[Json]:
        return list(self._matching.every(BUNDLES, state=state))

    def _let_weeks_pass(self) -> None:
        """All contacts and answers so far are history: every practice may be asked again."""
        with self._as_matching_owner.begin() as owner:
            for statement in _WEEKS_LATER:
                owner.execute(text(statement))

    def _plan_calls(self) -> None:
        """To practices that may be contacted, about old requests; half of them have begun."""
        calls = self._platform.door(COMMUNICATION, "staff")
        planned = len(list(calls.every("/api/v2/phone-calls", status="scheduled")))
        count = _CALLS_EACH_TIDE if planned < _CALLS_AT_MOST else 0
        with self._as_matching_owner.connect() as owner:
            known = owner.scalars(text(_MAY_BE_CALLED), {"count": count}).all()
        for number, therapist_id in enumerate(known):
            body = {"therapist_id": therapist_id, "placement_request_ids": [1, 2]}
            try:
                call = calls.post("/api/v1/phone-calls", body)
            except Refused as refused:
                if "Kein freier Termin" not in str(refused):
                    raise
                return  # as many calls as the calendar holds
            if number % 2 == 0:
                calls.post(f"/api/v2/phone-calls/{call['id']}/start", {})

    def _write_mails(self) -> None:
        """As old clients do and by hand; every second one waits for somebody to release it."""
        mails = self._platform.door(COMMUNICATION, "staff")
        seekers = [one["id"] for one in self._patients.every(PATIENTS)][-_MAILS_EACH_TIDE:]
        wanted = {"count": _MAILS_EACH_TIDE, "tide": str(self._tides)}
        with self._as_therapist_owner.connect() as owner:
            practices = owner.execute(text(_MAY_BE_WRITTEN_TO), wanted).all()
        for number, (therapist_id, address) in enumerate(practices):
            requests = [self._request(patient_id, therapist_id) for patient_id in seekers]
            body = {
                "therapist_id": therapist_id,
                "subject": "Anfrage",
                "body_html": "<p>Haben Sie einen Platz?</p>",
                "recipient_email": address,
                "recipient_name": "Praxis",
                "status": ("QUEUED", "DRAFT")[number % 2],
                "placement_request_ids": requests[:2] if number else [],
            }
            mails.post("/api/v1/emails", body)
            by_hand = {"therapist_id": therapist_id, "subject": "Dank", "text": "vielen Dank."}
            mails.post("/api/v2/emails", by_hand)

    def _request(self, patient_id: int, therapist_id: int) -> int:
        asked = {"patient_id": patient_id, "therapist_id": therapist_id}
        return int(self._matching.post("/api/v1/placement-requests", asked)["id"])

    def _opt_out(self) -> None:
        """Of therapists who are gone, so that nobody is lost to the others."""
        database: Database = self._platform.apps[COMMUNICATION].extensions["door"].database
        first, now = _GONE + _OPT_OUTS_EACH_TIDE * self._tides, datetime.now(UTC)
        with database.transaction() as session:
            for therapist_id in range(first, first + _OPT_OUTS_EACH_TIDE):
                opt_out(session, link_claim(1, therapist_id, "", 1, now), now)

    def _write_back(self) -> None:
        """Somebody writes, and is dismissed; and an address turns out to be none."""
        door = self._platform.apps[COMMUNICATION].extensions["door"]
        now, sealer = datetime.now(UTC), door.wiring.sealer
        with door.database.transaction() as session:
            for number in range(_REPLIES_EACH_TIDE):
                raw = f"Subject: {self._tides} {number}\r\n\r\nLeider kein Platz".encode()
                receive_mail(session, FetchedMail(number, raw, now), sealer, now)
        with door.database.transaction() as session:
            newest = select(Reply.id).order_by(Reply.id.desc()).limit(_REPLIES_EACH_TIDE // 2)
            for reply_id in session.scalars(newest).all():
                dismiss_reply(session, reply_id, "Rückfrage", actor="fuzz", now=now)
            for mail in session.scalars(select(Email).where(Email.therapist_id > 0).limit(3)):
                note_undeliverable(session, mail, f"{self._tides}-{mail.id}", "5.1.1", now)

    def _park_events(self, service: str) -> None:
        """Events that failed, each of a key of its own."""
        database: Database = self._platform.apps[service].extensions["door"].database
        with database.transaction() as session:
            there = session.scalar(select(func.count()).select_from(parked)) or 0
            missing = range(there, _PARKED_AT_LEAST)
            rows = [_parked_row(f"{service} {self._tides} {number}") for number in missing]
            if rows:
                session.execute(parked.insert(), rows)


def _may_leave(draft: Json) -> bool:
    return bool(draft["bundle_size"] >= _SMALLEST or draft["size_exception"])


def _moves(later: str) -> Iterator[Json]:
    yield {"to": "paused", "resume_date": later}
    yield {"to": "abandoned", "end_reason": "found_place_elsewhere"}


def _parked_row(key: str) -> Json:
    now = datetime.now(UTC)
    data = {"patient_id": 1, "version": 1}
    event_id = uuid5(_EVENT_IDS, key)
    event = Event(event_id, "patient.updated", PATIENT_EVENTS, key, "patient-service", now, data)
    return {
        "topic": event.topic,
        "key": key,
        "event_id": event_id,
        "body": event.to_body(),
        "error": "KeyError",
        "attempts": 1,
        "parked_at": now,
        "next_attempt_at": now + timedelta(days=1),
    }


def _write_scrape(platform: Platform, region: Region, number: int) -> None:
    stamp = datetime(2026, 11, 2, 3, tzinfo=UTC) + timedelta(minutes=number)
    document = {
        "timestamp": stamp.isoformat(),
        "scrape_id": f"fuzz-{number}",
        "additions": therapists(region),
        "modifications": [],
        "deletions": [],
    }
    name = f"therapists_{stamp:%Y%m%d_%H%M%S}.json"
    (platform.folder / name).write_text(json.dumps(document))
