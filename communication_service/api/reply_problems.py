"""Which problem each refusal about what comes in becomes."""

from communication_service.use_cases.mailbox_reach import MailboxNotFound, MailboxRestored
from communication_service.use_cases.replies import (
    InquiryNotSaid,
    ReplyNotFound,
    ReplyNotPossible,
)
from shared.http.problems import Problem, ProblemTable, field_error

_NO_WAY_ON: dict[str, list[str]] = {"legal": []}

_WHICH = "Es ist nicht sicher, zu welcher Anfrage die Antwort gehört: bitte angeben."


def _not_possible(error: ReplyNotPossible) -> Problem:
    extra = {"current": error.current, "wanted": error.wanted, "legal": list(error.legal)}
    return Problem("illegal-transition", extra=extra)


REPLY_PROBLEMS: ProblemTable = {
    ReplyNotFound: lambda _: Problem("not-found", "Diese Antwort gibt es nicht."),
    ReplyNotPossible: _not_possible,
    InquiryNotSaid: lambda _: field_error("bundle_id", "required", _WHICH),
    MailboxNotFound: lambda _: Problem("not-found", "Diese Adresse ist nicht vermerkt."),
    MailboxRestored: lambda _: Problem("illegal-transition", "Schon frei.", extra=_NO_WAY_ON),
}
