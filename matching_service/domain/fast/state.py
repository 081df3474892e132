"""A problem as rows and the bundles so far as arrays: what `assignment.Wave` is to the rules."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching_service.domain.assignment import Problem
from matching_service.domain.chances import HIGHEST_CHANCE

Reals = NDArray[np.float64]
Positions = NDArray[np.int64]
Truths = NDArray[np.bool_]

UNLIMITED = -1
NOBODY = -1


class Rows(NamedTuple):
    """By edge `search`, `chance`, `rank`, `pinned`; by therapist the others of the problem.

    `rank`: least relaxed, then longest wait, the best the lowest; `mailbox` counts from 0.
    """

    start: Positions
    search: Positions
    chance: Reals
    rank: Positions
    pinned: Truths
    has_pins: Truths
    mailbox: Positions
    smallest: Positions
    weight: Reals
    largest: int
    limit: int


class State(NamedTuple):
    """`bundle` (therapists, largest) holds edges; `asked[asked_from[j]:][:asked_count[j]]` the
    edges of search j, ascending; `holder` the therapist by mailbox; `made[0]` how many bundles."""

    bundle: Positions
    size: Positions
    holder: Positions
    asked: Positions
    asked_from: Positions
    asked_count: Positions
    worth: Reals
    left: Positions
    made: Positions


def rows_of(problem: Problem) -> Rows:
    start = np.asarray(problem.fields.start, np.int64)
    search = np.asarray(problem.fields.search, np.int64)
    relaxation = np.asarray(problem.fields.relaxation, np.int64)
    row = np.repeat(np.arange(len(problem.base)), np.diff(start))
    base = np.asarray(problem.base, np.float64)
    cost = np.asarray(problem.cost, np.float64)
    waiting = np.asarray(problem.waiting_days, np.int64)
    pinned = marked(start, search, problem.pinned)
    has_pins = np.zeros(len(base), np.bool_)
    has_pins[list(problem.pinned)] = True
    return Rows(
        start=start,
        search=search,
        chance=np.minimum(HIGHEST_CHANCE, base[row] * cost[relaxation]),
        rank=(relaxation << 32) - waiting[search],
        pinned=pinned,
        has_pins=has_pins,
        mailbox=np.unique(np.asarray(problem.mailbox, np.int64), return_inverse=True)[1],
        smallest=np.asarray(problem.smallest, np.int64),
        weight=np.asarray(problem.weight, np.float64),
        largest=problem.largest,
        limit=UNLIMITED if problem.max_bundles is None else problem.max_bundles,
    )


def fresh_state(rows: Rows, problem: Problem) -> State:
    therapists, searches = len(rows.mailbox), len(rows.weight)
    left = np.array(problem.contacts_left, np.int64)
    fields = np.bincount(rows.search, minlength=searches)
    asked_from = np.concatenate([[0], np.cumsum(np.minimum(left, fields))])
    return State(
        bundle=np.empty((therapists, rows.largest), np.int64),
        size=np.zeros(therapists, np.int64),
        holder=np.full(int(rows.mailbox.max(initial=-1)) + 1, NOBODY, np.int64),
        asked=np.empty(int(asked_from[-1]), np.int64),
        asked_from=asked_from,
        asked_count=np.zeros(searches, np.int64),
        worth=rows.weight.copy(),
        left=left,
        made=np.zeros(1, np.int64),
    )


def marked(start: Positions, search: Positions, pairs: Mapping[int, Collection[int]]) -> Truths:
    """The edges of so many pairs, given as searches by therapist."""
    marks = np.zeros(len(search), np.bool_)
    for therapist, searches in pairs.items():
        row = slice(start[therapist], start[therapist + 1])
        marks[row] = np.isin(search[row], list(searches))
    return marks
