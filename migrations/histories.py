"""One history of revisions per schema: its roles, its folder, its version table."""

from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class History:
    schema: str
    has_app: bool = True

    @property
    def owner(self) -> str:
        return f"{self.schema}_owner"

    @property
    def app(self) -> str:
        return f"{self.schema}_app"

    @property
    def versions(self) -> Path:
        return _HERE / self.schema / "versions"


# The transport comes first: the services' plumbing leans on it.
HISTORIES = (
    History("events", has_app=False),
    History("patient_service"),
    History("therapist_service"),
    History("matching_service"),
    History("communication_service"),
    History("geocoding_service"),
)
SERVICES = tuple(history for history in HISTORIES if history.has_app)


def find_history(schema: str) -> History:
    """Raises KeyError with the known names."""
    for history in HISTORIES:
        if history.schema == schema:
            return history
    raise KeyError(f"{schema}: not one of {', '.join(h.schema for h in HISTORIES)}")
