"""One event as it travels: CloudEvents 1.0 in JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Event:
    """`key` orders: events of one topic and key arrive in the order of their commits.

    `traceparent` says what the event belongs to (CloudEvents' extension for distributed tracing).
    """

    id: UUID
    type: str
    topic: str
    key: str
    source: str
    time: datetime
    data: Mapping[str, Any]
    traceparent: str | None = None

    def to_body(self) -> dict[str, Any]:
        traced = {} if self.traceparent is None else {"traceparent": self.traceparent}
        return {
            "specversion": "1.0",
            "id": str(self.id),
            "source": self.source,
            "type": self.type,
            "subject": self.key,
            "time": self.time.isoformat().replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            **traced,
            "data": dict(self.data),
        }

    @classmethod
    def from_body(cls, topic: str, body: Mapping[str, Any]) -> "Event":
        return cls(
            id=UUID(body["id"]),
            type=body["type"],
            topic=topic,
            key=body["subject"],
            source=body["source"],
            time=datetime.fromisoformat(body["time"]),
            data=body["data"],
            traceparent=body.get("traceparent"),
        )
