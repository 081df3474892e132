"""Which problem each error of this service becomes."""

from communication_service.use_cases.read_mail import MailNotFound, NoLetter
from shared.http.problems import Problem, ProblemTable

PROBLEM_TABLE: ProblemTable = {
    MailNotFound: lambda _: Problem("not-found", "Email not found"),
    NoLetter: lambda _: Problem("not-found", "Zu dieser Anfrage gibt es keinen Brief."),
}
