"""The shape of the house: small files, honest names, a small shared ground."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import PROGRAM, ROOT, SERVICES, python_files, tree_of

LONGEST_FILE = 400
# Delivery came before most of what will be delivered: the second share is to fall to 15 %, too.
LARGEST_SHARE = {"of all Python lines": 0.15, "of the program's": 0.19}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
SHARED = {"config", "db", "events", "http", "auth", "observability", "contracts"}
ROOMS = {
    *("app", "worker", "wiring", "config", "api", "consumers", "jobs"),
    *("use_cases", "storage", "gateways", "domain"),
}

OWN_ROOMS = {"matching_service": {"simulation", "stream", "feed"}}


def test_no_file_is_too_long_to_be_read_in_one_go() -> None:
    lengths = {_short(path): _lines(path) for path in python_files(*PROGRAM, "tests")}

    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def test_no_module_bears_a_name_that_says_nothing() -> None:
    names = {word: path for path in python_files(*PROGRAM, "tests") for word in _words(path)}

    assert NAMES_THAT_SAY_NOTHING & set(names) == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_same_rooms_as_its_neighbours(service: str) -> None:
    assert _parts_of(service) <= ROOMS | OWN_ROOMS.get(service, set())
    assert {"app", "worker", "config", "api", "domain"} <= _parts_of(service)


def test_shared_is_a_closed_list() -> None:
    assert _parts_of("shared") == SHARED


def test_shared_is_a_small_part_of_the_house() -> None:
    shares = {
        "of all Python lines": _share_of_shared(*PROGRAM, "tests"),
        "of the program's": _share_of_shared(*PROGRAM),
    }

    assert {of: n for of, n in shares.items() if n > LARGEST_SHARE[of]} == {}


def test_no_alias_of_a_table_is_shared_between_threads() -> None:
    """SQLAlchemy builds its columns at their first use: threads that come together there may read
    the table itself instead, from then on and in every query."""
    shared = [
        _short(path)
        for path in python_files(*PROGRAM)
        for statement in tree_of(path).body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "aliased"
    ]

    assert shared == []


def test_no_schema_changes_what_is_dumped() -> None:
    """`shared/http/answers.py` would not hear of it."""
    hooks = {"pre_dump", "post_dump"}
    used = {
        _short(path)
        for path in python_files(*PROGRAM)
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.alias) and node.name in hooks)
        or (isinstance(node, ast.Attribute) and node.attr in hooks)
    }

    assert used == set()


def test_a_web_process_never_loads_kafka() -> None:
    modules = ", ".join([*(f"{service}.app" for service in SERVICES), "matching_service.stream"])
    script = f"import sys, {modules}; sys.exit('kafka' in sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)

    assert loaded.returncode == 0


def _share_of_shared(*folders: str) -> float:
    shared = sum(_lines(path) for path in python_files("shared"))
    return shared / sum(_lines(path) for path in python_files(*folders))


def _parts_of(package: str) -> set[str]:
    entries = (ROOT / package).iterdir()
    return {path.stem for path in entries if not path.name.startswith("__")}


def _words(path: Path) -> list[str]:
    return [
        word for part in path.relative_to(ROOT).with_suffix("").parts for word in part.split("_")
    ]


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT))
