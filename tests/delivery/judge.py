"""Reads the history of a run that has come to rest, and names every broken promise in it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from tests.delivery.history import Change, History


class Violation(NamedTuple):
    what: str
    change: Change


def violations(history: History, *, carrier_repeats: bool) -> list[Violation]:
    """Empty when every promise was kept.

    `carrier_repeats`: whether the carrier may hold an event twice after a repeated append. Its
    first arrivals keep the order all the same, and its effects are not doubled.
    """
    rules: list[Callable[[History], Iterator[Violation]]] = [
        _lost,
        _without_cause,
        _twice,
        _inverted,
        _wrongly_parked,
    ]
    if not carrier_repeats:
        rules.append(_carried_twice)
    return [violation for rule in rules for violation in rule(history)]


def _lost(history: History) -> Iterator[Violation]:
    waiting, carried = set(history.waiting), set(history.carried)
    arrived = {*history.effects, *_parked(history)}
    for change in history.told:
        if change in waiting:
            yield Violation("left behind in the outbox", change)
        elif change not in carried:
            yield Violation("lost on the way out", change)
        elif change not in arrived:
            yield Violation("lost on the way in", change)


def _without_cause(history: History) -> Iterator[Violation]:
    told = set(history.told)
    for what, seen in {
        "carried without cause": history.carried,
        "effect without cause": history.effects,
        "parked without cause": _parked(history),
    }.items():
        yield from (Violation(what, change) for change in seen if change not in told)


def _twice(history: History) -> Iterator[Violation]:
    yield from _repeated("effect twice", history.effects)
    yield from _repeated("parked twice", _parked(history))


def _carried_twice(history: History) -> Iterator[Violation]:
    yield from _repeated("carried twice", history.carried)


def _repeated(what: str, seen: Sequence[Change]) -> Iterator[Violation]:
    yield from (Violation(what, change) for change, n in Counter(seen).items() if n > 1)


def _inverted(history: History) -> Iterator[Violation]:
    yield from _out_of_order("carried out of order", dict.fromkeys(history.carried))
    yield from _out_of_order("effects out of order", dict.fromkeys(history.effects))
    yield from _out_of_order("parked out of order", dict.fromkeys(_parked(history)))


def _out_of_order(what: str, first_arrivals: Iterable[Change]) -> Iterator[Violation]:
    latest: dict[str, int] = {}
    for change in first_arrivals:
        if change.version < latest.get(change.key, 0):
            yield Violation(what, change)
        latest[change.key] = max(change.version, latest.get(change.key, 0))


def _wrongly_parked(history: History) -> Iterator[Violation]:
    effects, heads = set(history.effects), dict[str, Change]()
    for parked in history.parked:
        if parked.change in effects:
            yield Violation("parked although it took effect", parked.change)
        head = heads.setdefault(parked.change.key, parked.change)
        if head == parked.change and not parked.failed:
            yield Violation("parked without failure", parked.change)
    for change in history.effects:
        if change.key in heads and change.version > heads[change.key].version:
            yield Violation("overtook a parked event", change)


def _parked(history: History) -> list[Change]:
    return [parked.change for parked in history.parked]
