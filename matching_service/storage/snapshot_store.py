"""The read models: how neighbours' records come in, and how they go."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from matching_service.storage.tables import (
    Mailbox,
    PatientRow,
    TherapistRow,
)


def keep_patients(
    session: Session, records: Sequence[Mapping[str, Any]], *, anew: bool = False
) -> None:
    """Upserts records by column name. Unless `anew`, an older version never replaces a newer one
    and nobody comes back."""
    _keep(session, PatientRow, "patient_id", records, anew)


def keep_therapists(
    session: Session, records: Sequence[Mapping[str, Any]], *, anew: bool = False
) -> None:
    _keep(session, TherapistRow, "therapist_id", records, anew)


def add_therapists(session: Session, records: Sequence[Mapping[str, Any]]) -> None:
    """Whoever is here already stays as they are."""
    if records:
        session.execute(
            insert(TherapistRow.__table__)  # type: ignore[arg-type]
            .values(list(records))
            .on_conflict_do_nothing()
        )


def lock_copies(session: Session, row_id: Any, ids: Collection[int]) -> None:
    """`row_id` is the key column of either table."""
    session.execute(select(row_id).where(row_id.in_(ids)).order_by(row_id).with_for_update())


def copied_ids(session: Session, row_id: Any, after: int, up_to: int | None) -> set[int]:
    """Between two ids, the upper one included; None: all that follow."""
    rows = select(row_id).where(row_id > after)
    return set(session.scalars(rows if up_to is None else rows.where(row_id <= up_to)))


def forget_patients(session: Session, ids: Collection[int]) -> None:
    """Nothing about a deleted patient stays but the id."""
    blank = {c.name: None for c in PatientRow.__table__.columns if c.nullable}
    lists = {"sprachen": [], "excluded_therapists": [], "place_status": "unknown"}
    session.execute(
        update(PatientRow)
        .where(PatientRow.patient_id.in_(list(ids)))
        .values(deleted=True, **blank, **lists)
    )


def forget_therapists(session: Session, ids: Collection[int]) -> None:
    session.execute(
        update(TherapistRow).where(TherapistRow.therapist_id.in_(list(ids))).values(deleted=True)
    )


def mailbox_ids(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Mailbox id by key; mailboxes that nobody had seen before are opened."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    session.execute(
        insert(Mailbox.__table__)  # type: ignore[arg-type]
        .values([{"mailbox_key": key} for key in wanted])
        .on_conflict_do_nothing()
    )
    rows = session.execute(
        select(Mailbox.mailbox_key, Mailbox.id).where(Mailbox.mailbox_key.in_(wanted))
    )
    return dict(rows.all())


def mailboxes_of_therapists(session: Session, ids: Collection[int]) -> dict[int, int]:
    rows = session.execute(
        select(TherapistRow.therapist_id, TherapistRow.mailbox_id).where(
            TherapistRow.therapist_id.in_(list(ids))
        )
    )
    return dict(rows.all())


def _keep(
    session: Session,
    table: Any,
    key: str,
    records: Sequence[Mapping[str, Any]],
    anew: bool,
) -> None:
    if not records:
        return
    statement = insert(table.__table__).values(list(records))
    news = (table.version < statement.excluded.version) & ~table.deleted
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[key],
            set_={name: statement.excluded[name] for name in records[0] if name != key},
            where=None if anew else news,
        )
    )
