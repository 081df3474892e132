"""What is generated from the code is fresh, and knows every variable that is read."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.configuration import all_settings
from devstack.documents import documents, stale_documents
from tests.architecture.house import PROGRAM, ROOT, SERVICES, python_files

OF_THE_LOCAL_STACK = ROOT / "devstack"
EXAMPLE = (ROOT / ".env.example").read_text()


def test_generated_documents_are_fresh() -> None:
    assert stale_documents(ROOT) == []


def test_a_changed_missing_or_forgotten_document_is_noticed(tmp_path: Path) -> None:
    for name, text in documents().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".env.example").write_text(EXAMPLE + "NEW=1\n")
    (tmp_path / "docs/configuration.md").unlink()
    (tmp_path / "docs/openapi/gone_service.json").write_text("{}")

    stale = [".env.example", "docs/configuration.md", "docs/openapi/gone_service.json"]
    assert stale_documents(tmp_path) == stale


@pytest.mark.parametrize("name", [setting.name for setting in all_settings()])
def test_every_variable_has_one_line_in_the_example(name: str) -> None:
    assert len(re.findall(rf"^{name}=", EXAMPLE, re.MULTILINE)) == 1


def test_the_environment_is_read_under_documented_names_only() -> None:
    names = set(_names_read())

    assert "PROMETHEUS_MULTIPROC_DIR" in names
    assert names <= {setting.name for setting in all_settings()}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_environment_only_through_its_config(service: str) -> None:
    readers = {path.name for path in python_files(service) if "os.environ" in path.read_text()}

    assert readers == set()


def _names_read() -> Iterator[str]:
    for path in python_files(*PROGRAM, "deploy"):
        if OF_THE_LOCAL_STACK not in path.parents:
            for found in _READ.finditer(path.read_text()):
                yield found["name"] or found["asked"]


_READ = re.compile(
    r"os\.environ(?:\.get\(|\[)[\"'](?P<name>\w+)|[\"'](?P<asked>\w+)[\"'] in os\.environ"
)
