"""An inquiry's mail while it is still ours: written, written anew, released, withdrawn."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.domain.letters import PatientFacts, inquiry_letter
from communication_service.domain.mail_states import MailEvent, MailState, next_state
from communication_service.domain.purposes import Purpose
from communication_service.domain.salutations import LetterTherapist
from communication_service.gateways.matching import Matching
from communication_service.gateways.message import address_domain, message_id
from communication_service.gateways.people import People, read_patient, read_therapist
from communication_service.gateways.practices import Practice, read_practice
from communication_service.storage import queries
from communication_service.storage.tables import Email
from communication_service.use_cases.write_mail import (
    MailSender,
    WrittenMail,
    write_inquiry_mail,
)


@dataclass(frozen=True)
class Letterhead:
    address: str
    signed_by: MailSender


@dataclass(frozen=True)
class GatheredInquiry:
    """What a letter is made from; `search_ids` run beside `patients`."""

    bundle_id: int
    therapist_id: int
    therapist: LetterTherapist
    practice: Practice
    patients: tuple[PatientFacts, ...]
    search_ids: tuple[int, ...]


def gather_inquiry(bundle_id: int, matching: Matching, people: People) -> GatheredInquiry | None:
    """None: nobody is asked for any more. Raises ServiceUnavailable or ServiceRefused."""
    bundle = matching.bundle(bundle_id)
    if bundle is None or not bundle.patients:
        return None
    therapist = people.therapist(bundle.therapist_id)
    documents = people.patients([patient.patient_id for patient in bundle.patients])
    present = [patient for patient in bundle.patients if patient.patient_id in documents]
    if therapist is None or not present:
        return None
    return GatheredInquiry(
        bundle_id=bundle.id,
        therapist_id=bundle.therapist_id,
        therapist=read_therapist(therapist),
        practice=read_practice(therapist),
        patients=tuple(read_patient(documents[p.patient_id], p.distance_km) for p in present),
        search_ids=tuple(patient.search_id for patient in present),
    )


def inquiry_text(
    session: Session, inquiry: GatheredInquiry, letterhead: Letterhead, now: datetime
) -> WrittenMail:
    """The exact mail as it would go out now."""
    known = queries.was_written_to(session, inquiry.therapist_id, besides_bundle=inquiry.bundle_id)
    letter = inquiry_letter(
        inquiry.bundle_id,
        inquiry.therapist,
        inquiry.patients,
        first_contact=not known,
        now=now,
    )
    return write_inquiry_mail(letter, letterhead.signed_by)


def write_draft(
    session: Session, inquiry: GatheredInquiry, letterhead: Letterhead, now: datetime
) -> Email:
    """Writes the draft, or writes it anew; a mail that was released stays as it is."""
    mail = queries.locked_inquiry_mail(session, inquiry.bundle_id)
    if mail is None or mail.state == MailState.DRAFT:
        mail = _write(session, mail, inquiry, letterhead, now)
    return mail


def release_mail(
    session: Session, inquiry: GatheredInquiry, letterhead: Letterhead, now: datetime
) -> Email:
    """Writes the mail a last time and queues it, once for every time the inquiry is sent."""
    mail = queries.locked_inquiry_mail(session, inquiry.bundle_id)
    if mail is not None and mail.state not in (MailState.DRAFT, MailState.FAILED):
        return mail
    mail = _write(session, mail, inquiry, letterhead, now)
    mail.state = next_state(MailState(mail.state), MailEvent.RELEASED)
    mail.queued_at = mail.next_attempt_at = now
    mail.attempts, mail.error_message, mail.evidence = 0, None, None
    session.flush()
    return mail


def withdraw_unsent(session: Session, bundle_id: int) -> None:
    """An inquiry that is over needs no mail. One that is being sent cannot be called back."""
    queries.delete_unsent_inquiry(session, bundle_id)


def _write(
    session: Session,
    mail: Email | None,
    inquiry: GatheredInquiry,
    letterhead: Letterhead,
    now: datetime,
) -> Email:
    text = inquiry_text(session, inquiry, letterhead, now)
    mail = mail or _blank_mail(inquiry, letterhead, now)
    mail.subject, mail.body_text, mail.body_html = text.subject, text.body_text, text.body_html
    mail.search_ids = list(inquiry.search_ids)
    mail.sender_email, mail.sender_name = letterhead.address, letterhead.signed_by.name
    mail.updated_at = now
    mail.version += 1
    session.add(mail)
    session.flush()
    return mail


def _blank_mail(inquiry: GatheredInquiry, letterhead: Letterhead, now: datetime) -> Email:
    return Email(
        therapist_id=inquiry.therapist_id,
        bundle_id=inquiry.bundle_id,
        purpose=Purpose.INQUIRY,
        state=MailState.DRAFT,
        message_id=message_id(
            inquiry.bundle_id, Purpose.INQUIRY, address_domain(letterhead.address)
        ),
        created_at=now,
        version=0,
    )
