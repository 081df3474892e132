from concurrent.futures import ThreadPoolExecutor

import pytest

from geocoding_service.domain.breaker import Breaker

REST = 30.0


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(failures=3, rest=REST)


def _fail(breaker: Breaker, times: int, now: float) -> None:
    for _ in range(times):
        breaker.failed(now)


def test_a_server_is_asked_until_it_has_failed_too_often(breaker: Breaker) -> None:
    _fail(breaker, 2, now=0)
    assert breaker.allows(1)

    breaker.failed(1)
    assert not breaker.allows(2)


def test_only_failures_in_a_row_count(breaker: Breaker) -> None:
    _fail(breaker, 2, now=0)
    breaker.succeeded()
    _fail(breaker, 2, now=1)

    assert breaker.allows(2)


def test_after_its_rest_one_may_ask_and_nobody_else(breaker: Breaker) -> None:
    _fail(breaker, 3, now=0)

    assert not breaker.allows(REST - 0.1)
    assert breaker.allows(REST)
    assert not breaker.allows(REST)


def test_its_luck_decides_for_all(breaker: Breaker) -> None:
    _fail(breaker, 3, now=0)
    assert breaker.allows(REST)
    breaker.succeeded()

    assert all(breaker.allows(REST) for _ in range(5))


def test_its_failure_begins_the_rest_anew(breaker: Breaker) -> None:
    _fail(breaker, 3, now=0)
    assert breaker.allows(REST)
    breaker.failed(REST + 5)

    assert not breaker.allows(2 * REST + 4)
    assert breaker.allows(2 * REST + 5)


def test_one_that_never_reports_does_not_keep_the_others_out_for_ever(breaker: Breaker) -> None:
    _fail(breaker, 3, now=0)
    assert breaker.allows(REST)

    assert not breaker.allows(2 * REST - 1)
    assert breaker.allows(2 * REST)


def test_of_many_threads_at_once_one_may_ask(breaker: Breaker) -> None:
    _fail(breaker, 3, now=0)

    with ThreadPoolExecutor(16) as many:
        allowed = list(many.map(lambda _: breaker.allows(REST), range(200)))

    assert allowed.count(True) == 1
