"""Two therapists turn out to be one: nobody is proposed or written to who was spared before."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from itertools import permutations, product
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from matching_service.domain.pool import contact_obstacles
from matching_service.storage.planning_state import read_searches, read_therapists
from matching_service.storage.tables import Mailbox, MailboxBlock, PlatzsucheExclusion
from matching_service.use_cases.exclusions import exclude_therapist
from matching_service.use_cases.merges import follow_merge
from matching_service.use_cases.searches import create_patient_search
from shared.contracts.berlin import berlin_day
from tests.issuer import Issuer
from tests.matching_service.integration.law.law_in_sql import Law
from tests.matching_service.neighbours import Neighbours
from tests.matching_service.world import World

NOW = datetime.now(UTC)
IN_FOUR_WEEKS = berlin_day(NOW) + timedelta(days=28)
READY = {
    "vertraege_unterschrieben": True,
    "diagnose": "F32.1",
    "versicherungsart": "gesetzlich",
    "geburtsdatum": "1985-05-05",
    "psychotherapieerfahrung": False,
}


@pytest.fixture
def neighbours(database: Any, issuer: Issuer) -> Iterator[Neighbours]:
    with ExitStack() as until_end:
        yield Neighbours(database, issuer, until_end)


@pytest.fixture
def law(database: Any) -> Law:
    return Law(
        database.engine(database.url("matching_service")),
        database.engine(database.owner_url("matching_service")),
    )


def _exclude(world: World, search_id: int, therapist_id: int) -> None:
    with world.database.transaction() as session:
        exclude_therapist(
            session, search_id, therapist_id, "kennt sie", source="staff", actor="anna", now=NOW
        )


def _search_for(world: World, patient_id: int) -> int:
    with world.database.transaction() as session:
        return create_patient_search(
            session,
            patient_id,
            requested_contacts=5,
            notes=None,
            override_reason="test",
            actor="anna",
            now=NOW,
        ).id


def _spared(world: World, search_id: int) -> frozenset[int]:
    """Everybody whom the planner must not offer to the search."""
    with world.database.transaction() as session:
        [search] = read_searches(session, [search_id])
    return search.excluded_therapists | search.patient.excluded_therapists


def _peace(world: World, therapist_id: int) -> date | None:
    with world.database.transaction() as session:
        [therapist] = read_therapists(session, ids=[therapist_id])
    return therapist.next_contactable_date


def _exclusions(world: World, search_id: int) -> list[tuple[int, int, str, str, str | None]]:
    """Search, therapist, reason, who, and who ended it."""
    with world.database.transaction() as session:
        rows = session.query(PlatzsucheExclusion).filter_by(platzsuche_id=search_id)
        return [
            (r.platzsuche_id, r.therapist_id, r.reason, r.excluded_by, r.removed_by)
            for r in rows.order_by(PlatzsucheExclusion.id)
        ]


def _blocks_of(world: World, mailbox_key: str) -> list[MailboxBlock]:
    with world.database.transaction() as session:
        mailbox = session.query(Mailbox).filter_by(mailbox_key=mailbox_key).one()
        return session.query(MailboxBlock).filter_by(mailbox_id=mailbox.id).all()


def test_whoever_excluded_the_duplicate_is_never_offered_to_the_survivor(
    world: World, neighbours: Neighbours
) -> None:
    survivor, duplicate = (neighbours.add(neighbours.therapists) for _ in range(2))
    by_patient = neighbours.add(
        neighbours.patients, **READY, ausgeschlossene_therapeuten=[duplicate]
    )
    by_search, by_nobody = (neighbours.add(neighbours.patients, **READY) for _ in range(2))
    neighbours.let_matching_hear()
    searches = [_search_for(world, one) for one in (by_patient, by_search, by_nobody)]
    _exclude(world, searches[1], duplicate)

    neighbours.merge(survivor, duplicate)
    neighbours.let_matching_hear()

    assert [survivor in _spared(world, one) for one in searches] == [True, True, False]
    assert _exclusions(world, searches[1]) == [
        (searches[1], duplicate, "kennt sie", "anna", "system"),
        (searches[1], survivor, "kennt sie", "system", None),
    ]
    assert world.search(searches[1]).excluded_therapists == [survivor]
    neighbours.change(neighbours.patients, by_patient, ort="Aachen")
    neighbours.let_matching_hear()
    assert survivor in _spared(world, searches[0]), "also after the patient was copied again"


def test_a_practice_in_cooling_is_left_in_peace_after_a_merge_in_either_direction(
    world: World, neighbours: Neighbours, law: Law
) -> None:
    for survivors, duplicates, cooling in (
        ({"email": "a@x.example"}, {"email": "b@x.example"}, "duplicate"),
        ({"email": "c@x.example"}, {"email": "d@x.example"}, "survivor"),
        ({"telefon": "0221 4710123"}, {"email": "e@x.example"}, "survivor"),
        ({"telefon": "0221 4710124"}, {"email": "f@x.example"}, "duplicate"),
    ):
        survivor = neighbours.add(neighbours.therapists, **survivors)
        duplicate = neighbours.add(neighbours.therapists, **duplicates)
        neighbours.let_matching_hear()
        with world.database.transaction() as session:
            boxes = {t.therapist_id: t.mailbox_id for t in read_therapists(session)}
        answering = boxes[survivor if cooling == "survivor" else duplicate]
        law.contact(answering)
        law.answer(answering, IN_FOUR_WEEKS.isoformat())

        neighbours.merge(survivor, duplicate)
        neighbours.let_matching_hear()

        with world.database.transaction() as session:
            [merged] = read_therapists(session, ids=[survivor, duplicate])
        assert merged.therapist_id == survivor
        assert merged.next_contactable_date == IN_FOUR_WEEKS, (survivors, duplicates, cooling)
        assert merged.mail_possible_on is not None, "the quiet after a mail goes along as well"
        assert merged.has_email, "the gap was filled"


def test_merges_one_after_the_other_come_to_the_same_in_whatever_order_they_are_heard(
    world: World, law: Law
) -> None:
    """1 into 2, 2 into 3, 3 into 4; not all of them need be known here."""
    cases = product(permutations([(1, 2), (2, 3), (3, 4)]), [{4}, {1, 4}, {1, 2, 3, 4}])
    for first, (order, known) in enumerate(cases, start=1):
        ids = {one: 10 * first + one for one in (1, 2, 3, 4)}
        law.answer(law.mailbox(f"mailbox-{ids[1]}"), IN_FOUR_WEEKS.isoformat())
        for one in known:
            world.add_therapist(ids[one])
        search_id = world.add_search(first, excluded_therapists=[ids[1]])
        _exclude(world, search_id, ids[2])

        for gone, survivor in (*order, *order):
            with world.database.transaction() as session:
                follow_merge(session, ids[gone], ids[survivor], f"mailbox-{ids[gone]}", NOW)

        heard = (order, known)
        assert ids[4] in _spared(world, search_id), heard
        assert _peace(world, ids[4]) == IN_FOUR_WEEKS, heard
        assert [one[1] for one in _exclusions(world, search_id) if one[4] is None] == [ids[4]]
        assert len(_blocks_of(world, f"mailbox-{ids[4]}")) == 1, "nothing is carried twice"


def test_who_excluded_the_duplicate_leaves_the_open_inquiry_to_the_survivor(
    world: World, api: FlaskClient
) -> None:
    world.add_therapist(1)
    searches = [world.add_search(patient_id) for patient_id in (1, 2, 3, 4)]
    created = api.post("/api/v2/therapist-bundles/create", json={"send": True}).json or {}
    _exclude(world, searches[1], 2)

    with world.database.transaction() as session:
        follow_merge(session, 2, 1, "mailbox-2", NOW)

    bundle = api.get(f"/api/v2/therapist-bundles/{created['bundles'][0]['id']}").json or {}
    statuses = {row["search_id"]: row["status"] for row in bundle["patients"]}
    assert statuses == dict.fromkeys(searches, "pending") | {searches[1]: "withdrawn"}


def test_opting_out_and_asking_for_later_keep_a_therapist_from_being_asked(
    world: World, neighbours: Neighbours, database: Any
) -> None:
    opt_out = {"date": "2026-11-01", "channel": "phone"}
    out = neighbours.add(neighbours.therapists, email="a@example.org", kein_kontakt=opt_out)
    later = neighbours.add(
        neighbours.therapists, email="b@example.org", kontakt_wieder_ab="2099-03-01"
    )
    willing = neighbours.add(neighbours.therapists, email="c@example.org")
    neighbours.let_matching_hear()

    def obstacles() -> dict[int, list[str]]:
        with world.database.transaction() as session:
            known = read_therapists(session)
        today = berlin_day(NOW)
        return {t.therapist_id: [o.code for o in contact_obstacles(t, today)] for t in known}

    assert obstacles() == {out: ["opted_out"], later: ["later"], willing: []}
    neighbours.change(neighbours.therapists, out, kein_kontakt=None)
    neighbours.change(neighbours.therapists, later, kontakt_wieder_ab=None)
    neighbours.let_matching_hear()
    assert obstacles() == {out: [], later: [], willing: []}
    with database.engine(database.url("matching_service")).connect() as session:
        assert session.scalar(text("SELECT count(*) FROM parked")) == 0
