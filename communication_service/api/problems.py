"""Which problem each error of this service becomes."""

from communication_service.use_cases.contact_wishes import OptOutNotFound, OptOutUndone
from communication_service.use_cases.read_mail import MailNotFound, NoLetter
from shared.http.problems import Problem, ProblemTable

PROBLEM_TABLE: ProblemTable = {
    MailNotFound: lambda _: Problem("not-found", "Email not found"),
    OptOutNotFound: lambda _: Problem("not-found", "Diesen Widerspruch gibt es nicht."),
    OptOutUndone: lambda _: Problem("illegal-transition", "Schon zurückgenommen."),
    NoLetter: lambda _: Problem("not-found", "Zu dieser Anfrage gibt es keinen Brief."),
}
