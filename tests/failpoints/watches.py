"""What the failpoint harness can watch: SQL, sockets, Kafka requests, any call of any class.

Digits in the names of points are blotted out, so that two runs of the same work have the same
points.
"""

import re
import socket
from collections.abc import Callable, Mapping
from typing import Any

import psycopg2
from psycopg2.extensions import connection, cursor
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2

from tests.failpoints.harness import Reached, Watch

_LABEL_LENGTH = 60
_RECEIVE = "receive"
_WRITING_REQUESTS = ("Produce", "OffsetCommit")
_SEAT_REQUESTS = ("JoinGroup", "SyncGroup")


def watch_engines(reached: Reached) -> None:
    """Statements and commits that go through SQLAlchemy."""

    def sql(_c: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        reached(f"sql {_short(statement)}")

    event.listen(Engine, "before_cursor_execute", sql)
    _announce(PGDialect_psycopg2, "do_commit", reached, lambda *_: "commit")


def watch_psycopg(reached: Reached) -> None:
    """Statements and commits on connections that were opened without SQLAlchemy."""
    unwatched = psycopg2.connect

    class WatchedConnection(connection):
        def cursor(self, *args: Any, cursor_factory: Any = None, **kwargs: Any) -> Any:
            watched = _watched_cursor(cursor_factory or cursor, reached)
            return super().cursor(*args, cursor_factory=watched, **kwargs)

        def commit(self) -> None:
            reached("commit")
            super().commit()

    def connect(*args: Any, **kwargs: Any) -> Any:
        return unwatched(*args, connection_factory=WatchedConnection, **kwargs)

    def connect_engine(_dialect: Any, _record: Any, args: Any, kwargs: Any) -> Any:
        return unwatched(*args, **kwargs)

    event.listen(Engine, "do_connect", connect_engine)
    vars(psycopg2)["connect"] = connect


def watch_calls(owner: type, *steps: str) -> Watch:
    """Calls of a class's methods, each named like `Owner.step`."""

    def watch(reached: Reached) -> None:
        for step in steps:
            name = f"{owner.__name__}.{step}"
            _announce(owner, step, reached, lambda *_, name=name: name)

    return watch


def watch_sockets(names: Mapping[int, str]) -> Watch:
    """Connects, sends and receives; `names` tells ports apart.

    An answer that arrives in pieces is one `receive`.
    """

    def watch(reached_any: Reached) -> None:
        reached = _without_later_pieces(reached_any)
        _announce(socket.socket, "connect", reached, lambda _, to: f"{_name(names, to)} connect")
        _announce(socket.socket, "sendall", reached, lambda s, data: f"{of(s)} send {_short(data)}")
        _announce(socket.socket, "recv_into", reached, lambda s, *_: f"{of(s)} {_RECEIVE}")

    def of(wire: socket.socket) -> str:
        return _name(names, wire.getpeername())

    return watch


def watch_kafka(reached: Reached) -> None:
    """Requests that change something at the broker, and their answers.

    Others (metadata, fetch, heartbeat) come as often as time allows: no run is like the next.
    A seat in the group may have to be asked for again; only the first time is a point.
    """
    # Only here: it takes its time to load.
    from kafka.protocol.parser import KafkaProtocol

    seated: set[str] = set()

    def asking(_: Any, request: Any, *_args: Any) -> None:
        reach(request, "Request")

    def answered(responses: Any) -> None:
        for _, response in responses:
            reach(response, "Response")

    def reach(message: Any, kind: str) -> None:
        name = type(message).__name__
        about = name.removesuffix(kind)
        if about in _WRITING_REQUESTS and name not in seated:
            seated.update({name} if about in _SEAT_REQUESTS else ())
            reached(f"kafka {name}")

    _around(KafkaProtocol, "send_request", before=asking)
    _around(KafkaProtocol, "receive_bytes", after=answered)


def _watched_cursor(watched: type[cursor], reached: Reached) -> type[cursor]:
    class WatchedCursor(watched):  # type: ignore[misc, valid-type]
        def execute(self, query: Any, *args: Any) -> None:
            reached(f"sql {_short(query)}")
            super().execute(query, *args)

    return WatchedCursor


def _name(names: Mapping[int, str], address: Any) -> str:
    return names.get(address[1], "socket") if isinstance(address, tuple) else "socket"


def _without_later_pieces(reached: Reached) -> Reached:
    last = ""

    def once(label: str) -> None:
        nonlocal last
        if label != last or not label.endswith(_RECEIVE):
            reached(label)
        last = label

    return once


def _announce(owner: type, step: str, reached: Reached, label: Callable[..., str]) -> None:
    _around(owner, step, before=lambda *args: reached(label(*args)))


def _around(
    owner: type,
    step: str,
    before: Callable[..., object] = lambda *_: None,
    after: Callable[[Any], object] = lambda _: None,
) -> None:
    original = getattr(owner, step)

    def surrounded(*args: Any, **kwargs: Any) -> Any:
        before(*args)
        result = original(*args, **kwargs)
        after(result)
        return result

    setattr(owner, step, surrounded)


def _short(words: str | bytes) -> str:
    text = words if isinstance(words, str) else bytes(words).decode("utf-8", "replace")
    line = " ".join(text.replace("\r\n", "⏎").split())
    return re.sub(r"\d+", "#", line)[:_LABEL_LENGTH]
