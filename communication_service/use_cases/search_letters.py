"""Letters to a patient about the search; each is a draft until a person releases it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from communication_service.domain.mail_states import MailState
from communication_service.domain.patient_letters import (
    PatientLetter,
    SearchEndedLetter,
    SearchStartedLetter,
    TherapistAcceptedLetter,
    search_end,
)
from communication_service.domain.purposes import TO_PATIENT, Purpose
from communication_service.domain.salutations import salutation
from communication_service.gateways.people import People, read_addressee, read_practice
from communication_service.storage import queries
from communication_service.use_cases.mail_rows import Post, write_row
from communication_service.use_cases.practice_letters import Letterhead
from communication_service.use_cases.write_mail import write_mail


@dataclass(frozen=True)
class SearchNews:
    """What matching has told of a search."""

    search_id: int
    patient_id: int
    status: str
    end_reason: str | None = None
    therapist_id: int | None = None


_FINISHED = ("successful", "abandoned")


def follow_search(
    session: Session, news: SearchNews, people: People, letterhead: Letterhead, now: datetime
) -> None:
    """Drafts that are no longer true go; the letter for what has happened now is drafted.

    Raises ServiceUnavailable or ServiceRefused.
    """
    match news.status:
        case "active" | "paused":
            queries.delete_unsent_of_search(session, news.search_id, [Purpose.THERAPIST_ACCEPTED])
        case "in_sessions" | "successful" | "abandoned":
            queries.delete_unsent_of_search(session, news.search_id, TO_PATIENT)
            _draft(session, news, people, letterhead, now)


def begin_search(
    session: Session, news: SearchNews, people: People, letterhead: Letterhead, now: datetime
) -> None:
    """Raises ServiceUnavailable or ServiceRefused."""
    _draft(session, news, people, letterhead, now)


def _draft(
    session: Session, news: SearchNews, people: People, letterhead: Letterhead, now: datetime
) -> None:
    letter = _letter(news, people)
    if letter is None:
        return
    purpose = _PURPOSES[type(letter)]
    about = news.therapist_id if purpose is Purpose.THERAPIST_ACCEPTED else None
    known = queries.locked_patient_letter(session, news.search_id, purpose, about)
    if known is not None and known.state != MailState.DRAFT:
        return
    post = Post(
        purpose,
        write_mail(letter, letterhead.signed_by),
        (news.search_id,),
        patient_id=news.patient_id,
        about_therapist_id=about,
    )
    write_row(session, known, post, letterhead, now)


_PURPOSES: dict[type[PatientLetter], Purpose] = {
    SearchStartedLetter: Purpose.SEARCH_STARTED,
    TherapistAcceptedLetter: Purpose.THERAPIST_ACCEPTED,
    SearchEndedLetter: Purpose.SEARCH_ENDED,
}


def _letter(news: SearchNews, people: People) -> PatientLetter | None:
    """None: there is nobody to write to, or nothing to say."""
    if news.status in _FINISHED and search_end(news.end_reason) is None:
        return None
    patient = people.patient(news.patient_id)
    if patient is None:
        return None
    addressed = salutation(read_addressee(patient))
    end = search_end(news.end_reason)
    if news.status in _FINISHED and end is not None:
        return SearchEndedLetter(news.search_id, addressed, end)
    if news.status != "in_sessions":
        return SearchStartedLetter(news.search_id, addressed)
    practice = people.therapist(news.therapist_id) if news.therapist_id else None
    if practice is None:
        return None
    return TherapistAcceptedLetter(news.search_id, addressed, read_practice(practice))
