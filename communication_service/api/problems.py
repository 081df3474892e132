"""Which problem each error of this service becomes."""

from communication_service.api.call_problems import CALL_PROBLEMS
from communication_service.api.mail_problems import MAIL_PROBLEMS
from communication_service.api.reply_problems import REPLY_PROBLEMS
from communication_service.use_cases.contact_wishes import OptOutNotFound, OptOutUndone
from communication_service.use_cases.read_mail import MailNotFound, NoLetter, NoOccasion
from communication_service.use_cases.release_letter import NotReleasable
from shared.http.problems import Problem, ProblemTable


def _illegal(error: NoOccasion | NotReleasable) -> Problem:
    extra = {"current": error.current, "wanted": error.wanted, "legal": list(error.legal)}
    ways = f" Möglich: {', '.join(error.legal)}." if error.legal else ""
    detail = f"Von {error.current} führt kein Weg nach {error.wanted}.{ways}"
    return Problem("illegal-transition", detail, extra=extra)


PROBLEM_TABLE: ProblemTable = {
    **CALL_PROBLEMS,
    **MAIL_PROBLEMS,
    **REPLY_PROBLEMS,
    MailNotFound: lambda _: Problem("not-found", "Email not found"),
    OptOutNotFound: lambda _: Problem("not-found", "Diesen Widerspruch gibt es nicht."),
    OptOutUndone: lambda _: Problem("illegal-transition", "Schon zurückgenommen."),
    NoLetter: lambda _: Problem("not-found", "Zu dieser Anfrage gibt es keinen Brief."),
    NoOccasion: _illegal,
    NotReleasable: _illegal,
}
