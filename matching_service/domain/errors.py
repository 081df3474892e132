"""What the domain refuses, with the facts that belong to the refusal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from matching_service.domain.verdicts import Detail


class DomainError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class FieldError:
    """`field` is the path in the request: "responses[0].search_id"."""

    field: str
    code: str


class InvalidFields(DomainError):
    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__(", ".join(f"{error.field}: {error.code}" for error in self.errors))


class NotFound(DomainError):
    def __init__(self, kind: str, entity_id: int) -> None:
        self.kind, self.entity_id = kind, entity_id
        super().__init__(f"{kind} {entity_id}")


class FlagNotFound(DomainError):
    """No such feature flag; `str()` is the name that was asked for."""


class PlacementRequestNotFound(DomainError):
    """v1 knows no such request."""


class FlagStale(DomainError):
    """Somebody else turned the flag since the caller last read it."""


class FeatureDisabled(DomainError):
    def __init__(self, flag: str) -> None:
        self.flag = flag
        super().__init__(flag)


class IllegalTransition(DomainError):
    def __init__(self, current: str, wanted: str, legal: Iterable[str]) -> None:
        self.current, self.wanted, self.legal = current, wanted, tuple(legal)
        super().__init__(f"{current} -> {wanted}")


class RequestAnswered(DomainError):
    """What a therapist has said to a v1 request is not taken back there."""

    def __init__(self, status: str, wanted: str) -> None:
        self.status, self.wanted = status, wanted
        super().__init__(f"{status} -> {wanted}")


@dataclass(frozen=True, slots=True)
class Unmet:
    code: str
    detail: Detail


class NotQualified(DomainError):
    def __init__(self, unmet: Iterable[Unmet]) -> None:
        self.unmet = tuple(unmet)
        super().__init__(", ".join(point.code for point in self.unmet))


class ActiveSearchExists(DomainError):
    def __init__(self, search_id: int) -> None:
        self.search_id = search_id
        super().__init__(f"search {search_id}")


class SearchNotActive(DomainError):
    def __init__(self, search_id: int, status: str) -> None:
        self.search_id, self.status = search_id, status
        super().__init__(f"search {search_id} is {status}")


@dataclass(frozen=True, slots=True)
class Removed:
    """A search that no longer fits its bundle, and why."""

    search_id: int
    reasons: tuple[Unmet, ...]


class BundleTooSmall(DomainError):
    def __init__(self, size: int, needed: int, removed: Iterable[Removed]) -> None:
        self.size, self.needed, self.removed = size, needed, tuple(removed)
        super().__init__(f"{size} of {needed}")


class NotSent(DomainError):
    def __init__(self, bundle_id: int, state: str) -> None:
        self.bundle_id, self.state = bundle_id, state
        super().__init__(f"bundle {bundle_id} is {state}")


class AlreadyAnswered(DomainError):
    def __init__(self, bundle_id: int) -> None:
        self.bundle_id = bundle_id
        super().__init__(f"bundle {bundle_id}")


class IncompleteResponse(DomainError):
    """`missing`: searches without an outcome; `unknown`: outcomes for searches not asked about."""

    def __init__(self, missing: Iterable[int], unknown: Iterable[int]) -> None:
        self.missing, self.unknown = tuple(missing), tuple(unknown)
        super().__init__(f"missing {self.missing}, unknown {self.unknown}")


class OpenInquiry(DomainError):
    def __init__(self, bundle_id: int) -> None:
        self.bundle_id = bundle_id
        super().__init__(f"bundle {bundle_id}")


class CoolingActive(DomainError):
    def __init__(self, next_contactable_date: date) -> None:
        self.next_contactable_date = next_contactable_date
        super().__init__(next_contactable_date.isoformat())


class NoChannel(DomainError):
    def __init__(self, therapist_id: int) -> None:
        self.therapist_id = therapist_id
        super().__init__(f"therapist {therapist_id}")


class PlanStale(DomainError):
    def __init__(self, plan_id: str) -> None:
        self.plan_id = plan_id
        super().__init__(plan_id)


class CorrectionTooLate(DomainError):
    def __init__(self, search_id: int, status: str) -> None:
        self.search_id, self.status = search_id, status
        super().__init__(f"search {search_id} is {status}")


class SearchStale(DomainError):
    """Somebody else changed the search since the caller last read it."""

    def __init__(self, search_id: int) -> None:
        self.search_id = search_id
        super().__init__(f"search {search_id}")


class InquiryStale(DomainError):
    """Somebody else changed the inquiry since the caller last read it."""

    def __init__(self, bundle_id: int) -> None:
        self.bundle_id = bundle_id
        super().__init__(f"bundle {bundle_id}")


class ContactTooSoon(DomainError):
    """The mailbox had an unsolicited mail less than seven days ago."""

    def __init__(self, contactable_from: datetime) -> None:
        self.contactable_from = contactable_from
        super().__init__(contactable_from.isoformat())


class PermitRefused(DomainError):
    """`why`: revoked, expired, cooling, or moved (the therapist has another mailbox now)."""

    def __init__(self, permit_id: int, why: str) -> None:
        self.permit_id, self.why = permit_id, why
        super().__init__(f"permit {permit_id}: {why}")


class ChangedMeanwhile(DomainError):
    """A planned bundle no longer fits what is known now."""


class TherapistNotContactable(DomainError):
    """`why` is a reason code of the pool: blocked, opted_out, later."""

    def __init__(self, therapist_id: int, why: str) -> None:
        self.therapist_id, self.why = therapist_id, why
        super().__init__(f"therapist {therapist_id}: {why}")


class ExcludedByPatient(DomainError):
    """The patient's own list says so; it is kept with the patient."""

    def __init__(self, therapist_id: int, patient_id: int) -> None:
        self.therapist_id, self.patient_id = therapist_id, patient_id
        super().__init__(f"therapist {therapist_id} by patient {patient_id}")


class NotEligible(DomainError):
    """A search and a therapist whom the hard rules keep apart."""

    def __init__(self, unmet: Iterable[Unmet]) -> None:
        self.unmet = tuple(unmet)
        super().__init__(", ".join(point.code for point in self.unmet))


class TooManyStreams(DomainError):
    """`str()` says whose limit is reached: of one user, or of all."""
