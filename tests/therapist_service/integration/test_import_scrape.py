"""What becomes of the records in the scraper's files."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from devstack.region import KOELN_AACHEN, write_scraper_files
from tests.issuer import Issuer
from tests.therapist_service.records import KIM, added, counts, deleted, record

Import = Callable[[], int]


@pytest.fixture
def everybody(api: FlaskClient) -> Callable[[], list[dict[str, Any]]]:
    return lambda: (api.get("/api/v2/therapists?after_id=0").json or {})["data"]


@pytest.fixture
def last_import(api: FlaskClient) -> Callable[[], dict[str, Any]]:
    return lambda: (api.get("/api/v2/scraper-imports?sort=-created_at").json or {})["data"][0]


@pytest.mark.parametrize(
    ("document", "name", "scrape_id"),
    [
        (
            {"metadata": {"scrape_id": "s1"}, "changes": {"additions": [KIM]}, "statistics": {}},
            None,
            "s1",
        ),
        ({"timestamp": "2026-11-01T03:00:00", "scrape_id": "s2", "additions": [KIM]}, None, "s2"),
        ({"therapists": [KIM]}, "2026-11-01/52062.json", None),
    ],
)
def test_a_record_of_each_file_shape_becomes_a_therapist(
    scraper: Any,
    import_files: Import,
    everybody: Any,
    last_import: Any,
    document: Any,
    name: str | None,
    scrape_id: str | None,
) -> None:
    file = scraper.lay(document, name)

    assert import_files() == 1

    [kim] = everybody()
    assert (kim["vorname"], kim["nachname"], kim["strasse"]) == ("Kim", "Null", "Markt 1")
    assert (kim["status"], kim["kassensitz"], kim["source"]) == ("aktiv", True, "scraper")
    assert (kim["geschlecht"], kim["altersgruppe"]) == ("weiblich", "erwachsene")
    assert kim["psychotherapieverfahren"] == ["Verhaltenstherapie"]
    assert kim["telefonische_erreichbarkeit"] == {"monday": [{"start": "09:00", "end": "10:00"}]}
    done = last_import()
    assert (done["file"], done["scrape_id"], done["status"]) == (file, scrape_id, "finished")
    assert done["counts"] == counts(new=1)


def test_the_same_people_again_change_nothing_and_nobody_is_told(
    scraper: Any, import_files: Import, everybody: Any, last_import: Any, database: Any
) -> None:
    scraper.lay(added(KIM))
    import_files()
    before = everybody()
    scraper.lay({"therapists": [KIM, KIM]}, "2026-11-20/52062.json")
    import_files()

    assert last_import()["counts"] == counts(unchanged=2)
    assert everybody() == before
    with database.engine(database.url("therapist_service")).connect() as session:
        assert session.scalar(text("SELECT count(*) FROM outbox")) == 1


def test_a_change_is_written_and_told_once(
    scraper: Any, import_files: Import, everybody: Any, last_import: Any
) -> None:
    scraper.lay(added(KIM))
    scraper.lay({"modifications": [record(street="Ring"), record(street="Ring")]})
    import_files()

    [kim] = everybody()
    assert (kim["strasse"], kim["version"]) == ("Ring 1", 2)
    assert last_import()["counts"] == counts(changed=1, unchanged=1)


def test_the_external_id_finds_who_has_moved_and_asks_for_the_new_place(
    scraper: Any, import_files: Import, everybody: Any, neighbour: Any
) -> None:
    def places(body: Any) -> Any:
        found = {"latitude": 50.0, "longitude": 6.0, "status": "exact"}
        return {"data": [{"plz": plz, **found} for plz in body["ids"] if plz == "10115"]}

    neighbour.answers["/api/v2/places/batch-get"] = places
    scraper.lay(added(record(external_id="k1")))
    import_files()
    [before] = everybody()
    scraper.lay(added(record(external_id="k1", postal_code="10115", last_name="Weber")))
    import_files()
    [after] = everybody()

    assert (before["place_status"], after["place_status"]) == ("unknown", "exact")
    assert (after["plz"], after["nachname"], after["latitude"]) == ("10115", "Weber", 50.0)


def test_who_leaves_the_directory_is_inactive_and_active_again_on_return(
    scraper: Any, import_files: Import, everybody: Any, last_import: Any, database: Any
) -> None:
    def after(document: Any) -> tuple[str, dict[str, int]]:
        scraper.lay(document)
        import_files()
        return everybody()[0]["status"], last_import()["counts"]

    scraper.lay(added(KIM))
    assert after(deleted(KIM)) == ("inaktiv", counts(removed=1))
    assert after({**deleted(KIM), "scrape_id": "again"}) == ("inaktiv", counts(unchanged=1))
    assert after({**added(KIM), "scrape_id": "back"}) == ("aktiv", counts(changed=1))
    with database.engine(database.url("therapist_service")).connect() as session:
        types = session.scalars(text("SELECT body->>'type' FROM outbox ORDER BY id")).all()
    assert types == ["therapist.created", "therapist.blocked", "therapist.unblocked"]


def test_a_record_that_the_database_refuses_takes_nothing_along(
    scraper: Any, import_files: Import, everybody: Any, last_import: Any, database: Any
) -> None:
    law = "ALTER TABLE therapists ADD CONSTRAINT ck_no_weber CHECK (nachname <> 'Weber')"
    with database.engine(database.owner_url("therapist_service")).begin() as owner:
        owner.execute(text(law))
    people = [record(first_name=name) for name in ("Ada", "Bo")]
    weber = record(first_name="Cy", last_name="Weber")
    scraper.lay(added(people[0], weber, people[1]))
    import_files()

    done = last_import()
    assert done["counts"] == counts(new=2, rejected=1)
    assert done["rejected"] == [{"index": 1, "reason": "unstorable: ck_no_weber"}]
    assert [one["vorname"] for one in everybody()] == ["Ada", "Bo"]


def test_what_needs_a_look_is_remarked_without_contacts(
    scraper: Any, import_files: Import, everybody: Any, last_import: Any
) -> None:
    scraper.lay(
        added(record(email="auf Anfrage", phone="keine", therapy_methods=["Klangschalentherapie"]))
    )
    import_files()

    [kim] = everybody()
    assert (kim["email"], kim["telefon"]) == (None, None)
    assert kim["psychotherapieverfahren"] == ["Klangschalentherapie"]
    assert last_import()["remarks"] == [
        {"index": 0, "code": "unknown_procedure", "value": "Klangschalentherapie"},
        {"index": 0, "code": "unusable_email", "value": None},
        {"index": 0, "code": "unusable_phone", "value": None},
    ]


def test_colleagues_of_one_practice_share_a_mailbox_from_the_start(
    api: FlaskClient, issuer: Issuer, scraper: Any, import_files: Import
) -> None:
    scraper.lay(added(KIM, record(first_name="Ada"), record(first_name="Bo", email="")))
    import_files()

    service = issuer.bearer("service")
    people = (api.get("/api/v2/therapists?after_id=0", headers=service).json or {})["data"]
    kim, ada, bo = (person["mailbox_key"] for person in people)
    assert kim == ada
    assert bo != kim


def test_all_places_of_a_file_are_asked_for_at_once(
    scraper: Any, import_files: Import, everybody: Any, neighbour: Any
) -> None:
    asked = []

    def places(body: Any) -> Any:
        asked.append(body["ids"])
        found = {"latitude": 50.0, "longitude": 6.0, "status": "exact"}
        return {"data": [{"plz": plz, **found} for plz in body["ids"]], "missing": []}

    neighbour.answers["/api/v2/places/batch-get"] = places
    scraper.lay(added(KIM, record(first_name="Ada"), record(postal_code="50667")))
    import_files()

    assert asked == [["50667", "52062"]]
    assert {one["place_status"] for one in everybody()} == {"exact"}


def test_the_sample_region_is_taken_in_whole_and_once(
    api: FlaskClient, import_files: Import, folder: Any
) -> None:
    files = write_scraper_files(folder, KOELN_AACHEN)

    rounds = [import_files(), import_files()]

    imports = (api.get("/api/v2/scraper-imports?limit=500").json or {})["data"]
    sums = {name: sum(one["counts"][name] for one in imports) for name in counts()}
    assert rounds == [len(files), 0]
    assert sums == counts(new=600, changed=10, removed=2, rejected=2)
    assert (api.get("/api/v2/therapists?status=aktiv").json or {})["total"] == 598
