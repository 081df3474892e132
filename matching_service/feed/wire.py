"""Server-sent events as bytes."""

import json
from typing import Any

from matching_service.storage.stream_tables import StreamEvent

HEARTBEAT = b":\n\n"
_RETRY_MILLISECONDS = 3000


def greeting(position: int) -> bytes:
    """From now on the page knows where to go on, though nothing has happened yet."""
    return b"retry: %d\nid: %d\nevent: begin\ndata: {}\n\n" % (_RETRY_MILLISECONDS, position)


def message(event: StreamEvent) -> bytes:
    return b"id: %d\ndata: %s\n\n" % (event.id, _json(content_of(event)))


def reset(head: int) -> bytes:
    """Something is missing that nobody has any more: the page loads its lists anew."""
    return b"id: %d\nevent: reset\ndata: {}\n\n" % head


def content_of(event: StreamEvent) -> dict[str, Any]:
    return {
        "type": event.type,
        "at": event.at.isoformat(),
        "subject": {"kind": event.kind, "id": event.subject_id},
        "ids": event.ids,
        "status": event.status,
    }


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()
