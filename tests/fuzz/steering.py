"""Leads generated requests to where something lives; a few are left to find their own way."""

from random import Random
from typing import Any, TypeAlias

import requests
from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation as Place
from schemathesis.generation.meta import TestPhase

from tests.fuzz.bodies import Sense
from tests.fuzz.platform import MATCHING, Platform
from tests.fuzz.residents import Residents

_LEFT_ALONE_ONE_IN = 16
_KEYS_REPEATED_ONE_IN = 4


AnyCase: TypeAlias = Case[Any]


def is_meant(case: AnyCase) -> bool:
    """Coverage also asks with methods that an operation does not have."""
    own: str = case.operation.method
    return case.method.lower() == own.lower()


class Steering:
    def __init__(self, platform: Platform, rng: Random) -> None:
        self._platform = platform
        self._rng = rng
        admin = platform.databases.engine(platform.databases.admin_url)
        self.residents = Residents(admin, rng)
        self._sense = Sense(self.residents)
        self._met: set[tuple[str, Any]] = set()
        self._keys: dict[str, tuple[str, Any]] = {}

    def steer(self, service: str, case: AnyCase) -> None:
        if not is_meant(case):
            return
        if self._is_good(case, Place.PATH) and not self._leave_alone():
            self._steer_path(service, case)
        if case.operation.query and not self._is_bad(case, Place.QUERY):
            self._steer_query(service, case)
        if self._is_good(case, Place.BODY) and isinstance(case.body, dict):
            ids = {n: one for n, one in case.path_parameters.items() if isinstance(one, int)}
            case.body = self._sense.of_body(case.path, dict(case.body), ids)
        if self._is_good(case, Place.HEADER) and not self._leave_alone():
            self._steer_headers(service, case)

    def meet(self, service: str, answer: Any) -> None:
        """Whoever was shown to a caller may be asked for again, even when gone since."""
        for one in answer if isinstance(answer, list) else [answer]:
            if isinstance(one, dict) and isinstance(one.get("id"), int):
                self._met.add((service, one["id"]))
            if isinstance(one, dict) and isinstance(one.get("data"), list):
                self.meet(service, one["data"])

    def _leave_alone(self) -> bool:
        return self._rng.randrange(_LEFT_ALONE_ONE_IN) == 0

    def _is_good(self, case: AnyCase, place: Place) -> bool:
        """Generated here, and to be accepted."""
        assert case.meta is not None
        return place in case.meta.components and not self._is_bad(case, place)

    def _is_bad(self, case: AnyCase, place: Place) -> bool:
        assert case.meta is not None
        component = case.meta.components.get(place)
        return component is not None and component.mode.is_negative

    def _steer_path(self, service: str, case: AnyCase) -> None:
        *_, folder, last = case.path.split("/")
        method = case.method.lower()
        of_path = folder if "{" in last else last
        purpose = method if method in {"delete", "patch"} else of_path
        assert case.meta is not None
        is_led = case.meta.phase.name is TestPhase.STATEFUL  # by a link, perhaps to somebody gone
        is_own = service == MATCHING or "bundle_id" not in case.path_parameters
        case.path_parameters = {
            name: value
            if is_led and (service, value) in self._met and last == f"{{{name}}}" and is_own
            else self._resident(service, name, purpose) or value
            for name, value in case.path_parameters.items()
        }

    def _resident(self, service: str, name: str, purpose: str) -> Any:
        if name == "parked_event_id":
            return self.residents.parked_event(service)
        return self.residents.one(name, purpose)

    def _steer_query(self, service: str, case: AnyCase) -> None:
        asked = frozenset(parameter.name for parameter in case.operation.query)
        query = self._sense.of_query(case.query, service)
        case.query = self._sense.of_places(self._sense.of_search_or_region(query, asked), asked)

    def _steer_headers(self, service: str, case: AnyCase) -> None:
        if "If-Match" in case.headers:
            case.headers["If-Match"] = self._version(service, case) or case.headers["If-Match"]
        if "Idempotency-Key" in case.headers:
            self._steer_key(case)

    def _version(self, service: str, case: AnyCase) -> str | None:
        path = case.path.format(**case.path_parameters)
        answer = requests.get(
            self._platform.urls[service] + path, headers=self._platform.issuer.bearer(), timeout=10
        )
        return answer.headers.get("ETag")

    def _steer_key(self, case: AnyCase) -> None:
        """Sometimes the last key again, with the body that it came with."""
        label = case.operation.label
        if label in self._keys and self._rng.randrange(_KEYS_REPEATED_ONE_IN) == 0:
            case.headers["Idempotency-Key"], case.body = self._keys[label]
        elif self._is_good(case, Place.BODY):
            self._keys[label] = (case.headers["Idempotency-Key"], case.body)
