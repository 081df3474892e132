"""A practice's own page: what it was asked, and its answer, the same way as staff record one.

Nobody else is asked while a transaction is open: the callers keep theirs short.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from communication_service.domain.answer_form import FilledForm
from communication_service.domain.answer_links import LinkClaim
from communication_service.domain.answer_page import (
    AskedPatient,
    RowStatus,
    Standing,
    lettered,
    standing_of,
)
from communication_service.domain.letters import anonymised
from communication_service.gateways.answers import (
    Answers,
    AskedInquiry,
    RecordedAnswer,
    read_asked_therapist,
)
from communication_service.gateways.people import People, read_patient
from communication_service.storage.queries import mailed_searches
from communication_service.use_cases.letter_wording import patient_lines
from shared.contracts.berlin import berlin_day

_NOBODY: Mapping[str, Any] = {}


class LinkDead(Exception):
    """Nothing can be answered or seen by this link; `standing` says why."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing)
        self.standing = standing


@dataclass(frozen=True)
class OpenedInquiry:
    """`patients` by the letter that they have in the mail; `standing` is OPEN or ANSWERED."""

    standing: Standing
    inquiry: AskedInquiry
    patients: Mapping[str, AskedPatient]

    @property
    def waiting(self) -> tuple[str, ...]:
        return tuple(
            letter for letter, one in self.patients.items() if one.status is RowStatus.PENDING
        )


def look_up(claim: LinkClaim, answers: Answers, people: People) -> tuple[Standing, AskedInquiry]:
    """Raises LinkDead, ServiceUnavailable, ServiceRefused."""
    inquiry = answers.inquiry(claim.bundle_id)
    if inquiry is None or inquiry.therapist_id != claim.therapist_id:
        raise LinkDead(Standing.GONE)
    document = people.therapist(claim.therapist_id)
    therapist = None if document is None else read_asked_therapist(document)
    standing = standing_of(inquiry.state, therapist, claim.mailbox)
    if standing not in (Standing.OPEN, Standing.ANSWERED):
        raise LinkDead(standing)
    return standing, inquiry


def open_inquiry(session: Session, standing: Standing, inquiry: AskedInquiry) -> OpenedInquiry:
    mailed = mailed_searches(session, inquiry.id)
    return OpenedInquiry(standing, inquiry, lettered(mailed, inquiry.patients))


def describe(opened: OpenedInquiry, people: People, now: datetime) -> Mapping[str, tuple[str, ...]]:
    """In the words of the mail, those who still wait. Raises ServiceUnavailable, ServiceRefused."""
    waiting = {letter: opened.patients[letter] for letter in opened.waiting}
    documents = people.patients([patient.patient_id for patient in waiting.values()])
    return {
        letter: _lines(letter, patient, documents, berlin_day(now))
        for letter, patient in waiting.items()
    }


def give_answer(opened: OpenedInquiry, form: FilledForm, answers: Answers) -> RecordedAnswer:
    """Raises AnswerRefused, ServiceUnavailable, ServiceRefused."""
    responses = [
        {
            "search_id": opened.patients[letter].search_id,
            "outcome": given.outcome,
            "notes": given.notes,
        }
        for letter, given in form.answers.items()
    ]
    return answers.record(opened.inquiry.id, responses, opened.inquiry.therapist_id)


def answered(opened: OpenedInquiry, recorded: RecordedAnswer) -> OpenedInquiry:
    """The same letters, with what is stored now."""
    stored = {patient.search_id: patient for patient in recorded.inquiry.patients}
    patients = {
        letter: stored.get(patient.search_id, patient)
        for letter, patient in opened.patients.items()
    }
    return OpenedInquiry(Standing.ANSWERED, recorded.inquiry, patients)


def _lines(
    letter: str,
    patient: AskedPatient,
    documents: Mapping[int, Mapping[str, Any]],
    today: date,
) -> tuple[str, ...]:
    """Of somebody whose record has just been deleted everything is open."""
    document = documents.get(patient.patient_id, _NOBODY)
    return patient_lines(anonymised(letter, read_patient(document, patient.distance_km), today))
