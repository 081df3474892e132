"""What is new is there for some and not yet for others; admins say for whom."""

from collections.abc import Sequence
from datetime import datetime

from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from sqlalchemy.orm import Session

from matching_service.domain.errors import FeatureDisabled, FlagNotFound, FlagStale
from matching_service.domain.feature_flags import BUNDLE_MATCHING
from matching_service.storage.feature_flags import flag, locked_flag
from matching_service.storage.tables import FeatureFlag


class FlagsUnreadable(Exception):
    """Nobody can say now whether the flag is on; the next try may."""


def require_bundle_matching(flags: OpenFeatureClient, user: str) -> None:
    """Raises FeatureDisabled, FlagsUnreadable."""
    answer = flags.get_boolean_details(
        BUNDLE_MATCHING, default_value=False, evaluation_context=EvaluationContext(user)
    )
    if answer.error_code is not None:
        raise FlagsUnreadable(answer.error_code)
    if not answer.value:
        raise FeatureDisabled(BUNDLE_MATCHING)


def read_flag(session: Session, name: str) -> FeatureFlag:
    """Raises FlagNotFound."""
    found = flag(session, name)
    if found is None:
        raise FlagNotFound(name)
    return found


def turn_flag(
    session: Session,
    name: str,
    *,
    enabled: bool,
    rollout_percentage: int,
    override_users: Sequence[str],
    expected_version: int | None,
    actor: str,
    now: datetime,
) -> FeatureFlag:
    """Holds from the next request on. Raises FlagNotFound, FlagStale."""
    found = locked_flag(session, name)
    if found is None:
        raise FlagNotFound(name)
    if expected_version != found.version:
        raise FlagStale(name)
    found.enabled, found.rollout_percentage = enabled, rollout_percentage
    found.override_users = list(dict.fromkeys(override_users))
    found.updated_at, found.updated_by = now, actor
    found.version += 1
    session.flush()
    return found
