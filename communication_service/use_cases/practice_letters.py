"""A letter to a practice as it would go out now. Preview, draft and sending all come here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from communication_service.domain.letters import (
    Links,
    PatientFacts,
    inquiry_letter,
    letters_by_search,
    reminder_letter,
)
from communication_service.domain.notices import (
    NamedPatient,
    confirmation_letter,
    conflict_notice,
    may_be_named,
    withdrawal_notice,
)
from communication_service.domain.purposes import TO_PRACTICE, Purpose, speaks_of
from communication_service.domain.salutations import Addressee
from communication_service.gateways.matching import Bundle, BundlePatient, Matching
from communication_service.gateways.people import (
    People,
    Recipient,
    read_addressee,
    read_consent,
    read_named,
    read_patient,
    read_recipient,
    wants_letters,
)
from communication_service.gateways.practices import Practice, read_practice
from communication_service.storage import queries
from communication_service.use_cases.answer_links import AnswerLinks
from communication_service.use_cases.write_mail import (
    MailSender,
    PracticeLetter,
    WrittenMail,
    write_mail,
)


@dataclass(frozen=True)
class Letterhead:
    """`address` is our sender's, `staff_address` where hints to the staff go."""

    address: str
    staff_address: str
    signed_by: MailSender
    links: AnswerLinks

    @property
    def staff(self) -> Recipient:
        return Recipient(self.signed_by.name, self.staff_address)


@dataclass(frozen=True)
class SpokenOf:
    """`named` only in a confirmation, and only with the patient's consent."""

    search_id: int
    patient_id: int
    facts: PatientFacts
    named: NamedPatient | None


@dataclass(frozen=True)
class GatheredLetter:
    """What a letter is made from; `asked` are all searches of the inquiry, in their order."""

    purpose: Purpose
    bundle_id: int
    therapist_id: int
    mailbox_key: str
    therapist: Addressee
    recipient: Recipient
    practice: Practice
    patients: tuple[SpokenOf, ...]
    asked: tuple[int, ...]
    sent_at: datetime | None

    @property
    def search_ids(self) -> tuple[int, ...]:
        return tuple(patient.search_id for patient in self.patients)

    @property
    def patient_ids(self) -> tuple[int, ...]:
        return tuple(patient.patient_id for patient in self.patients)


def gather_letter(
    purpose: Purpose, bundle_id: int, matching: Matching, people: People, now: datetime
) -> GatheredLetter | None:
    """None: there is nothing to write. Raises ServiceUnavailable or ServiceRefused."""
    bundle = matching.bundle(bundle_id)
    return None if bundle is None else gather_from(purpose, bundle, people, now)


def gather_from(
    purpose: Purpose, bundle: Bundle, people: People, now: datetime
) -> GatheredLetter | None:
    """Names are read for a confirmation only. Raises ServiceUnavailable or ServiceRefused."""
    rows = _rows_for(purpose, bundle)
    if not rows:
        return None
    therapist = people.therapist(bundle.therapist_id)
    documents = people.patients([row.patient_id for row in rows])
    patients = tuple(
        _spoken_of(purpose, row, documents[row.patient_id], now)
        for row in rows
        if row.patient_id in documents
    )
    if therapist is None or not patients:
        return None
    if purpose is Purpose.WITHDRAWAL_NOTICE and not wants_letters(therapist):
        return None
    return GatheredLetter(
        purpose=purpose,
        bundle_id=bundle.id,
        therapist_id=bundle.therapist_id,
        mailbox_key=therapist["mailbox_key"],
        therapist=read_addressee(therapist),
        recipient=read_recipient(therapist),
        practice=read_practice(therapist),
        patients=patients,
        asked=tuple(row.search_id for row in bundle.patients),
        sent_at=bundle.sent_at,
    )


def purposes_of(bundle: Bundle) -> tuple[Purpose, ...]:
    """The letters for which this inquiry gives occasion as it stands."""
    return tuple(purpose for purpose in TO_PRACTICE if _rows_for(purpose, bundle))


def letter_text(
    session: Session,
    gathered: GatheredLetter,
    letterhead: Letterhead,
    now: datetime,
) -> WrittenMail:
    """The one place where a letter to a practice gets its words."""
    signs = letterhead.links
    links = Links(signs.answer_link(gathered, now), signs.opt_out_link(gathered, now))
    return write_mail(_letter(session, gathered, now, links), letterhead.signed_by)


def lettered(session: Session, gathered: GatheredLetter) -> dict[str, SpokenOf]:
    """Patients keep the letters that they have in the inquiry's mail, if there was one."""
    mailed = queries.mailed_searches(session, gathered.bundle_id)
    letters = letters_by_search(mailed or gathered.asked, gathered.asked)
    return {letters[patient.search_id]: patient for patient in gathered.patients}


def _letter(
    session: Session, gathered: GatheredLetter, now: datetime, links: Links
) -> PracticeLetter:
    inquiry, therapist = gathered.bundle_id, gathered.therapist
    if gathered.purpose is Purpose.INQUIRY:
        known = queries.was_written_to(session, gathered.therapist_id, besides_bundle=inquiry)
        facts = [patient.facts for patient in gathered.patients]
        return inquiry_letter(
            inquiry, therapist, facts, first_contact=not known, now=now, links=links
        )
    people = lettered(session, gathered)
    match gathered.purpose:
        case Purpose.REMINDER:
            waiting = {letter: patient.facts for letter, patient in people.items()}
            sent_at = gathered.sent_at
            return reminder_letter(
                inquiry, therapist, waiting, sent_at=sent_at, now=now, links=links
            )
        case Purpose.CONFIRMATION:
            named = {letter: patient.named for letter, patient in people.items()}
            return confirmation_letter(inquiry, therapist, named)
        case Purpose.CONFLICT_NOTICE:
            return conflict_notice(inquiry, therapist, tuple(people), {}, now)
        case Purpose.WITHDRAWAL_NOTICE:
            return withdrawal_notice(inquiry, therapist, len(people))
        case _:
            raise ValueError(gathered.purpose)


def _rows_for(purpose: Purpose, bundle: Bundle) -> list[BundlePatient]:
    state, reason = bundle.state, bundle.close_reason
    return [
        row
        for row in bundle.patients
        if speaks_of(purpose, state, row.status, close_reason=reason, ended=row.ended)
    ]


def _spoken_of(
    purpose: Purpose, row: BundlePatient, document: Mapping[str, Any], now: datetime
) -> SpokenOf:
    may_name = purpose is Purpose.CONFIRMATION and may_be_named(read_consent(document), now)
    return SpokenOf(
        search_id=row.search_id,
        patient_id=row.patient_id,
        facts=read_patient(document, row.distance_km),
        named=read_named(document) if may_name else None,
    )
