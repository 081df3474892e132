"""What the doors of this service hand to its use cases besides the session."""

from dataclasses import dataclass
from datetime import timedelta

from openfeature.client import OpenFeatureClient

from matching_service.config import Config
from matching_service.domain.bundles import BundleRules
from matching_service.domain.follow_ups import FollowUps
from matching_service.feed.feed import Feed
from matching_service.gateways.people import People
from matching_service.storage.feature_flags import flag_client
from shared.auth import ServiceTokens
from shared.db import Database
from shared.http.service_client import ServiceClient


@dataclass(frozen=True)
class Wiring:
    """`database` is for waves, which commit bundle by bundle; `feed` has the event stream's own
    web process."""

    database: Database
    flags: OpenFeatureClient
    people: People
    rules: BundleRules
    learns_chances: bool
    cooling_days: int
    recall: timedelta
    no_response_days: int
    default_contact_budget: int
    follow_ups: FollowUps
    feed: Feed | None = None


def wire(config: Config, database: Database) -> Wiring:
    tokens = ServiceTokens(config.oidc_token_url, "matching-service", config.service_client_secret)
    return Wiring(
        database=database,
        flags=flag_client(database),
        people=People(
            ServiceClient(config.patient_service_url, "patient-service", tokens),
            ServiceClient(config.therapist_service_url, "therapist-service", tokens),
        ),
        rules=BundleRules(
            min_size=config.min_bundle_size,
            max_size=config.max_bundle_size,
            field_size=config.field_size,
        ),
        learns_chances=config.planner_chances == "learned",
        cooling_days=config.cooling_days,
        recall=timedelta(seconds=config.recall_seconds),
        no_response_days=config.no_response_days,
        default_contact_budget=config.default_contact_budget,
        follow_ups=FollowUps(config.first_meeting_days, config.decision_days),
    )
