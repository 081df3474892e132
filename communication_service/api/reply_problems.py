"""Which problem each refusal about what comes in becomes."""

from communication_service.use_cases.mailbox_reach import MailboxNotFound, MailboxRestored
from shared.http.problems import Problem, ProblemTable

_NO_WAY_ON: dict[str, list[str]] = {"legal": []}

REPLY_PROBLEMS: ProblemTable = {
    MailboxNotFound: lambda _: Problem("not-found", "Diese Adresse ist nicht vermerkt."),
    MailboxRestored: lambda _: Problem("illegal-transition", "Schon frei.", extra=_NO_WAY_ON),
}
