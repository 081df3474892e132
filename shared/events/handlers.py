"""How a service says what it does with an event.

A projection keeps a copy of somebody else's state: guarded by version, replayable, given a whole
batch at once. A reaction does something once: remembered in the inbox, never replayed.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind
from sqlalchemy.orm import Session

from shared.contracts.event_types import EVENT_TYPES
from shared.events.envelope import Event
from shared.observability import tracing

Projection: TypeAlias = Callable[[Session, Sequence[Event], Any, datetime], None]
Reaction: TypeAlias = Callable[[Session, Event, Any, datetime], None]


@dataclass
class Handlers:
    """A service's table from event type to what it does. Filled by the two decorators.

    `alone` are the types that some reaction needs a transaction of its own for.
    """

    alone: set[str] = field(default_factory=set)
    projections: dict[str, list[Projection]] = field(default_factory=dict)
    reactions: dict[str, list[Reaction]] = field(default_factory=dict)

    def projection(self, *types: str) -> Callable[[Projection], Projection]:
        """Marks `function(session, events, wiring, now)`; `events` keep their order."""

        def mark(function: Projection) -> Projection:
            _register(self.projections, types, function)
            return function

        return mark

    def reaction(self, *types: str, alone: bool = False) -> Callable[[Reaction], Reaction]:
        """Marks `function(session, event, wiring, now)`.

        `alone`: it locks several rows in the service's common order, which two of them in one
        transaction would break.
        """

        def mark(function: Reaction) -> Reaction:
            _register(self.reactions, types, function)
            self.alone.update(types if alone else ())
            return function

        return mark

    def project(
        self, session: Session, events: Sequence[Event], wiring: Any, now: datetime
    ) -> None:
        """Gives each projection its events at once, in a trace of their own that names theirs."""
        for projection, types in self._types_by_projection().items():
            mine = [event for event in events if event.type in types]
            if mine:
                origins = [tracing.context_of(event.traceparent) for event in mine]
                with _processing(projection, mine[0].topic, Context(), origins) as span:
                    span.set_attribute("messaging.batch.message_count", len(mine))
                    projection(session, mine, wiring, now)

    def react(self, session: Session, event: Event, wiring: Any, now: datetime) -> None:
        """Gives each reaction the event, in the event's own trace."""
        for reaction in self.reactions[event.type]:
            with _processing(reaction, event.topic, tracing.context_of(event.traceparent)) as span:
                span.set_attribute("messaging.message.id", str(event.id))
                span.set_attribute("cloudevents.event_type", event.type)
                reaction(session, event, wiring, now)

    @property
    def types(self) -> frozenset[str]:
        return frozenset(self.projections) | frozenset(self.reactions)

    @property
    def topics(self) -> list[str]:
        return sorted({EVENT_TYPES[t].topic for t in self.types})

    def _types_by_projection(self) -> dict[Projection, set[str]]:
        found: dict[Projection, set[str]] = {}
        for event_type, functions in self.projections.items():
            for function in functions:
                found.setdefault(function, set()).add(event_type)
        return found


def _processing(
    handler: Callable[..., None], topic: str, parent: Context, origins: Iterable[Context] = ()
) -> AbstractContextManager[Span]:
    known = {
        "messaging.operation.type": "process",
        "messaging.operation.name": handler.__name__,
        "messaging.destination.name": topic,
    }
    return tracing.span(f"process {topic}", SpanKind.CONSUMER, parent, known, origins)


def _register(table: dict[str, list[Any]], types: Iterable[str], function: Any) -> None:
    for name in types:
        if name not in EVENT_TYPES:
            raise LookupError(f"no such event type: {name}")
        table.setdefault(name, []).append(function)
