"""URL → resource. The bundle paths without a version are the same v2 resources."""

from typing import Any

from matching_service.api.analytics import (
    BundleEfficiency,
    PlacementTimes,
    TherapistPreferences,
)
from matching_service.api.bundle_plans import CreateBundles, PreviewBundles
from matching_service.api.conflicts import Conflicts, ResolveConflict
from matching_service.api.eligible_therapists import EligibleTherapists, StaffEligibleTherapists
from matching_service.api.exclusion_list import ExcludedTherapist, ExcludeTherapist
from matching_service.api.feature_flags import FeatureFlagByName, FeatureFlagChanges
from matching_service.api.manual_assignment import ManualAssignment
from matching_service.api.patient_searches import (
    ContactRequests,
    PatientSearchById,
    PatientSearches,
    SearchHistory,
    SearchTransitions,
)
from matching_service.api.placement_requests_v1 import (
    PlacementRequestByIdV1,
    PlacementRequestsV1,
)
from matching_service.api.staff import (
    ClaimPermit,
    ContactPermits,
    CoolingPeriods,
    OverrideCooling,
)
from matching_service.api.stream import StreamTickets
from matching_service.api.stream_routes import STREAM_ROUTES
from matching_service.api.tasks import TaskDone, Tasks
from matching_service.api.therapist_bundles import (
    BundleResponse,
    CancelBundle,
    RecallBundle,
    SendBundle,
    TherapistBundleById,
    TherapistBundles,
)
from shared.http.parked_events import PARKED_EVENT_ROUTES
from shared.http.resource import Resource
from shared.http.service import V1, Route


def _route(path: str, resource: type[Resource[Any]]) -> Route:
    return Route(f"/api/v2{path}", resource, aliases=(f"/api{path}",))


def _v1(path: str, resource: type[Resource[Any]]) -> Route:
    """What takes its place is not the same thing one by one, but the bundles."""
    successor = "/api/v2/therapist-bundles"
    return Route(
        f"/api/v1{path}", resource, aliases=(f"/api{path}",), version=V1, successor=successor
    )


_SEARCH = "/patient-searches/<id:search_id>"
_BUNDLE = "/therapist-bundles/<id:bundle_id>"

ROUTES = (
    *PARKED_EVENT_ROUTES,
    *STREAM_ROUTES,
    _route("/stream-tickets", StreamTickets),
    _route("/patient-searches", PatientSearches),
    _route(_SEARCH, PatientSearchById),
    _route(f"{_SEARCH}/history", SearchHistory),
    _route(f"{_SEARCH}/contact-requests", ContactRequests),
    _route(f"{_SEARCH}/transitions", SearchTransitions),
    _route(f"{_SEARCH}/exclude-therapist", ExcludeTherapist),
    _route(f"{_SEARCH}/exclude-therapist/<id:therapist_id>", ExcludedTherapist),
    _route(f"{_SEARCH}/eligible-therapists", EligibleTherapists),
    _route("/staff/eligible-therapists", StaffEligibleTherapists),
    _route("/staff/manual-assignment", ManualAssignment),
    _route("/staff/tasks", Tasks),
    _route("/staff/tasks/<id:task_id>/done", TaskDone),
    _route("/therapist-bundles", TherapistBundles),
    _route("/therapist-bundles/preview", PreviewBundles),
    _route("/therapist-bundles/create", CreateBundles),
    _route(_BUNDLE, TherapistBundleById),
    _route(f"{_BUNDLE}/send", SendBundle),
    _route(f"{_BUNDLE}/recall", RecallBundle),
    _route(f"{_BUNDLE}/cancel", CancelBundle),
    _route(f"{_BUNDLE}/response", BundleResponse),
    _route("/staff/cooling-periods", CoolingPeriods),
    _route("/staff/cooling-periods/<id:cooling_id>/override", OverrideCooling),
    _route("/staff/conflicts", Conflicts),
    _route("/staff/conflicts/<id:conflict_id>/resolve", ResolveConflict),
    _route("/analytics/bundle-efficiency", BundleEfficiency),
    _route("/analytics/therapist-preferences", TherapistPreferences),
    _route("/analytics/placement-times", PlacementTimes),
    _v1("/placement-requests", PlacementRequestsV1),
    _v1("/placement-requests/<id:request_id>", PlacementRequestByIdV1),
    Route("/api/v2/feature-flags/<name:name>", FeatureFlagByName),
    Route("/api/v2/feature-flags/<name:name>/changes", FeatureFlagChanges),
    Route("/api/v2/contact-permits", ContactPermits),
    Route("/api/v2/contact-permits/<id:permit_id>/claim", ClaimPermit),
)
