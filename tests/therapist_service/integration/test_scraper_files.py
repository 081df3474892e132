"""Every file of the scraper is imported once and in order, whatever happens meanwhile."""

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from shared.db import Database
from tests.issuer import Issuer
from therapist_service.config import Config
from therapist_service.domain.scrape import MOST_RECORDS
from therapist_service.domain.scrape_files import FoundFile
from therapist_service.gateways.files import LARGEST_FILE_BYTES
from therapist_service.jobs.import_scrapes import import_all, import_scrapes
from therapist_service.storage import scraper_imports as register
from therapist_service.storage.queries import take_import_turn
from therapist_service.use_cases.read_scrape import read_scrape
from therapist_service.use_cases.scraper_imports import (
    MOST_REPORTED,
    TOGETHER,
    Progress,
    begin_import,
    import_batch,
)
from therapist_service.use_cases.therapist_rows import Author
from therapist_service.wiring import Wiring

Import = Callable[[], int]


def person(name: str) -> dict[str, Any]:
    return {
        "basic_info": {"first_name": name, "last_name": "Lee"},
        "location": {"postal_code": "52062"},
    }


def added(*names: str) -> dict[str, Any]:
    return {"additions": [person(name) for name in names]}


@pytest.fixture
def imports(api: FlaskClient) -> Callable[[], list[dict[str, Any]]]:
    return lambda: (api.get("/api/v2/scraper-imports").json or {})["data"]


@pytest.fixture
def names(api: FlaskClient) -> Callable[[], list[str]]:
    def read() -> list[str]:
        people = (api.get("/api/v2/therapists?after_id=0").json or {})["data"]
        return [one["vorname"] for one in people]

    return read


def test_files_are_imported_in_the_order_in_which_they_were_written(
    scraper: Any, import_files: Import, imports: Any, api: FlaskClient
) -> None:
    scraper.lay({"deletions": [person("Kim")]}, "therapists_20261103_030000.json")
    scraper.lay({"therapists": [person("Ada")]}, "2026-11-02/52062.json")
    scraper.lay(added("Kim"), "therapists_20261101_030000.json")
    import_files()

    assert [one["file"] for one in imports()] == [
        "therapists_20261101_030000.json",
        "2026-11-02/52062.json",
        "therapists_20261103_030000.json",
    ]
    assert (api.get("/api/v2/therapists?status=inaktiv").json or {})["total"] == 1


@pytest.mark.parametrize(
    "name", ["notes.json", "therapists_20261301_030000.json", "2026-11-02/520.json", "x.json.part"]
)
def test_other_files_in_the_folder_are_none_of_our_business(
    scraper: Any, import_files: Import, imports: Any, name: str
) -> None:
    scraper.lay(added("Kim"), name)

    assert import_files() == 0
    assert imports() == []


def test_no_folder_is_no_file(import_files: Import) -> None:
    assert import_files() == 0


def test_a_file_that_was_only_touched_is_not_imported_again(
    scraper: Any, import_files: Import, imports: Any, folder: Path
) -> None:
    file = scraper.lay(added("Kim"))
    import_files()
    os.utime(folder / file, (1, 1))

    rounds = [import_files(), import_files()]

    assert rounds == [1, 0]
    assert [one["counts"]["new"] for one in imports()] == [1]


def test_a_file_whose_content_has_changed_is_imported_again(
    scraper: Any, import_files: Import, imports: Any, names: Any
) -> None:
    file = scraper.lay(added("Kim"))
    import_files()
    scraper.lay(added("Kim", "Ada"), file)
    import_files()

    assert [one["file"] for one in imports()] == [file, file]
    assert names() == ["Kim", "Ada"]


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "not_json"),
        (b'{"additions": [{"basic', "not_json"),
        (b"\xff\xfe", "not_utf8"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "not_an_object"),
        (json.dumps(added("Jörg"), ensure_ascii=False).encode("utf-16"), "not_utf8"),
        (json.dumps(added("Jörg"), ensure_ascii=False).encode("latin-1"), "not_utf8"),
        (b'{"additions": [], "additions": []}', "duplicate_key: additions"),
        (b'{"additions": [' + b"0," * MOST_RECORDS + b"0]}", "too_many_records"),
        (b'{"people": []}', "unknown_shape"),
        (bytes(LARGEST_FILE_BYTES + 1), "too_large"),
    ],
)
def test_an_unreadable_file_is_reported_and_the_next_one_imported(
    scraper: Any, import_files: Import, imports: Any, names: Any, content: bytes, error: str
) -> None:
    scraper.lay(content)
    scraper.lay(added("Kim"))

    rounds = [import_files(), import_files()]

    assert rounds == [2, 0]
    assert [(one["status"], one["error"]) for one in imports()] == [
        ("failed", error),
        ("finished", None),
    ]
    assert names() == ["Kim"]


def test_a_byte_order_mark_is_passed_over(scraper: Any, import_files: Import, names: Any) -> None:
    scraper.lay(b"\xef\xbb\xbf" + json.dumps(added("Jörg"), ensure_ascii=False).encode())
    import_files()

    assert names() == ["Jörg"]


def test_a_half_written_file_is_imported_when_it_is_whole(
    scraper: Any, import_files: Import, imports: Any, names: Any
) -> None:
    file = scraper.lay(b'{"additions": [')
    import_files()
    scraper.lay(added("Kim"), file)
    import_files()

    assert [one["status"] for one in imports()] == ["failed", "finished"]
    assert names() == ["Kim"]


def test_staff_can_have_a_failed_file_tried_again(
    api: FlaskClient, scraper: Any, import_files: Import, imports: Any
) -> None:
    scraper.lay(b"{")
    before = [import_files(), import_files()]

    answer = api.post("/api/scraper-imports/trigger")
    after = [import_files(), import_files()]

    assert answer.status_code == 202
    assert (before, after) == ([1, 0], [1, 0])
    assert [one["status"] for one in imports()] == ["failed"]


def test_a_file_that_failed_by_chance_does_not_undo_the_news_of_newer_ones(
    api: FlaskClient, scraper: Any, import_files: Import, imports: Any, database: Any
) -> None:
    scraper.lay(added("Kim", "Ada"))
    scraper.lay({"deletions": [person("Kim")]})
    import_files()
    failed = text(
        "UPDATE scraper_imports SET status = 'failed', error = 'x', processed = 0 WHERE id = 1"
    )
    with database.engine(database.owner_url("therapist_service")).begin() as owner:
        owner.execute(failed)

    api.post("/api/scraper-imports/trigger")
    import_files()

    assert (api.get("/api/v2/therapists?status=inaktiv").json or {})["total"] == 1
    assert imports()[0]["remarks"] == [
        {"index": 0, "code": "older_than_what_is_known", "value": None}
    ]


def test_v1_lists_imports_as_a_bare_array(
    api: FlaskClient, scraper: Any, import_files: Import
) -> None:
    scraper.lay(added("Kim"))
    import_files()

    [done] = api.get("/api/scraper-imports").json or []
    missing = api.get("/api/v1/scraper-imports/99999")

    assert api.get(f"/api/scraper-imports/{done['id']}").json == done
    assert done["counts"] == {"new": 1, "changed": 0, "unchanged": 0, "removed": 0, "rejected": 0}
    assert done["finished_at"] >= done["started_at"]
    assert (missing.status_code, missing.json) == (404, {"message": "Scraper import not found"})


def test_while_another_importer_is_at_work_we_wait(
    scraper: Any, import_files: Import, own_database: Database, imports: Any, names: Any
) -> None:
    scraper.lay(added("Kim"))
    with own_database.transaction() as other:
        assert take_import_turn(other)
        assert import_files() == 0
        assert (names(), [one["status"] for one in imports()]) == ([], ["running"])

    assert import_files() == 1
    assert (names(), [one["status"] for one in imports()]) == (["Kim"], ["finished"])


def test_two_importers_at_once_double_nobody(
    scraper: Any, config: Config, wiring: Wiring, imports: Any, names: Any
) -> None:
    people = [f"Kim {number}" for number in range(5)]
    for number in range(8):
        scraper.lay({**added(*people), "scrape_id": str(number)})
    start = threading.Barrier(2)

    def importer() -> None:
        database = Database(config.database_url)
        start.wait()
        while import_all(database, wiring, datetime.now(UTC)):
            pass
        database.dispose()

    threads = [threading.Thread(target=importer) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert names() == people
    assert [one["counts"]["new"] for one in imports()] == [5, *[0] * 7]
    assert {one["status"] for one in imports()} == {"finished"}


def test_a_running_import_says_how_far_it_is_and_others_go_on_behind_it(
    scraper: Any,
    api: FlaskClient,
    own_database: Database,
    import_files: Import,
    imports: Any,
) -> None:
    people = [f"Kim {number}" for number in range(TOGETHER + 1)]
    document = added(*people)
    name = scraper.lay(document)
    content = json.dumps(document).encode()
    found = FoundFile(name, len(content), 1)
    author = Author("import", datetime.now(UTC), b"only-for-tests")
    with own_database.transaction() as session:
        import_id = begin_import(session, found, content) or 0
    before = imports()
    with own_database.transaction() as session:
        progress = import_batch(session, import_id, read_scrape(content), {}, author)
    during = imports()
    import_files()

    assert progress is Progress.MORE
    states = [
        (one["status"], one["processed"], one["total"], one["counts"]["new"])
        for [one] in (before, during, imports())
    ]
    assert states == [
        ("running", 0, None, 0),
        ("running", TOGETHER, TOGETHER + 1, TOGETHER),
        ("finished", TOGETHER + 1, TOGETHER + 1, TOGETHER + 1),
    ]
    assert (api.get("/api/v2/therapists").json or {})["total"] == TOGETHER + 1


@pytest.mark.parametrize("way", ["gone", "replaced"])
def test_an_import_that_was_cut_off_ends_when_its_file_is_no_more(
    scraper: Any, folder: Path, own_database: Database, import_files: Import, imports: Any, way: str
) -> None:
    document = added(*(f"Kim {number}" for number in range(TOGETHER + 1)))
    name = scraper.lay(document)
    content = json.dumps(document).encode()
    author = Author("import", datetime.now(UTC), b"only-for-tests")
    with own_database.transaction() as session:
        import_id = begin_import(session, FoundFile(name, len(content), 1), content) or 0
    with own_database.transaction() as session:
        import_batch(session, import_id, read_scrape(content), {}, author)

    (folder / name).unlink()
    if way == "replaced":
        scraper.lay(added("Ada"), name)
    import_files()
    ended = [(one["status"], one["error"], one["processed"]) for one in imports()]
    scraper.lay(document, name)
    import_files()

    assert ended[0] == ("failed", "file_gone", TOGETHER)
    assert ended[1:] == ([("finished", None, 1)] if way == "replaced" else [])
    assert (imports()[0]["status"], imports()[0]["processed"]) == ("finished", TOGETHER + 1)


def test_of_many_bad_records_the_first_are_reported_and_all_are_counted(
    scraper: Any, import_files: Import, imports: Any
) -> None:
    scraper.lay({"therapists": [None] * (MOST_REPORTED + 7)}, "2026-11-01/52062.json")
    import_files()

    [done] = imports()
    assert done["counts"]["rejected"] == MOST_REPORTED + 7
    assert [one["index"] for one in done["rejected"]] == list(range(MOST_REPORTED))


def test_the_storage_is_looked_at_when_it_is_due_or_when_staff_ask(
    scraper: Any, api: FlaskClient, own_database: Database, wiring: Wiring, database: Any
) -> None:
    def look() -> int:
        return import_scrapes(own_database, wiring, datetime.now(UTC))

    def backdate() -> None:
        hour_ago = "clock_timestamp() - interval '1 hour'"
        with database.engine(database.owner_url("therapist_service")).begin() as owner:
            owner.execute(text(f"UPDATE scraper_storage SET next_look_at = {hour_ago}"))

    asks: list[Callable[[], object]] = [
        lambda: None,
        lambda: api.post("/api/scraper-imports/trigger"),
        lambda: api.post("/api/v2/scraper-imports/trigger"),
        backdate,
    ]
    look()
    found = []
    for number, ask in enumerate(asks):
        scraper.lay(added(f"Kim {number}"))
        ask()
        found.append(look())

    assert found == [0, 2, 1, 1]
    state = api.get("/api/v2/scraper-imports/storage").json or {}
    assert (state["kind"], state["trouble"]) == ("folder", None)
    assert state["next_look_at"] > state["looked_at"]


def test_who_asks_while_a_look_is_under_way_gets_another_one(
    own_database: Database, api: FlaskClient
) -> None:
    with own_database.transaction() as session:
        due = register.due_look(session)
    api.post("/api/v2/scraper-imports/trigger")
    with own_database.transaction() as session:
        assert due is not None
        register.note_look(session, due, timedelta(hours=1), None)
        assert register.due_look(session) is not None


def test_only_staff_see_and_trigger_imports(api: FlaskClient, issuer: Issuer) -> None:
    service = issuer.bearer("service")
    for version in ("", "/v1", "/v2"):
        path = f"/api{version}/scraper-imports"
        for answer in (
            api.get(path, headers=service),
            api.post(f"{path}/trigger", headers=service),
        ):
            assert answer.status_code == 403
    assert api.get("/api/v2/scraper-imports/storage", headers=service).status_code == 403
