"""Every route says who may call it and what it answers, and the contract knows every route."""

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from shared.auth import ROLES
from shared.config import ServiceConfig
from shared.db import Database
from shared.http.contract import openapi_document
from shared.http.declarations import Declaration, declaration_of, returns
from shared.http.resource import Call, Resource, methods_of
from shared.http.service import Route, ServiceParts, create_service_app
from shared.http.v1 import V1Message
from tests.architecture.house import SERVICES, routes_of
from tests.contracts.service_apps import create_app
from tests.issuer import Issuer

NO_DATABASE = "postgresql+psycopg2://nobody@127.0.0.1:9/none"
OPERATIONAL = {"/livez", "/readyz", "/metrics", "/openapi.json"}

for_every_service = pytest.mark.parametrize("service", SERVICES)


@for_every_service
def test_every_route_declares_who_may_call_it(service: str) -> None:
    assert undeclared_routes(routes_of(service)) == []


@for_every_service
def test_declared_roles_are_roles_that_a_token_can_carry(service: str) -> None:
    named = {role for _, declared in _declarations(routes_of(service)) for role in _roles(declared)}

    assert named <= ROLES


def test_a_route_without_roles_is_found_here_and_refused_at_run_time(issuer: Issuer) -> None:
    routes = (Route("/api/v2/undeclared", Undeclared),)
    app = create_service_app(
        ServiceParts("patient_service", routes, {}, wiring=None),
        ServiceConfig(
            database_url=NO_DATABASE,
            oidc_issuer=issuer.url,
            oidc_jwks_url=f"{issuer.url}/jwks",
        ),
        Database(NO_DATABASE),
    )

    answer = app.test_client().get("/api/v2/undeclared", headers=issuer.bearer("admin"))

    assert undeclared_routes(routes) == ["get /api/v2/undeclared"]
    assert answer.status_code == HTTPStatus.FORBIDDEN


@for_every_service
def test_the_contract_lists_exactly_the_routes_that_are_served(
    service: str, issuer: Issuer, tmp_path: Path
) -> None:
    app = create_app(service, NO_DATABASE, issuer, tmp_path)
    contract = app.test_client().get("/openapi.json").get_json()

    assert _promised(contract) == _served(app)


@for_every_service
def test_every_operation_has_a_schema_for_its_success(service: str) -> None:
    silent = [
        name
        for name, declared in _declarations(routes_of(service))
        if declared.answer is None
        and declared.status != HTTPStatus.NO_CONTENT
        and not declared.pages
    ]

    assert silent == []


@for_every_service
def test_every_operation_has_a_summary_for_its_readers(service: str) -> None:
    paths = openapi_document(service, routes_of(service))["paths"]

    assert [p for p, methods in paths.items() for m in methods.values() if not m["summary"]] == []


def undeclared_routes(routes: Iterable[Route]) -> list[str]:
    return [name for name, declared in _declarations(routes) if declared.roles is None]


class Undeclared(Resource[Any]):
    """Says what it answers, but not to whom."""

    @returns(V1Message)
    def get(self, call: Call[Any]) -> dict[str, str]:
        return {"message": "secret"}


def _declarations(routes: Iterable[Route]) -> Iterator[tuple[str, Declaration]]:
    for route in routes:
        for method, function in methods_of(route.resource).items():
            yield f"{method} {route.path}", declaration_of(function)


def _roles(declared: Declaration) -> tuple[str, ...]:
    return declared.roles or ()


def _promised(contract: dict[str, Any]) -> set[tuple[str, str]]:
    return {(path, method) for path, methods in contract["paths"].items() for method in methods}


def _served(app: Flask) -> set[tuple[str, str]]:
    return {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule not in OPERATIONAL
    }
