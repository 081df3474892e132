"""The house as the rules see it: its services, their parts, its Python files."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from migrations.histories import SERVICES as HISTORIES
from shared.events.handlers import Handlers
from shared.http.problems import ProblemTable
from shared.http.service import Route

ROOT = Path(__file__).parents[2]
SERVICES = tuple(history.schema for history in HISTORIES)
PROGRAM = ("shared", *SERVICES, "migrations", "devstack", "bench")
"""Every package that is not a test."""


def routes_of(service: str) -> tuple[Route, ...]:
    routes: tuple[Route, ...] = importlib.import_module(f"{service}.api.routes").ROUTES
    return routes


def problem_table_of(service: str) -> ProblemTable:
    table: ProblemTable = importlib.import_module(f"{service}.api.problems").PROBLEM_TABLE
    return table


def handlers_of(service: str) -> Handlers:
    """A service that listens to nobody has no consumers."""
    if not python_files(f"{service}/consumers"):
        return Handlers()
    handlers: Handlers = importlib.import_module(f"{service}.consumers").HANDLERS
    return handlers


def modules_of(package: str) -> Iterator[ModuleType]:
    """A module or package and everything inside it."""
    top = importlib.import_module(package)
    yield top
    for found in pkgutil.walk_packages(getattr(top, "__path__", []), f"{package}."):
        yield importlib.import_module(found.name)


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def calls_of(name: str, *folders: str) -> Iterator[ast.Call]:
    """Calls of a function or class by its bare name, also as a decorator."""
    for path in python_files(*folders):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == name:
                yield node


def texts_in(nodes: Iterator[Any] | list[Any]) -> set[str]:
    """String constants directly among some expressions."""
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
