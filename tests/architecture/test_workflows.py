"""The workflows of staff lead along paths, problems, tasks and sections that exist."""

import re
from itertools import chain

import pytest

from matching_service.api.tasks import TASK_TEXTS
from matching_service.domain.conflicts import Resolution
from matching_service.domain.responses import Outcome
from shared.http.problems import PROBLEMS
from shared.http.resource import methods_of
from tests.architecture.house import ROOT, SERVICES, routes_of

PAGE = (ROOT / "docs" / "workflows.md").read_text()
CALLS = sorted(set(re.findall(r"\b(GET|POST|PUT|PATCH|DELETE) (/api/[^\s`]+)", PAGE)))
WORKFLOWS = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
OFFERED = {
    (method.upper(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)): resource
    for service in SERVICES
    for route in routes_of(service)
    for path in route.paths
    for method, resource in methods_of(route.resource).items()
}


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_call_exists_with_its_parameters(method: str, path: str) -> None:
    where, _, query = path.partition("?")

    assert (method, where) in OFFERED
    schema = OFFERED[method, where].declaration.query  # type: ignore[attr-defined]
    asked = {pair.split("=")[0] for pair in query.split("&") if query}
    assert asked <= set(schema().fields if schema else ())


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda one: one.partition("\n")[0])
def test_every_workflow_says_when_and_with_which_calls(workflow: str) -> None:
    assert "**Wann.**" in workflow
    assert re.search(r"(GET|POST|PUT|PATCH|DELETE) /api/v", workflow)


def test_every_problem_that_is_named_has_its_page() -> None:
    named = re.findall(r"\[`([a-z-]+)`\]\(problems/([a-z-]+)\.md\)", PAGE)

    assert len(named) > 20
    assert [shown for shown, page in named if shown != page or page not in PROBLEMS] == []


@pytest.mark.parametrize("word", [*TASK_TEXTS, *Outcome, *Resolution])
def test_every_task_outcome_and_resolution_is_explained(word: str) -> None:
    assert f"`{word}`" in PAGE


def test_every_link_leads_somewhere() -> None:
    sections = {_anchor(heading) for heading in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)}
    targets = re.findall(r"\]\(([^)]+)\)", PAGE)

    assert {one[1:] for one in targets if one.startswith("#")} <= sections
    files = [one for one in targets if not one.startswith("#")]
    assert [one for one in files if not (ROOT / "docs" / one).exists()] == []


def test_all_sections_are_in_the_overview() -> None:
    overview = PAGE.partition("\n## ")[0]
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)

    missing = [one for one in headings if f"(#{_anchor(one)})" not in overview]
    assert missing == []


def _anchor(heading: str) -> str:
    """As the pages of a Git host make it."""
    kept = chain.from_iterable(re.findall(r"[\w\- ]", heading.lower()))
    return "".join(kept).replace(" ", "-")
