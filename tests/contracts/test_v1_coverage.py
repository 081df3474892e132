"""Whatever v1 offers is in a conversation of v1/: once when it goes well, once when it does not."""

import re
from collections.abc import Iterator

import pytest

from shared.http.declarations import declaration_of
from shared.http.resource import methods_of
from shared.http.service import V1, Route
from tests.architecture.house import routes_of
from tests.contracts.conversations import SERVICES, Conversation, Exchange, conversations

_PARAMETER = re.compile(r"<[^>]+>")
_ID = r"(\{\w+\}|[1-9]\d*)"

for_every_service = pytest.mark.parametrize("service", sorted({*SERVICES.values()}))


@for_every_service
def test_every_method_of_every_path_is_shown_succeeding_and_refused(service: str) -> None:
    missing = [
        f"{method.upper()} {route.path} {'succeeding' if succeeds else 'refused'}"
        for route in v1_routes(service)
        for method in methods_of(route.resource)
        for succeeds in (True, False)
        if not any(one.succeeds is succeeds for _, one in exchanges(route, method))
    ]

    assert missing == []


@for_every_service
def test_every_parameter_is_shown_in_use(service: str) -> None:
    missing = [
        f"{route.path}?{name}"
        for route in v1_routes(service)
        for name in parameters(route)
        if not any(one.succeeds and name in one.parameters for _, one in exchanges(route, "get"))
    ]

    assert missing == []


@for_every_service
def test_every_parameter_of_a_list_is_shown_leaving_something_out(service: str) -> None:
    missing = [
        f"{route.path}?{name}"
        for route in v1_routes(service)
        if is_list(route)
        for name in parameters(route)
        if not any(leaves_out(told, one, name) for told, one in exchanges(route, "get"))
    ]

    assert missing == []


def v1_routes(service: str) -> list[Route]:
    return [route for route in routes_of(service) if route.version == V1]


def parameters(route: Route) -> list[str]:
    get = methods_of(route.resource).get("get")
    query = declaration_of(get).query if get else None
    return sorted(query().fields) if query else []


def is_list(route: Route) -> bool:
    get = methods_of(route.resource).get("get")
    return get is not None and declaration_of(get).many


def exchanges(route: Route, method: str) -> Iterator[tuple[Conversation, Exchange]]:
    path = re.compile(_PARAMETER.sub(lambda _: _ID, route.path))
    for conversation in conversations():
        for exchange in conversation.exchanges:
            if exchange.method == method.upper() and path.fullmatch(exchange.path):
                yield conversation, exchange


def leaves_out(conversation: Conversation, exchange: Exchange, name: str) -> bool:
    """The list is shorter than it was before by the same path without this parameter."""
    if name not in exchange.parameters or exchange.length is None:
        return False
    before = conversation.exchanges[: conversation.exchanges.index(exchange)]
    lengths = [
        one.length
        for one in before
        if one.path == exchange.path
        and name not in one.parameters
        and exchange.parameters - {name} == one.parameters
        and one.length is not None
    ]
    return bool(lengths) and exchange.length < max(lengths)
