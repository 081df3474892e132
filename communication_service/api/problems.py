"""Which problem each error of this service becomes."""

from communication_service.api.call_problems import CALL_PROBLEMS
from communication_service.use_cases.read_mail import MailNotFound, NoLetter
from shared.http.problems import Problem, ProblemTable

PROBLEM_TABLE: ProblemTable = {
    **CALL_PROBLEMS,
    MailNotFound: lambda _: Problem("not-found", "Email not found"),
    NoLetter: lambda _: Problem("not-found", "Zu dieser Anfrage gibt es keinen Brief."),
}
