"""What bundles say about a patient goes with the patient; that there was somebody stays."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from matching_service.storage.tables import Platzsuche, TherapeutAnfragePatient


def forget_words_about(session: Session, patient_id: int) -> None:
    """Why a therapist was asked tells diagnosis, age and place; notes tell anything."""
    rows = update(TherapeutAnfragePatient).where(TherapeutAnfragePatient.patient_id == patient_id)
    session.execute(rows.values(reasons=[], outcome_notes=None))
    session.execute(
        update(Platzsuche).where(Platzsuche.patient_id == patient_id).values(notes=None)
    )
