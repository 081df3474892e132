"""schemathesis lets loose on the whole platform, one service after another."""

import json
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from random import Random
from typing import Any

import schemathesis
from schemathesis import BaseSchema, HookContext
from schemathesis.auths import AuthContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import CheckFailureInfo
from schemathesis.generation.meta import TestPhase
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER

from tests.fuzz.platform import SERVICES, Platform
from tests.fuzz.steering import AnyCase, Steering, is_meant
from tests.fuzz.tally import Fault, Tally
from tests.fuzz.terms import Terms, configuration, is_by_design
from tests.fuzz.world import World

_TIDE_AT_THE_EARLIEST, _TIDE_AT_THE_LATEST = 10, 200
_SECOND_CHANCES = 3
_LONGEST_QUOTE = 400
_TOKEN = re.compile(r"Bearer [\w.-]+")


class Campaign:
    """The same seed sends the same requests, as far as answers and the clock are the same."""

    def __init__(self, platform: Platform, terms: Terms, seed: int) -> None:
        self._platform = platform
        self._terms = terms
        self._seed = seed
        self._rng = Random(seed)
        self._steering = Steering(platform, self._rng)
        self._world = World(platform)
        self._since_tide = 0
        self.tally = Tally({})

    def run(self, requests: int, tell: Callable[[str], None]) -> None:
        """Once over everything, then on until there were so many requests."""
        self._world.begin()
        tell("the world has begun")
        for turn, service in self._turns(requests):
            self._go_through(service, self._seed + turn, borders=turn == 0)
            tell(f"{service}: {self.tally.requests} requests, {self.tally.share():.1%} 2xx")
        for chance in range(_SECOND_CHANCES):
            for service, labels in self.tally.never_successful().items():
                tell(f"{service}, another chance for {', '.join(sorted(labels))}")
                self._go_through(service, self._seed - 1 - chance, borders=False, only=labels)

    def _turns(self, requests: int) -> Iterator[tuple[int, str]]:
        for turn in count():
            for service in SERVICES:
                if turn > 0 and self.tally.requests >= requests:
                    return
                yield turn, service

    def _go_through(
        self, service: str, seed: int, *, borders: bool, only: Collection[str] = ()
    ) -> None:
        config = configuration(self._terms, seed, borders=borders and self._terms.kept > 0)
        url = f"{self._platform.urls[service]}/openapi.json"
        schema: BaseSchema = schemathesis.openapi.from_url(
            url, config=SchemathesisConfig.from_dict(config)
        )
        schema = schema.include(path_regex=self._terms.paths)
        self.tally.operations.setdefault(service, _labels(schema))
        if only:
            schema = schema.include(lambda context: context.operation.label in only)
        schema.auth.auth(refresh_interval=None)(self._provider())
        schema.hooks.register_hook_with_name(self._is_kept, "filter_case")
        schema.hooks.register_hook_with_name(_is_a_fault, "filter_failure")
        with self._hooked(service):
            for event in from_schema(schema).execute():
                self.tally.faults += _faults(event)

    def _is_kept(self, _context: HookContext, case: AnyCase) -> bool:
        """Of the border cases a sample, another one for every seed."""
        assert case.meta is not None
        if case.meta.phase.name is not TestPhase.COVERAGE or not is_meant(case):
            return True
        return self._rng.random() < self._terms.kept

    def _provider(self) -> type[Any]:
        token, rng = cache(self._platform.issuer.token), self._rng

        class OneOfItsRoles:
            def get(self, _case: AnyCase, context: AuthContext) -> str:
                roles = context.operation.definition.raw["x-roles"]
                return token(rng.choice(roles))

            def set(self, case: AnyCase, bearer: str, _context: AuthContext) -> None:
                case.headers["Authorization"] = f"Bearer {bearer}"

        return OneOfItsRoles

    @contextmanager
    def _hooked(self, service: str) -> Iterator[None]:
        def before_call(_context: HookContext, case: AnyCase, _kwargs: dict[str, Any]) -> None:
            self._steering.steer(service, case)

        def after_call(_context: HookContext, case: AnyCase, response: Response) -> None:
            self._note(service, case, response)

        hooks: list[Callable[..., Any]] = [before_call, after_call]
        for hook in hooks:
            GLOBAL_HOOK_DISPATCHER.register_hook_with_name(hook, hook.__name__)
        try:
            yield
        finally:
            for hook in hooks:
                GLOBAL_HOOK_DISPATCHER.unregister(hook)

    def _note(self, service: str, case: AnyCase, response: Response) -> None:
        operation = case.operation.label if is_meant(case) else f"{case.method} {case.path}"
        self.tally.count(service, operation, response.status_code)
        is_json = response.headers.get("content-type") == ["application/json"]
        if response.status_code < 300 and response.content and is_json:
            self._steering.meet(service, json.loads(response.content))
        self._since_tide += 1
        missed = self._steering.residents.is_missed
        if self._since_tide >= (_TIDE_AT_THE_EARLIEST if missed else _TIDE_AT_THE_LATEST):
            self._since_tide, self._steering.residents.is_missed = 0, False
            self._world.tide()


def _labels(schema: BaseSchema) -> list[str]:
    found = schema.get_all_operations()
    return [operation.ok().label for operation in found if isinstance(operation, Ok)]


def _is_a_fault(_context: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
    return not is_by_design(failure, case.path, response)


def _faults(event: events.EngineEvent) -> Iterator[Fault]:
    if isinstance(event, events.FatalError):
        raise event.exception
    if isinstance(event, events.NonFatalError):
        yield Fault("error", event.label, f"{event.info.title} {event.info.message}", "", "")
    if isinstance(event, events.ScenarioFinished):
        for case_id, nodes in event.recorder.checks.items():
            response = event.recorder.find_response(case_id=case_id)
            answer = response.text[:_LONGEST_QUOTE] if response is not None else ""
            for node in nodes:
                if node.failure_info is not None:
                    yield _fault(node.name, node.failure_info, answer)


def _fault(check: str, info: CheckFailureInfo, answer: str) -> Fault:
    message = f"{info.failure.title}: {info.failure.message}"
    how = _TOKEN.sub("Bearer $TOKEN", info.code_sample)
    return Fault(check, info.failure.operation or check, message, how, answer)
