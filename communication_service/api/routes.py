"""URL → resource."""

from communication_service.api.answer_page import AnswerPage, OptOutPage
from communication_service.api.call_routes import CALL_ROUTES
from communication_service.api.emails import EmailById, Emails, ReleaseEmail
from communication_service.api.emails_v1 import (
    BatchesOfEmailV1,
    EmailBatchByIdV1,
    EmailByIdV1,
    EmailsV1,
)
from communication_service.api.letters import LetterOfBundle
from communication_service.api.opt_outs import OptOutById, OptOuts
from communication_service.api.reply_routes import REPLY_ROUTES
from shared.http.parked_events import PARKED_EVENT_ROUTES
from shared.http.service import V1, Route

ROUTES = (
    *PARKED_EVENT_ROUTES,
    *CALL_ROUTES,
    *REPLY_ROUTES,
    Route("/api/v2/emails", Emails),
    Route("/api/v2/emails/<id:email_id>", EmailById),
    Route("/api/v2/emails/<id:email_id>/release", ReleaseEmail),
    Route("/api/v2/letters/<id:bundle_id>", LetterOfBundle),
    Route("/api/v2/opt-outs", OptOuts),
    Route("/api/v2/opt-outs/<id:opt_out_id>", OptOutById),
    Route("/answer/<token>", AnswerPage),
    Route("/answer/<token>/opt-out", OptOutPage),
    Route(
        "/api/v1/emails",
        EmailsV1,
        aliases=("/api/emails",),
        version=V1,
        successor="/api/v2/emails",
    ),
    Route(
        "/api/v1/emails/<id:email_id>",
        EmailByIdV1,
        aliases=("/api/emails/<id:email_id>",),
        version=V1,
        successor="/api/v2/emails/<id:email_id>",
    ),
    Route(
        "/api/v1/emails/<id:email_id>/batches",
        BatchesOfEmailV1,
        aliases=("/api/emails/<id:email_id>/batches",),
        version=V1,
        successor="/api/v2/emails/<id:email_id>",
    ),
    Route(
        "/api/v1/email-batches/<id:email_batch_id>",
        EmailBatchByIdV1,
        aliases=("/api/email-batches/<id:email_batch_id>",),
        version=V1,
        successor="/api/v2/emails",
    ),
)
