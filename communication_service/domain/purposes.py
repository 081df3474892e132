"""What a mail is for, whom it goes to, and who lets it go.

For one inquiry there is at most one mail of each purpose.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Purpose(StrEnum):
    INQUIRY = "inquiry"
    REMINDER = "reminder"
    CONFIRMATION = "confirmation"
    CONFLICT_NOTICE = "conflict_notice"
    WITHDRAWAL_NOTICE = "withdrawal_notice"
    SEARCH_STARTED = "search_started"
    THERAPIST_ACCEPTED = "therapist_accepted"
    SEARCH_ENDED = "search_ended"
    CONSENT_MISSING = "consent_missing"
    CORRECTED_TOO_LATE = "corrected_too_late"
    V1_BATCH = "v1_batch"
    STAFF_MAIL = "staff_mail"


_P = Purpose

# Letters about an inquiry, in our own words.
TO_PRACTICE = (
    _P.INQUIRY,
    _P.REMINDER,
    _P.CONFIRMATION,
    _P.CONFLICT_NOTICE,
    _P.WITHDRAWAL_NOTICE,
)
TO_PATIENT = (_P.SEARCH_STARTED, _P.THERAPIST_ACCEPTED, _P.SEARCH_ENDED)
TO_STAFF = (_P.CONSENT_MISSING, _P.CORRECTED_TOO_LATE)
# To practices, in the words of whoever wrote them: an old client for its placement requests or by
# itself, or a person for this one occasion.
WRITTEN_BY_OTHERS = frozenset({_P.V1_BATCH, _P.STAFF_MAIL})

# Go out when matching says so.
ORDERED_BY_MATCHING = frozenset({_P.INQUIRY, _P.REMINDER})

# Nobody has asked for these: matching must permit each one. The others to practices answer
# something that the practice did, or a person answers for them; they are recorded there and never
# refused.
UNSOLICITED = ORDERED_BY_MATCHING | {_P.V1_BATCH}

# Drafts until a person has read them; what that person saw is what goes out.
RELEASED_BY_STAFF = frozenset({*TO_PATIENT, _P.CONFLICT_NOTICE, *WRITTEN_BY_OTHERS})

# What a letter tells may change until it goes: it is written from the latest before every attempt.
WRITTEN_LAST_MINUTE = frozenset(TO_PRACTICE) - RELEASED_BY_STAFF

# Whom of an inquiry a letter to the practice speaks of, by the state of the inquiry and of the row.
_OCCASIONS: Mapping[Purpose, tuple[frozenset[str], str]] = MappingProxyType(
    {
        _P.INQUIRY: (frozenset({"draft", "sending", "sent"}), "pending"),
        _P.REMINDER: (frozenset({"sent"}), "pending"),
        _P.CONFIRMATION: (frozenset({"answered"}), "accepted"),
        _P.CONFLICT_NOTICE: (frozenset({"answered"}), "conflict"),
        _P.WITHDRAWAL_NOTICE: (frozenset({"closed"}), "withdrawn"),
    }
)


_EMPTIED = "emptied"


def purpose_of_written(*, by_a_person: bool, about_requests: bool) -> Purpose:
    """Only a person answers for a mail that no law looks at, and only where it offers nobody."""
    return _P.STAFF_MAIL if by_a_person and not about_requests else _P.V1_BATCH


def speaks_of(
    purpose: Purpose,
    inquiry_state: str,
    row_status: str,
    *,
    close_reason: str | None = None,
    ended: bool = False,
) -> bool:
    """`close_reason`: silence is answered with silence, and a refusal of all contact as well.
    `ended`: a place that was given is over, and nobody is named for it any more."""
    states, status = _OCCASIONS[purpose]
    if inquiry_state not in states or row_status != status:
        return False
    match purpose:
        case Purpose.CONFIRMATION:
            return not ended
        case Purpose.WITHDRAWAL_NOTICE:
            return close_reason == _EMPTIED
        case _:
            return True
