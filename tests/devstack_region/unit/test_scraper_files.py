import json
from pathlib import Path

import pytest

from devstack.region import KOELN_AACHEN, region_named, therapists, write_scraper_files
from therapist_service.domain.identity import Person
from therapist_service.domain.scrape import Kind, Listing, Rejection, ScrapeFile, read_file
from therapist_service.domain.scrape_files import written_at


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    return write_scraper_files(tmp_path, KOELN_AACHEN)


def parsed(paths: list[Path]) -> list[ScrapeFile]:
    return [read_file(path.read_bytes()) for path in paths]


def test_a_second_run_writes_the_same_bytes(tmp_path: Path, paths: list[Path]) -> None:
    before = {path: path.read_bytes() for path in paths}
    assert {path: path.read_bytes() for path in write_scraper_files(tmp_path, KOELN_AACHEN)} == (
        before
    )


def test_nothing_but_finished_files_is_left_in_the_folder(
    tmp_path: Path, paths: list[Path]
) -> None:
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(paths)


def test_every_file_name_tells_its_time(tmp_path: Path, paths: list[Path]) -> None:
    assert all(written_at(path.relative_to(tmp_path).as_posix()) for path in paths)


def test_all_three_shapes_are_there(paths: list[Path]) -> None:
    shapes = {frozenset(json.loads(path.read_text("utf-8"))) for path in paths}
    assert shapes == {
        frozenset({"timestamp", "scrape_id", "additions", "modifications", "deletions"}),
        frozenset({"metadata", "changes", "statistics"}),
        frozenset({"therapists"}),
    }


def test_together_the_files_list_every_therapist_once(paths: list[Path]) -> None:
    listed = [
        Person.of(entry.therapist.fields).name_key
        for file in parsed(paths)
        for entry in file.entries()
        if isinstance(entry, Listing) and entry.kind in {Kind.ADDITION, Kind.SNAPSHOT}
    ]
    assert len(listed) == len(set(listed)) == len(therapists(KOELN_AACHEN))


def test_some_records_are_corrected_some_removed_and_two_unusable(paths: list[Path]) -> None:
    entries = [entry for file in parsed(paths) for entry in file.entries()]
    kinds = [entry.kind for entry in entries if isinstance(entry, Listing)]
    assert (kinds.count(Kind.MODIFICATION), kinds.count(Kind.DELETION)) == (10, 2)
    assert [entry.reason for entry in entries if isinstance(entry, Rejection)] == [
        "basic_info.last_name: missing",
        "location.postal_code: not_a_postcode",
    ]


def test_an_unknown_region_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="koeln-aachen, germany"):
        region_named("bavaria")
