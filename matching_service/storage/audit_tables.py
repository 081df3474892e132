"""What is written down about the work itself: waves that were planned, looks at the contact law."""

from datetime import date, datetime

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from matching_service.storage.tables import Base


class BundleWave(Base):
    """A wave in counts: therapists asked, bundles created, and skipped by reason."""

    __tablename__ = "bundle_wave"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    asked: Mapped[int]
    created: Mapped[int]
    skipped: Mapped[dict[str, int]] = mapped_column(JSONB)


class ContactAudit(Base):
    """One night's look at the register of contacts."""

    __tablename__ = "contact_audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    night: Mapped[date]
    ran_at: Mapped[datetime]
    checked: Mapped[int]
    violations: Mapped[int]
