"""URL → resource of the stream's own web process, which loads nothing of the rest."""

from matching_service.api.stream import Stream
from shared.http.service import Route

STREAM_ROUTES = (Route("/api/v2/stream", Stream, aliases=("/api/stream",)),)
