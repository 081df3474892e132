"""What a resource method declares about itself: roles, body, query, answer, refusals.

The same declarations are enforced for every request and printed in the OpenAPI document.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from marshmallow import Schema

Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Declaration:
    """`roles` None means: not declared, which an architecture test forbids;
    an empty tuple means: open to everybody."""

    roles: tuple[str, ...] | None = None
    body: type[Schema] | None = None
    partial: bool = False
    query: type[Schema] | None = None
    answer: type[Schema] | None = None
    media: str = "application/json"
    status: int = 200
    location: str | None = None
    etag: bool = False
    many: bool = False
    if_match: bool = False
    if_match_with: str | None = None
    resumable: bool = False
    idempotent: bool = False
    refusals: tuple[str, ...] = field(default=())
    pages: tuple[int, ...] = ()


def declaration_of(method: Callable[..., Any]) -> Declaration:
    return getattr(method, "declaration", Declaration())


def _declare(**changes: Any) -> Callable[[Method], Method]:
    def mark(method: Method) -> Method:
        method.declaration = replace(declaration_of(method), **changes)  # type: ignore[attr-defined]
        return method

    return mark


def roles(*names: str) -> Callable[[Method], Method]:
    """Who may call; without names everybody may."""
    return _declare(roles=names)


def body(schema: type[Schema], *, partial: bool = False) -> Callable[[Method], Method]:
    """The JSON object that must come; `partial` for a merge patch."""
    return _declare(body=schema, partial=partial)


def query(schema: type[Schema]) -> Callable[[Method], Method]:
    return _declare(query=schema)


def returns(
    schema: type[Schema] | None,
    status: int = 200,
    *,
    location: str | None = None,
    etag: bool = False,
    many: bool = False,
    media: str = "application/json",
) -> Callable[[Method], Method]:
    """`location` is a format string over the returned object, `etag` takes its `version`,
    `many` answers with a bare array. Of another `media` type than JSON the method makes the
    response itself, and the schema is that of what it consists of."""
    return _declare(
        answer=schema, status=status, location=location, etag=etag, many=many, media=media
    )


def shows_pages(*statuses: int) -> Callable[[Method], Method]:
    """For people: every answer is an HTML page, with one of these statuses."""
    return _declare(pages=statuses, status=statuses[0])


def if_match(method: Method) -> Method:
    """The request must carry the ETag that the caller last saw."""
    return _declare(if_match=True)(method)


def if_match_with(member: str) -> Callable[[Method], Method]:
    """The same of requests whose body has this member; of others it is heeded if it is there."""
    return _declare(if_match_with=member)


def idempotent(method: Method) -> Method:
    """The request may carry an Idempotency-Key; the resource must know how to `render` an id."""
    return _declare(idempotent=True)(method)


def resumable(method: Method) -> Method:
    """The request may carry the Last-Event-ID that its caller saw last."""
    return _declare(resumable=True)(method)


def refuses(*slugs: str) -> Callable[[Method], Method]:
    """Problem slugs beyond the usual ones, for the contract."""
    return _declare(refusals=slugs)
