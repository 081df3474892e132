"""Flags as rows, and the door through which OpenFeature asks for them."""

from typing import Any, NoReturn
from uuid import uuid4

from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails
from openfeature.provider import AbstractProvider, Metadata
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from matching_service.domain.feature_flags import Flag, is_on
from matching_service.storage.tables import FeatureFlag, FeatureFlagChange
from shared.db import Database


def flag(session: Session, name: str) -> FeatureFlag | None:
    return session.get(FeatureFlag, name)


def locked_flag(session: Session, name: str) -> FeatureFlag | None:
    return session.get(FeatureFlag, name, with_for_update=True)


def changes(name: str) -> "Select[Any]":
    return select(FeatureFlagChange).where(FeatureFlagChange.name == name)


def flag_client(database: Database) -> OpenFeatureClient:
    """Asks this database and no other: a process may hold several. Opens no connection."""
    domain = uuid4().hex
    api.set_provider_and_wait(_FlagTable(database), domain)
    return api.get_client(domain)


class _FlagTable(AbstractProvider):
    """Reads the row every time, so that a change holds for the next request of every process."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    def get_metadata(self) -> Metadata:
        return Metadata("matching_service.feature_flag")

    def resolve_boolean_details(
        self,
        flag_key: str,
        default_value: bool,  # noqa: ARG002  the signature is OpenFeature's
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[bool]:
        with self._database.engine.connect() as connection:
            found = connection.execute(_RULE, {"name": flag_key}).one_or_none()
            if found is None:
                raise FlagNotFoundError
            user = evaluation_context.targeting_key if evaluation_context else None
            value, why = is_on(Flag(*found), user or "")
        return FlagResolutionDetails(value, reason=why)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeMismatchError("flags are on or off")

    resolve_string_details = resolve_integer_details = _refuse
    resolve_float_details = resolve_object_details = _refuse


_RULE = select(
    FeatureFlag.name,
    FeatureFlag.enabled,
    FeatureFlag.rollout_percentage,
    FeatureFlag.override_users,
).where(FeatureFlag.name == bindparam("name"))
