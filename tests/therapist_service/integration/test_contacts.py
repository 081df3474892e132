"""Who spoke with a therapist, and who decided what about asking one."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.contracts.event_types import EVENT_TYPES, dump
from shared.db import Database
from shared.events.consumer import Consumer
from shared.events.envelope import Event
from shared.events.postgres_transport import PostgresTransport
from shared.events.rebuild import rebuild
from tests.issuer import Issuer
from therapist_service.config import Config
from therapist_service.consumers import HANDLERS
from therapist_service.wiring import Wiring

THERAPISTS = "/api/v2/therapists"


@pytest.fixture
def kim(api: FlaskClient) -> str:
    """The path of a therapist."""
    created = api.post(THERAPISTS, json={"vorname": "Kim", "nachname": "Lee"}).json or {}
    return f"{THERAPISTS}/{created['id']}"


def _read(api: FlaskClient, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = api.get(path).json or {}
    return answer


def _change(api: FlaskClient, path: str, **changes: Any) -> None:
    etag = api.get(path).headers["ETag"]
    assert api.patch(path, json=changes, headers={"If-Match": etag}).status_code == 200


def _mail(email_id: int, therapist_id: int | None, at: str, **more: Any) -> Event:
    data = {"email_id": email_id, "purpose": "inquiry", "at": at, "therapist_id": therapist_id}
    data |= more
    return _event("communication.email_sent", **data)


def _event(event_type: str, **data: Any) -> Event:
    """Of bundle 7."""
    body = dump(event_type, {"version": 1, "bundle_id": 7, **data})
    topic, now = EVENT_TYPES[event_type].topic, datetime.now(UTC)
    return Event(uuid4(), event_type, topic, "7", "/somebody", now, body)


def _call(call_id: int, moment: str, at: str, **data: Any) -> Event:
    who = {"call_id": call_id, "attempt": 1, "at": at}
    return _event(f"communication.call_{moment}", **who, **data)


def _answer(therapist_id: int, at: str, **data: Any) -> Event:
    stands = {"state": "answered", "bundle_size": 3, "search_ids": [1, 2, 3]}
    said = {"response_type": "partial", "response_channel": "portal", "responded_at": at}
    known = {**stands, **said, "corrected": False, "therapist_id": therapist_id}
    return _event("bundle.responded", **{**known, **data})


@pytest.fixture
def hear(config: Config, own_database: Database, wiring: Wiring) -> Any:
    transport = PostgresTransport(config.database_url, HANDLERS.topics)
    consumer = Consumer(own_database, transport, HANDLERS, wiring)

    def run(*events: Event) -> None:
        transport.append(events)
        assert consumer.run_once() == len(events)

    yield run
    transport.close()


def test_a_contact_moves_the_date_of_the_latest_forward_and_never_back(
    api: FlaskClient, kim: str
) -> None:
    said = [
        {"channel": "phone", "direction": "outgoing", "at": "2026-05-01T08:00:00Z"},
        {"channel": "phone", "direction": "incoming", "at": "2026-04-01T08:00:00Z", "note": "ja"},
        {"channel": "email", "direction": "incoming", "at": "2026-03-31T22:30:00Z"},
        {"channel": "in_person", "direction": "outgoing", "at": "2026-02-01T08:00:00Z"},
        {"channel": "letter", "direction": "outgoing", "at": "2026-06-01T08:00:00Z"},
    ]

    recorded = [api.post(f"{kim}/contacts", json=one) for one in said]

    assert [one.status_code for one in recorded] == [201] * 5
    known, listed = _read(api, kim), _read(api, f"{kim}/contacts")
    assert known["letzter_kontakt_telefon"] == "2026-05-01"
    assert known["letzter_kontakt_email"] == "2026-04-01", "a day of Berlin"
    assert known["letztes_persoenliches_gespraech"] == "2026-02-01"
    assert [one["at"][:7] for one in listed["data"]] == [
        *("2026-06", "2026-05", "2026-04", "2026-03", "2026-02")
    ]
    assert listed["data"][2] == recorded[1].json
    assert (listed["data"][2]["note"], listed["data"][2]["recorded_by"]) == ("ja", "staff1")
    page = _read(api, f"{kim}/contacts?limit=3")
    rest = _read(api, f"{kim}/contacts?limit=3&cursor={page['next']}")
    assert page["data"] + rest["data"] == listed["data"]
    assert (page["total"], rest["next"]) == (5, None)


def test_a_contact_without_a_time_is_one_of_now_and_the_same_key_records_it_once(
    api: FlaskClient, kim: str
) -> None:
    said, key = {"channel": "phone", "direction": "incoming"}, {"Idempotency-Key": "call-1"}

    first, again = (api.post(f"{kim}/contacts", json=said, headers=key) for _ in range(2))

    assert first.json == again.json
    at = datetime.fromisoformat((first.json or {})["at"])
    assert datetime.now(UTC) - at < timedelta(minutes=5)
    assert _read(api, f"{kim}/contacts")["total"] == 1


def test_a_contact_of_the_future_or_with_nobody_is_refused(
    api: FlaskClient, kim: str, issuer: Issuer
) -> None:
    said = {"channel": "phone", "direction": "incoming"}
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()

    future = api.post(f"{kim}/contacts", json={**said, "at": ahead})
    wordless = api.post(f"{kim}/contacts", json={"channel": "fax"})
    nobody = api.post(f"{THERAPISTS}/4711/contacts", json=said)
    service = api.post(f"{kim}/contacts", json=said, headers=issuer.bearer("service"))

    [error] = (future.json or {})["errors"]
    assert (error["field"], error["code"]) == ("at", "in_the_future")
    assert {e["field"] for e in (wordless.json or {})["errors"]} == {"channel", "direction"}
    assert (nobody.status_code, service.status_code) == (404, 403)
    assert api.get(f"{THERAPISTS}/4711/contacts").status_code == 404
    assert _read(api, f"{kim}/contacts")["data"] == []


def test_a_mail_that_somebody_wrote_is_logged_with_who_it_was(
    api: FlaskClient, kim: str, hear: Any
) -> None:
    kim_id = _read(api, kim)["id"]

    hear(_mail(12, kim_id, "2026-05-01T08:00:00Z", actor="staff7"))
    hear(_mail(13, kim_id, "2026-05-02T08:00:00Z"))

    ours, by_hand = _read(api, f"{kim}/contacts")["data"]
    assert (by_hand["actor"], ours["actor"]) == ("staff7", None)


def test_a_mail_that_went_out_is_logged_once_however_often_it_is_told(
    api: FlaskClient, kim: str, hear: Any
) -> None:
    kim_id = _read(api, kim)["id"]
    may, april = "2026-05-01T08:00:00Z", "2026-04-01T08:00:00Z"

    hear(_mail(12, kim_id, may), _mail(12, kim_id, may), _mail(13, None, may), _mail(14, 4711, may))
    hear(_mail(12, kim_id, may), _mail(11, kim_id, april))

    logged = _read(api, f"{kim}/contacts")["data"]
    assert [(one["ref"], one["channel"], one["direction"]) for one in logged] == [
        ("email:12", "email", "outgoing"),
        ("email:11", "email", "outgoing"),
    ]
    assert _read(api, kim)["letzter_kontakt_email"] == "2026-05-01"


def test_a_mail_to_a_therapist_who_was_merged_is_the_survivors(
    api: FlaskClient, kim: str, neighbour: Any, hear: Any
) -> None:
    kim_id = _read(api, kim)["id"]
    body = {"vorname": "Kim", "nachname": "Lee-Muster"}
    gone = int((api.post(THERAPISTS, json=body).json or {})["id"])
    path = f"/api/v2/therapist-bundles?therapist_id={gone}&open=true"
    neighbour.answers[path] = lambda _: {"data": []}
    hear(_mail(11, gone, "2026-04-01T08:00:00Z"))
    merge = {"duplicate_id": gone, "reason": "derselbe"}
    assert api.post(f"{kim}/merge", json=merge).status_code == 200

    hear(_mail(11, gone, "2026-04-01T08:00:00Z"), _mail(12, gone, "2026-05-01T08:00:00Z"))

    logged = _read(api, f"{kim}/contacts")["data"]
    assert [(one["ref"], one["therapist_id"]) for one in logged] == [
        ("email:12", kim_id),
        ("email:11", kim_id),
    ]
    assert _read(api, kim)["letzter_kontakt_email"] == "2026-05-01"


def test_mails_calls_and_answers_are_one_log_that_says_what_when_and_by_whom(
    api: FlaskClient, kim: str, hear: Any
) -> None:
    kim_id = _read(api, kim)["id"]
    mail = {"email_id": 12, "therapist_id": kim_id, "reason": None}
    day = "2026-05-{:02}T08:00:00Z".format

    hear(
        _event("communication.email_sent", **mail, purpose="inquiry", at=day(1), actor=None),
        _call(5, "scheduled", day(2), therapist_id=kim_id, starts_at=day(9), reason="no_answer"),
        _call(
            *(5, "completed", day(3)),
            therapist_id=kim_id,
            outcome="not_reached",
            actor="staff2",
            answered=False,
            given_up=False,
        ),
        _call(
            *(6, "completed", day(4)),
            therapist_id=kim_id,
            outcome="call_back",
            actor="staff3",
            answered=False,
            given_up=False,
        ),
        _answer(kim_id, day(5), responded_by=f"therapist:{kim_id}"),
        _answer(kim_id, day(5), response_channel="phone", responded_by="staff4", corrected=True),
        _answer(kim_id, day(5), response_channel=None, responded_at=None),
    )
    api.post(f"{kim}/contacts", json={"channel": "letter", "direction": "incoming", "at": day(6)})
    unknown = {**mail, "email_id": 13, "purpose": "reminder"}
    hear(_event("communication.email_unknown", **unknown, at=day(7)))

    logged = _read(api, f"{kim}/contacts")["data"]
    said = ("kind", "channel", "direction", "detail", "actor", "ref")
    assert [tuple(one[name] for name in said) for one in reversed(logged)] == [
        ("email_sent", "email", "outgoing", "inquiry", None, "email:12"),
        ("call_scheduled", "phone", "outgoing", "no_answer", None, "phone_call:5"),
        ("call_not_reached", "phone", "outgoing", "not_reached", "staff2", "phone_call:5"),
        ("call_completed", "phone", "outgoing", "call_back", "staff3", "phone_call:6"),
        ("answered", "portal", "incoming", "partial", f"therapist:{kim_id}", "bundle:7"),
        ("noted", "letter", "incoming", None, "staff1", None),
        ("email_unknown", "email", "outgoing", "reminder", None, "email:13"),
        ("answer_corrected", "phone", "incoming", "partial", "staff4", "bundle:7"),
    ]


def test_only_what_happened_moves_the_date_of_the_latest_contact(
    api: FlaskClient, kim: str, hear: Any
) -> None:
    kim_id = _read(api, kim)["id"]
    call = {"therapist_id": kim_id, "answered": False, "given_up": False}
    unknown = {"email_id": 13, "therapist_id": kim_id, "purpose": "reminder"}
    at = "2026-05-01T08:00:00Z"

    hear(
        _call(5, "scheduled", at, therapist_id=kim_id, starts_at=at),
        _call(5, "completed", at, outcome="not_reached", **call),
        _event("communication.email_unknown", **unknown, at=at),
    )
    known = _read(api, kim)
    assert (known["letzter_kontakt_email"], known["letzter_kontakt_telefon"]) == (None, None)

    hear(_call(6, "completed", at, outcome="reached", **call), _mail(14, kim_id, at))
    known = _read(api, kim)
    assert known["letzter_kontakt_telefon"] == known["letzter_kontakt_email"] == "2026-05-01"


def test_an_event_that_comes_again_is_written_down_once(
    api: FlaskClient, kim: str, hear: Any, config: Config, wiring: Wiring
) -> None:
    kim_id = _read(api, kim)["id"]
    hear(
        _mail(12, kim_id, "2026-05-01T08:00:00Z"),
        _answer(kim_id, "2026-05-02T08:00:00Z", responded_by="staff1"),
        _answer(kim_id, "2026-05-02T08:00:00Z", responded_by="staff1", corrected=True),
        _answer(kim_id, "2026-05-02T08:00:00Z", responded_by="staff2", corrected=True),
    )
    before = _read(api, f"{kim}/contacts")

    rebuild("therapist_service", config, HANDLERS, wiring, None, print)

    assert _read(api, f"{kim}/contacts") == before
    assert before["total"] == 4


def test_who_blocked_freed_and_heard_an_opt_out_is_kept_with_when_and_why(
    api: FlaskClient, kim: str
) -> None:
    opt_out = {"date": "2026-11-01", "channel": "phone"}

    _change(api, kim, status="gesperrt", sperrgrund="Praxis geschlossen")
    _change(api, kim, status="aktiv")
    _change(api, kim, kein_kontakt=opt_out, kontakt_wieder_ab="2027-03-01")
    _change(api, kim, kein_kontakt=None, ort="Aachen")

    kept = _read(api, f"{kim}/history")["data"]
    assert [(one["field"], one["before"], one["after"]) for one in reversed(kept)] == [
        ("status", "aktiv", "gesperrt"),
        ("sperrgrund", None, "Praxis geschlossen"),
        ("status", "gesperrt", "aktiv"),
        ("sperrgrund", "Praxis geschlossen", None),
        ("kein_kontakt", None, opt_out),
        ("kontakt_wieder_ab", None, "2027-03-01"),
        ("kein_kontakt", opt_out, None),
    ]
    assert {one["actor"] for one in kept} == {"staff1"}
    assert all(one["at"].endswith("Z") for one in kept)


def test_what_is_written_down_cannot_be_rewritten_and_goes_with_its_therapist(
    api: FlaskClient, kim: str, neighbour: Any, database: Any
) -> None:
    api.post(f"{kim}/contacts", json={"channel": "phone", "direction": "incoming"})
    _change(api, kim, status="gesperrt")
    therapist_id = _read(api, kim)["id"]
    program = database.engine(database.url("therapist_service"))
    for statement in (
        "UPDATE contact_log SET note = 'anders'",
        "DELETE FROM contact_log",
        "UPDATE therapist_history SET actor = 'niemand'",
        "DELETE FROM therapist_history",
        "DELETE FROM merged_therapist",
    ):
        with pytest.raises(DBAPIError, match="permission denied"), program.begin() as session:
            session.execute(text(statement))
    path = f"/api/v2/therapist-bundles?therapist_id={therapist_id}&open=true"
    neighbour.answers[path] = lambda _: {"data": []}

    assert api.delete(kim).status_code == 204

    with program.connect() as session:
        left = "SELECT (SELECT count(*) FROM contact_log), (SELECT count(*) FROM therapist_history)"
        assert tuple(session.execute(text(left)).one()) == (0, 0)


@pytest.fixture
def wish(api: FlaskClient, kim: str, issuer: Issuer) -> Any:
    """As the communication service tells what Kim has said by a link."""
    own_words = {"X-Acting-User": "therapist:1"}

    def tell(path: str = kim, roles: tuple[str, ...] = ("service",), **wishes: Any) -> int:
        headers = {**issuer.bearer(*roles), **own_words}
        return api.post(f"{path}/contact-wishes", json=wishes, headers=headers).status_code

    return tell


NEVER = {"date": "2026-02-01", "channel": "portal"}


def test_a_wish_changes_what_was_wished_for_and_is_the_therapists_own(
    api: FlaskClient, kim: str, wish: Any
) -> None:
    assert wish(kontakt_wieder_ab="2030-03-01") == 204
    assert wish(kein_kontakt=NEVER) == 204

    stored = _read(api, kim)
    assert (stored["kontakt_wieder_ab"], stored["kein_kontakt"]) == ("2030-03-01", NEVER)
    [opted_out, later] = _read(api, f"{kim}/history")["data"]
    assert (opted_out["field"], opted_out["actor"]) == ("kein_kontakt", "therapist:1")
    assert (later["field"], later["actor"]) == ("kontakt_wieder_ab", "therapist:1")


def test_a_wish_that_is_told_twice_changes_nothing_the_second_time(
    api: FlaskClient, kim: str, wish: Any
) -> None:
    wish(kein_kontakt=NEVER)
    before = _read(api, kim)

    assert wish(kein_kontakt={"date": "2026-05-05", "channel": "email"}) == 204
    assert _read(api, kim) == before


def test_an_opt_out_can_be_taken_back(api: FlaskClient, kim: str, wish: Any) -> None:
    wish(kein_kontakt=NEVER)

    assert wish(kein_kontakt=None) == 204
    assert _read(api, kim)["kein_kontakt"] is None


def test_wishes_are_told_by_services_only_about_somebody_and_not_of_days_to_come(
    kim: str, wish: Any
) -> None:
    assert wish(roles=("staff", "admin"), kein_kontakt=NEVER) == 403
    assert wish(f"{THERAPISTS}/999", kein_kontakt=NEVER) == 404
    assert wish(kein_kontakt={"date": "2999-01-01", "channel": "portal"}) == 422
    assert wish(status="gesperrt") == 422
