"""The collection offers every operation of every service, and the tour goes along real ones."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from devstack.documents import documents
from devstack.postman import COLLECTION, postman_collection
from devstack.postman.collection import folders_of_the_run, operations_of
from devstack.postman.examples import KNOWN
from devstack.postman.tour import CLEARING_UP, NEVER_MET, ONLY_ON_THE_TOUR, TOUR, Step
from tests.architecture.house import SERVICES

WRITTEN = documents()
CONTRACTS = {service: json.loads(WRITTEN[f"docs/openapi/{service}.json"]) for service in SERVICES}
FOLDERS = {one["name"]: one["item"] for one in json.loads(WRITTEN[COLLECTION])["item"]}
REMEMBERED = {name for step in TOUR for name in step.saves}
STEPS = [*TOUR, *CLEARING_UP]

Item = dict[str, Any]


def operations() -> Iterator[tuple[str, str, Item]]:
    for contract in CONTRACTS.values():
        yield from operations_of(contract)


def test_the_same_contracts_give_the_same_collection() -> None:
    assert WRITTEN[COLLECTION] == postman_collection()


def test_no_id_comes_twice() -> None:
    ids = re.findall(r'"(?:id|_postman_id)": "([^"]+)"', postman_collection())

    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_of_a_service_is_in_its_folders(service: str) -> None:
    short = service.removesuffix("_service")
    offered = {
        item["name"] for kind in ("lesen", "schreiben") for item in FOLDERS[f"{short} {kind}"]
    }
    wanted = {
        f"{method} {path} ({short})"
        for method, path, one in operations_of(CONTRACTS[service])
        if path not in ONLY_ON_THE_TOUR and (method != "GET" or answers_with_json(one))
    }

    assert offered == wanted


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_goes_along_an_operation_and_expects_what_it_declares(step: Step) -> None:
    [operation] = [one for method, path, one in operations() if goes_along(step, method, path)]

    assert str(step.status) in operation["responses"]


def test_every_id_in_a_path_that_is_read_is_met_before() -> None:
    by_lists = set(
        re.findall(r"collectionVariables\.set\('(\w+)', first\.id", postman_collection())
    )
    read = {
        name
        for folder in folders_of_the_run()
        for item in FOLDERS[folder]
        for name in re.findall(r"\{\{(\w+)\}\}", "/".join(item["request"]["url"]["path"]))
    }

    known = REMEMBERED | by_lists | set(KNOWN)
    assert read - known == set(NEVER_MET), "let the tour meet one and save its id"


def test_no_step_needs_what_no_earlier_one_has_remembered() -> None:
    known = {"token"}
    for step in STEPS:
        needed = set(re.findall(r"\{\{(\w+)\}\}", f"{step.send} {step.body} {step.headers}"))
        assert needed - known == set(), step.name
        known |= set(step.saves)


def goes_along(step: Step, method: str, path: str) -> bool:
    wanted, where = step.send.split()
    fits = re.fullmatch(re.sub(r"\{\w+\}", r"\\{\\{\\w+\\}\\}", path), where)
    return method == wanted and fits is not None


def answers_with_json(operation: Item) -> bool:
    success = next(one for one in operation["responses"] if one.startswith("2"))
    return "application/json" in operation["responses"][success].get("content", {})
