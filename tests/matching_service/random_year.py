"""An invented year of searches, inquiries and answers: the same objects for Python and for SQL."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, text

from shared.contracts.berlin import berlin_day
from tests.conftest import Database

NOW = datetime.now(UTC)
TODAY = berlin_day(NOW)
DIAGNOSES = ("F32.1", "F33", "F41.0", "F43.2", "F60.3", "F50.0", "E66.9", None)
ENDS = ("trial_failed", "no_show", "therapist_withdrew", "patient_declined")
OUTCOMES = ("accepted", "rejected_capacity", "rejected_not_suitable", "rejected_other")


@dataclass
class Patient:
    patient_id: int
    diagnose: str | None
    geburtsdatum: date | None
    geschlecht: str | None
    group_ok: bool
    only_group: bool
    plz: str | None
    versicherungsart: str | None
    deleted: bool
    version: int = 1


@dataclass
class Search:
    """`id` is its patient's, too."""

    id: int
    requested_at: datetime
    status: str = "active"
    accepted_at: datetime | None = None
    first_meeting_on: date | None = None
    therapy_starts_on: date | None = None
    success_date: datetime | None = None
    ended_at: datetime | None = None
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    actions: list[tuple[datetime, str]] = field(default_factory=list)


@dataclass
class Row:
    """`ended` is the reason, of an acceptance that came to nothing; it ended just now.
    `first_meeting_on`: the meeting that had been agreed on by then."""

    search_id: int
    outcome: str | None
    status: str
    accepted_at: datetime | None = None
    ended: str | None = None
    first_meeting_on: date | None = None
    withdrawn_at: datetime | None = None


@dataclass
class Inquiry:
    id: int
    therapist_id: int
    sent_date: datetime
    state: str
    response_date: datetime | None
    channel: str | None
    closed_at: datetime | None
    size_exception: str | None
    rows: list[Row]


@dataclass
class Request:
    """Of v1."""

    contacted_on: date | None
    status: str
    response_date: date | None


@dataclass
class Wave:
    created_at: datetime
    created: int
    skipped: dict[str, int]


@dataclass
class Year:
    patients: list[Patient]
    searches: list[Search]
    inquiries: list[Inquiry]
    requests: list[Request]
    waves: list[Wave]


def random_year(seed: int, patients: int = 60, inquiries: int = 90) -> Year:
    rng = Random(seed)
    people = [_patient(rng, number) for number in range(1, patients + 1)]
    searches = [Search(one.patient_id, _some_day(rng, 10, 420)) for one in people]
    asked = [_inquiry(rng, number, searches) for number in range(1, inquiries + 1)]
    _decide(rng, searches, asked)
    for search in searches:
        _let_run(rng, search)
    requests = [_request(rng) for _ in range(30)]
    waves = [
        Wave(_some_day(rng, 0, 420), rng.randint(0, 9), {"cooling": rng.randint(1, 9), "later": 2})
        for _ in range(12)
    ]
    return Year(people, searches, asked, requests, waves)


def _some_day(rng: Random, latest: int, earliest: int) -> datetime:
    """Often near midnight, when it is another day in Berlin than in UTC."""
    day = NOW - timedelta(days=rng.uniform(latest, earliest))
    return day.replace(hour=rng.choice((0, 9, 13, 21, 22, 23)), microsecond=0)


def _patient(rng: Random, number: int) -> Patient:
    born = date(1950, 3, 1) + timedelta(days=rng.randint(0, 24_000))
    return Patient(
        patient_id=number,
        diagnose=rng.choices(DIAGNOSES, (30, 15, 20, 15, 8, 3, 3, 6))[0],
        geburtsdatum=rng.choice((born, born, born, None)),
        geschlecht=rng.choices(("weiblich", "männlich", "divers", None), (60, 30, 3, 7))[0],
        group_ok=rng.random() < 0.4,
        only_group=rng.random() < 0.1,
        plz=rng.choice(("52062", "52070", "50667", "01067", None)),
        versicherungsart=rng.choices(("gesetzlich", "privat", None), (80, 12, 8))[0],
        deleted=rng.random() < 0.1,
    )


def _inquiry(rng: Random, number: int, searches: list[Search]) -> Inquiry:
    sent = _some_day(rng, 1, 400)
    size = rng.choice((1, 2, 3, 3, 4, 5, 6, 6))
    answered = rng.random() < 0.7
    response = min(sent + timedelta(days=rng.uniform(0, 20)), NOW) if answered else None
    closed = response or (sent + timedelta(days=rng.uniform(1, 28)))
    over = answered or closed < NOW
    rows = [_row(rng, search.id, sent, response) for search in rng.sample(searches, size)]
    v1 = rng.random() < 0.1
    return Inquiry(
        id=number,
        therapist_id=rng.randint(1, 12),
        sent_date=sent,
        state="answered" if answered else "closed" if over else "sent",
        response_date=response,
        channel=rng.choice(("email", "phone", "portal")) if answered else None,
        closed_at=closed if over else None,
        size_exception="cutover" if v1 else "thin_region" if size < 3 else None,
        rows=rows,
    )


def _row(rng: Random, search_id: int, sent: datetime, response: datetime | None) -> Row:
    if rng.random() < 0.1:
        return Row(search_id, None, "withdrawn", withdrawn_at=sent + timedelta(days=1))
    if response is None:
        return Row(search_id, None, "pending")
    outcome = rng.choices(OUTCOMES, (25, 30, 25, 20))[0]
    return Row(search_id, outcome, "accepted" if outcome == "accepted" else "rejected")


def _decide(rng: Random, searches: list[Search], inquiries: list[Inquiry]) -> None:
    """The first acceptance of a search has the place, or had it; later ones are conflicts."""
    taken: dict[int, Row] = {}
    for inquiry in sorted((i for i in inquiries if i.response_date), key=_answered_at):
        for row in (row for row in inquiry.rows if row.outcome == "accepted"):
            if row.search_id in taken:
                row.status = "conflict"
                continue
            row.accepted_at = inquiry.response_date
            row.ended = rng.choice((None, None, None, None, *ENDS))
            if row.ended is not None:
                agreed = TODAY + timedelta(days=rng.randint(-20, 5))
                row.first_meeting_on = rng.choice((agreed, agreed, None))
            else:
                taken[row.search_id] = row
                searches[row.search_id - 1].accepted_at = row.accepted_at


def _answered_at(inquiry: Inquiry) -> datetime:
    assert inquiry.response_date is not None
    return inquiry.response_date


def _let_run(rng: Random, search: Search) -> None:
    search.actions = [
        (search.requested_at + timedelta(days=rng.uniform(0, 9)), actor)
        for actor in rng.choices(("anna", "system", "communication-service", "bert"), k=3)
    ]
    if rng.random() < 0.3:
        paused = search.requested_at + timedelta(days=rng.uniform(0, 9))
        goes_on = search.accepted_at is None and rng.random() < 0.5
        search.pauses = [(paused, None if goes_on else paused + timedelta(days=rng.uniform(0, 9)))]
        search.status = "paused" if goes_on else "active"
    if search.accepted_at is None:
        if search.status == "active" and rng.random() < 0.3:
            search.status, search.ended_at = "abandoned", search.requested_at + timedelta(days=9.5)
        return
    met = berlin_day(search.accepted_at) + timedelta(days=rng.randint(0, 30))
    search.first_meeting_on = rng.choice((met, met, met, None))
    search.status = "in_sessions"
    if search.first_meeting_on and met < TODAY and rng.random() < 0.7:
        search.status = "successful"
        search.success_date = min(NOW, search.accepted_at + timedelta(days=30))
        starts = met + timedelta(days=rng.randint(0, 60))
        search.therapy_starts_on = rng.choice((starts, starts, None))


def _request(rng: Random) -> Request:
    contacted = berlin_day(_some_day(rng, 0, 400)) if rng.random() < 0.8 else None
    status = rng.choice(("offen", "in_bearbeitung", "abgelehnt", "angenommen"))
    answered = status in ("abgelehnt", "angenommen") and rng.random() < 0.8
    since = contacted or TODAY
    return Request(
        contacted, status, since + timedelta(days=rng.randint(0, 14)) if answered else None
    )


def write(database: Database, year: Year) -> None:
    """As the laws would have left it; triggers sleep, checks do not."""
    with database.engine(database.admin_url).begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL search_path = matching_service, extensions"))
        for patient in year.patients:
            _insert(connection, "patient_snapshot", **asdict(patient), changed_xid="1")
        for search in year.searches:
            _write_search(connection, search)
        for inquiry in year.inquiries:
            _write_inquiry(connection, inquiry)
        for number, request in enumerate(year.requests, start=1):
            _write_request(connection, number, request)
        for wave in year.waves:
            asked = wave.created + sum(wave.skipped.values())
            counts = {"asked": asked, "created": wave.created, "created_at": wave.created_at}
            _insert(connection, "bundle_wave", skipped=_json(wave.skipped), **counts)


def _write_search(connection: Connection, search: Search) -> None:
    columns = asdict(search)
    pauses, actions = columns.pop("pauses"), columns.pop("actions")
    ended_at = columns.pop("ended_at")
    reason = {"abandoned": "withdrew", "successful": "therapy_started"}.get(search.status)
    more = {"patient_id": search.id, "created_by": "anna", "end_reason": reason}
    _insert(connection, "platzsuche", **columns, **more, sessions_held=1, updated_at=NOW)
    moves = [(at, "paused") for at, _ in pauses] + [(end, "active") for _, end in pauses if end]
    moves += [(ended_at, "abandoned")] if ended_at else []
    for at, to in moves:
        line = {"at": at, "actor": "system", "kind": "moved", "to": to}
        _insert(connection, "platzsuche_history", platzsuche_id=search.id, **line)
    for at, actor in actions:
        line = {"at": at, "actor": actor, "kind": "edited"}
        _insert(connection, "platzsuche_history", platzsuche_id=search.id, **line)


def _write_inquiry(connection: Connection, inquiry: Inquiry) -> None:
    columns = asdict(inquiry)
    rows, channel = columns.pop("rows"), columns.pop("channel")
    _insert(
        connection,
        "therapeutenanfrage",
        **columns,
        mailbox_id=inquiry.id,
        mailbox_key=f"mailbox-{inquiry.id}",
        bundle_size=len(rows),
        response_channel=channel,
        response_type="partial" if inquiry.response_date else None,
        created_by="anna",
    )
    for number, row in enumerate(inquiry.rows):
        row_id = inquiry.id * 10 + number
        columns = asdict(row)
        ended, search_id = columns.pop("ended"), columns.pop("search_id")
        ends = {"end_reason": ended, "ended_at": NOW if ended else None}
        owner = {"therapeutenanfrage_id": inquiry.id, "patient_id": search_id}
        _insert(
            connection,
            "therapeut_anfrage_patient",
            **{"id": row_id, "platzsuche_id": search_id, **owner, **ends, **columns},
        )
        if row.status == "conflict":
            loser = {"loser_row_id": row_id, "loser_inquiry_id": inquiry.id}
            about = {"platzsuche_id": search_id, "responded_at": inquiry.response_date}
            _insert(connection, "conflict", kind="conflict", **loser, **about)


def _write_request(connection: Connection, number: int, request: Request) -> None:
    _insert(
        connection,
        "placement_requests",
        patient_id=number,
        therapist_id=number,
        status=request.status,
        email_contact_date=request.contacted_on,
        response_date=request.response_date,
        created_by="anna",
        updated_by="anna",
        updated_at=NOW,
    )


def _insert(connection: Connection, table: str, **values: Any) -> None:
    names = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f":{name}" for name in values)
    statement = f"INSERT INTO {table} ({names}) VALUES ({places})"
    connection.execute(text(statement), values)


def _json(counts: dict[str, int]) -> str:
    return str(counts).replace("'", '"')
