"""Every refusal becomes a problem, and every problem has a page that tells the same."""

import ast
import inspect
import json
import re
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from shared.http.problems import PROBLEMS
from tests.architecture.house import (
    PROGRAM,
    ROOT,
    SERVICES,
    calls_of,
    modules_of,
    problem_table_of,
    python_files,
    texts_in,
    tree_of,
)

PAGES = ROOT / "docs" / "problems"


@pytest.mark.parametrize("service", SERVICES)
def test_every_error_of_a_service_becomes_a_problem(service: str) -> None:
    escaping = [e for e in _errors(service) if e.__name__ not in _caught_in(service)]
    table = problem_table_of(service)

    assert {e.__name__ for e in escaping if not set(e.__mro__) & set(table)} <= set(NOT_FOR_CALLERS)


def test_only_slugs_with_a_status_and_a_title_are_used() -> None:
    used = set().union(
        *(texts_in(call.args[:1]) for call in calls_of("Problem", *PROGRAM)),
        *(texts_in(call.args[:1]) for call in calls_of("_with", *SERVICES)),
        *(texts_in(call.args) for call in calls_of("refuses", *SERVICES)),
    )

    assert {"not-found", "forbidden", "open-inquiry"} <= used
    assert used - set(PROBLEMS) == set()


def test_every_problem_has_a_page_and_every_page_a_problem() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} - {"README"} == set(PROBLEMS)


@pytest.mark.parametrize("slug", PROBLEMS)
def test_the_page_of_a_problem_says_what_the_program_says(slug: str) -> None:
    status, title = PROBLEMS[slug]
    lines = (PAGES / f"{slug}.md").read_text().splitlines()

    assert lines[0] == f"# {title}"
    assert lines[2].startswith(f"`{slug}` · {status} {_phrase(status)} · ")


@pytest.mark.parametrize("slug", PROBLEMS)
def test_the_example_of_a_problem_is_the_document_that_the_program_sends(slug: str) -> None:
    status, title = PROBLEMS[slug]
    (example,) = re.findall(r"```json\n(.*?)```", (PAGES / f"{slug}.md").read_text(), re.DOTALL)
    document = json.loads(example)

    assert document["type"] == f"/problems/{slug}"
    assert (document["status"], document["title"]) == (status, title)
    assert list(document)[:4] == ["type", "title", "status", "detail"]


@pytest.mark.parametrize("slug", PROBLEMS)
def test_the_overview_lists_every_problem_with_its_status_and_title(slug: str) -> None:
    status, title = PROBLEMS[slug]

    assert f"| [`{slug}`]({slug}.md) | {status} | {title} | " in (PAGES / "README.md").read_text()


NOT_FOR_CALLERS = {
    "IllegalMailTransitionError": "a fault of ours; the job tries again",
    "LetterSizeError": "a fault of ours; the event is parked",
    "UnreadableFile": "the import notes it in its register",
}


def _errors(service: str) -> Iterator[type[Exception]]:
    """The exceptions that a service's domain and use cases define; of a family its members."""
    for room in ("domain", "use_cases"):
        for module in modules_of(f"{service}.{room}"):
            for _, found in inspect.getmembers(module, inspect.isclass):
                defined_here = found.__module__ == module.__name__
                if defined_here and issubclass(found, Exception) and not found.__subclasses__():
                    yield found


def _caught_in(service: str) -> set[str]:
    """Names of the exceptions that the service itself answers."""
    handlers = [
        node
        for path in python_files(service)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler) and node.type is not None
    ]
    names = [name for handler in handlers if handler.type for name in ast.walk(handler.type)]
    return {n.id for n in names if isinstance(n, ast.Name)} | {
        n.attr for n in names if isinstance(n, ast.Attribute)
    }


def _phrase(status: int) -> str:
    """RFC 9110 renamed what Python 3.11 still calls by the older names."""
    newer = {413: "Content Too Large", 422: "Unprocessable Content"}
    return newer.get(status, HTTPStatus(status).phrase)
