"""/api/v2/therapist-bundles"""

from typing import Any

from matching_service.api import schemas
from matching_service.api.conflicts import conflict_views
from matching_service.api.views import bundle_view, bundle_views, removed_view
from matching_service.domain.errors import AlreadyAnswered, NotFound
from matching_service.domain.responses import Outcome
from matching_service.storage import queries
from matching_service.storage.tables import Therapeutenanfrage
from matching_service.use_cases import (
    corrections,
    drafts,
    inquiries,
    responses,
    sending,
)
from matching_service.use_cases.feature_flags import require_bundle_matching
from matching_service.use_cases.outcomes import PatientResponse, Response
from matching_service.wiring import Wiring
from shared.auth import ADMIN, STAFF
from shared.contracts.berlin import berlin_day
from shared.http.declarations import (
    body,
    if_match,
    if_match_with,
    query,
    refuses,
    returns,
    roles,
)
from shared.http.paging import Order, page_schema, read_page_of_rows
from shared.http.problems import Problem
from shared.http.resource import Call, Resource


class TherapistBundles(Resource[Wiring]):
    @roles("staff", "service")
    @query(schemas.BundleQuery)
    @returns(page_schema(schemas.BundleAnswer))
    def get(self, call: Call[Wiring]) -> dict[str, Any]:
        """Therapeutenanfragen auflisten"""
        due = berlin_day(call.now) if call.query.get("needs_follow_up") else None
        page = read_page_of_rows(
            call.session,
            queries.inquiries({**call.query, "needs_follow_up": due}),
            Order(
                Therapeutenanfrage.created_date,
                Therapeutenanfrage.id,
                call.query["sort"].startswith("-"),
            ),
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
        )
        return {**page, "data": bundle_views(call.session, page["data"])}


class TherapistBundleById(Resource[Wiring]):
    @roles("staff", "service")
    @returns(schemas.BundleAnswer, etag=True)
    def get(self, call: Call[Wiring], bundle_id: int) -> dict[str, Any]:
        """Eine Therapeutenanfrage mit ihrem Bündel lesen"""
        inquiry = call.session.get(Therapeutenanfrage, bundle_id)
        if inquiry is None:
            raise NotFound("bundle", bundle_id)
        return bundle_view(call.session, inquiry)

    @roles("staff")
    @body(schemas.BundlePatch, partial=True)
    @returns(schemas.BundleAnswer, etag=True)
    @if_match
    @refuses("illegal-transition", "feature-disabled")
    def patch(self, call: Call[Wiring], bundle_id: int) -> dict[str, Any]:
        """Notizen ändern; in einem Entwurf auch, wer darin steht"""
        if {"add", "remove"} & call.body.keys():
            require_bundle_matching(call.wiring.flags, call.actor.name)
        inquiry = drafts.edit_inquiry(
            call.session,
            bundle_id,
            call.body,
            call.expected_version,
            rules=call.wiring.rules,
            actor=call.actor.name,
            now=call.now,
        )
        return bundle_view(call.session, inquiry)


class SendBundle(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.SentBundleAnswer, 202)
    @refuses(
        "feature-disabled",
        "illegal-transition",
        "cooling-active",
        "contact-too-soon",
        "no-channel",
        "bundle-too-small",
    )
    def post(self, call: Call[Wiring], bundle_id: int) -> dict[str, Any]:
        """Einen Entwurf nach erneuter Prüfung senden"""
        require_bundle_matching(call.wiring.flags, call.actor.name)
        sent = sending.send_inquiry(
            call.session,
            bundle_id,
            rules=call.wiring.rules,
            recall=call.wiring.recall,
            actor=call.actor.name,
            now=call.now,
        )
        view = bundle_view(call.session, sent.inquiry)
        return {**view, "removed": [removed_view(one) for one in sent.removed]}


class RecallBundle(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.BundleAnswer)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], bundle_id: int) -> dict[str, Any]:
        """Einen Versand zurückholen, solange noch nichts hinausging"""
        inquiry = sending.recall_inquiry(call.session, bundle_id, call.now)
        return bundle_view(call.session, inquiry)


class CancelBundle(Resource[Wiring]):
    @roles("staff")
    @returns(schemas.BundleAnswer)
    @refuses("illegal-transition")
    def post(self, call: Call[Wiring], bundle_id: int) -> dict[str, Any]:
        """Einen Entwurf verwerfen"""
        inquiry = inquiries.cancel_inquiry(call.session, bundle_id, "staff", call.now)
        return bundle_view(call.session, inquiry)


class BundleResponse(Resource[Wiring]):
    @roles("staff", "service")
    @body(schemas.ResponseBody)
    @returns(schemas.ResponseAnswer)
    @if_match_with("correction")
    @refuses(
        "not-sent",
        "already-answered",
        "incomplete-response",
        "illegal-transition",
        "correction-too-late",
    )
    def put(self, call: Call[Wiring], bundle_id: int) -> dict[str, Any]:
        """Die Antwort eines Therapeuten aufnehmen oder berichtigen"""
        correction = call.body.get("correction")
        recorded = (
            _record(call, bundle_id)
            if correction is None
            else _correct(call, bundle_id, correction["reason"])
        )
        return {
            "bundle": bundle_view(call.session, recorded.inquiry),
            "next_contactable_date": recorded.next_contactable_date,
            "conflicts": conflict_views(call, recorded.conflicts),
        }


def _record(call: Call[Wiring], bundle_id: int) -> responses.Recorded:
    try:
        return responses.record_response(
            call.session,
            bundle_id,
            _response(call),
            expected_version=call.expected_version,
            cooling_days=call.wiring.cooling_days,
            actor=call.actor.name,
            now=call.now,
        )
    except AlreadyAnswered:
        raise _already_answered(call, bundle_id) from None


def _correct(call: Call[Wiring], bundle_id: int, reason: str) -> responses.Recorded:
    """A therapist's page answers through a service; taking something back is for people."""
    if not call.actor.may((STAFF,)):
        raise Problem("forbidden", "Eine Antwort berichtigt nur das Personal.")
    return corrections.correct_response(
        call.session,
        bundle_id,
        _response(call),
        corrections.Correction(reason, call.expected_version, ADMIN in call.actor.roles),
        cooling_days=call.wiring.cooling_days,
        actor=call.actor.name,
        now=call.now,
    )


def _already_answered(call: Call[Wiring], bundle_id: int) -> Problem:
    """With the stored answer beside it, so that both can be compared."""
    stored = bundle_view(call.session, call.session.get_one(Therapeutenanfrage, bundle_id))
    return Problem("already-answered", extra={"bundle": schemas.BundleAnswer().dump(stored)})


def _response(call: Call[Wiring]) -> Response:
    return Response(
        responses=[
            PatientResponse(one["search_id"], Outcome(one["outcome"]), one.get("notes"))
            for one in call.body["responses"]
        ],
        channel=call.body["channel"],
        responded_at=call.body.get("responded_at"),
        notes=call.body.get("notes"),
    )
