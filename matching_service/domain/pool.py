"""Whether a therapist may be asked at all, whoever the patients are."""

from collections.abc import Callable, Mapping
from datetime import date

from matching_service.domain.snapshots import TherapistSnapshot
from matching_service.domain.verdicts import MET, Met, Unknown, Verdict, Violated


def contact_obstacles(therapist: TherapistSnapshot, today: date) -> tuple[Violated | Unknown, ...]:
    """Empty: the therapist may be asked today."""
    verdicts = (rule(therapist, today) for rule in _CONTACT_RULES)
    return tuple(verdict for verdict in verdicts if not isinstance(verdict, Met))


def may_be_asked(therapist: TherapistSnapshot, today: date) -> bool:
    """The same decision, stopping at the first obstacle."""
    for rule in _CONTACT_RULES:  # noqa: SIM110 - `all()` is slower, and this is asked of thousands
        if rule(therapist, today) is not MET:
            return False
    return True


def unwillingness(therapist: TherapistSnapshot, today: date) -> tuple[Violated | Unknown, ...]:
    """What the therapist or staff have said, apart from what the contact law remembers."""
    verdicts = (rule(therapist, today) for rule in (_active, _not_opted_out, _not_later))
    return tuple(verdict for verdict in verdicts if not isinstance(verdict, Met))


def mailbox_still_free(therapist: TherapistSnapshot, taken: Mapping[int, int]) -> Verdict:
    """One therapist per mailbox; `taken` says who has it: mailbox id → therapist id."""
    holder = taken.get(therapist.mailbox_id)
    return MET if holder is None else Violated("same_mailbox", {"therapist_id": holder})


def openness(therapist: TherapistSnapshot, today: date) -> int:
    """0 to 2: one for "potentially available", one for a free place by today."""
    has_free_place = therapist.free_from is not None and therapist.free_from <= today
    return int(therapist.potentially_available) + int(has_free_place)


def _active(therapist: TherapistSnapshot, _today: date) -> Verdict:
    if therapist.status == "aktiv":
        return MET
    return Violated("blocked", {"status": therapist.status}, {"therapist.status": "aktiv"})


def _not_opted_out(therapist: TherapistSnapshot, _today: date) -> Verdict:
    return Violated("opted_out") if therapist.opted_out else MET


def _not_later(therapist: TherapistSnapshot, today: date) -> Verdict:
    return _not_before("later", therapist.kontakt_wieder_ab, today)


def _reachable(therapist: TherapistSnapshot, _today: date) -> Verdict:
    if therapist.has_email or therapist.has_phone:
        return MET
    return Violated("no_channel", {}, {"therapist": ("email", "telefon")})


def _not_cooling(therapist: TherapistSnapshot, today: date) -> Verdict:
    return _not_before("cooling", therapist.next_contactable_date, today)


def _not_written_to_lately(therapist: TherapistSnapshot, today: date) -> Verdict:
    """Matters only where the inquiry would go by mail."""
    return _not_before("later", therapist.mail_possible_on if therapist.has_email else None, today)


def _without_open_inquiry(therapist: TherapistSnapshot, _today: date) -> Verdict:
    return Violated("open_inquiry") if therapist.has_open_inquiry else MET


def _not_before(code: str, day: date | None, today: date) -> Verdict:
    if day is None or day <= today:
        return MET
    return Violated(code, {"until": day.isoformat()}, {"date": day.isoformat()})


_CONTACT_RULES: tuple[Callable[[TherapistSnapshot, date], Verdict], ...] = (
    _active,
    _not_opted_out,
    _not_later,
    _reachable,
    _not_cooling,
    _not_written_to_lately,
    _without_open_inquiry,
)
