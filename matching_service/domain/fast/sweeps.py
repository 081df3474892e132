"""The steps of `assignment.assign` in compiled loops, under the same names."""

import numpy as np
from numpy.typing import NDArray

from matching_service.domain.fast.compiled import compiled
from matching_service.domain.fast.state import NOBODY, UNLIMITED, Reals, Rows, State, Truths

Positions = NDArray[np.int64]


@compiled
def assign(rows: Rows, state: State, sweeps: int) -> None:
    members = np.empty(rows.largest + 1, np.int64)
    _take_pinned(rows, state, members)
    _take_greedily(rows, state, members)
    for _ in range(sweeps):
        if not _improve(rows, state, members):
            break
    while _let_longest_waiters_in(rows, state, members):
        pass


@compiled
def best_bundle(rows: Rows, state: State, i: int, members: Positions) -> tuple[int, float]:
    """Writes the edges into `members`; how many, and what they gain."""
    available = 0
    count = 0
    leader = -1
    leader_gain = 0.0
    for edge in range(rows.start[i], rows.start[i + 1]):
        j = rows.search[edge]
        if state.left[j] <= 0:
            continue
        available += 1
        if rows.pinned[edge]:
            count = _insert_by_search(rows, members, count, edge)
        gain = state.worth[j] * rows.chance[edge]
        if leader < 0 or _leads(rows, edge, gain, leader, leader_gain):
            leader = edge
            leader_gain = gain
    if available < rows.smallest[i] or available == 0:
        return 0, 0.0
    if not rows.pinned[leader] and count < rows.largest:
        members[count] = leader
        count += 1
    count = _fill(rows, state, i, members, count, leader)
    gained = 0.0
    for place in range(count):
        gained += state.worth[rows.search[members[place]]] * rows.chance[members[place]]
    return count, gained


@compiled
def _fill(rows: Rows, state: State, i: int, members: Positions, fixed: int, leader: int) -> int:
    """Whoever gains most, behind the members that are fixed."""
    count = fixed
    for edge in range(rows.start[i], rows.start[i + 1]):
        j = rows.search[edge]
        if state.left[j] <= 0 or rows.pinned[edge] or edge == leader:
            continue
        gain = state.worth[j] * rows.chance[edge]
        if count == rows.largest:
            if count == fixed or not _gains_more(rows, state, edge, gain, members[count - 1]):
                continue
        else:
            count += 1
        place = count - 1
        while place > fixed and _gains_more(rows, state, edge, gain, members[place - 1]):
            members[place] = members[place - 1]
            place -= 1
        members[place] = edge
    return count


@compiled
def _insert_by_search(rows: Rows, members: Positions, count: int, edge: int) -> int:
    place = count
    while place > 0 and rows.search[members[place - 1]] > rows.search[edge]:
        members[place] = members[place - 1]
        place -= 1
    members[place] = edge
    return min(count + 1, rows.largest)


@compiled
def _leads(rows: Rows, edge: int, gain: float, other: int, other_gain: float) -> bool:
    if rows.rank[edge] != rows.rank[other]:
        return bool(rows.rank[edge] < rows.rank[other])
    if gain != other_gain:
        return gain > other_gain
    return bool(rows.search[edge] < rows.search[other])


@compiled
def _gains_more(rows: Rows, state: State, edge: int, gain: float, other: int) -> bool:
    other_gain = state.worth[rows.search[other]] * rows.chance[other]
    if gain != other_gain:
        return bool(gain > other_gain)
    return bool(rows.search[edge] < rows.search[other])


@compiled
def _put(rows: Rows, state: State, i: int, members: Positions, count: int) -> None:
    if count > 0:
        state.holder[rows.mailbox[i]] = i
        state.made[0] += 1
    state.size[i] = count
    for place in range(count):
        edge = members[place]
        state.bundle[i, place] = edge
        j = rows.search[edge]
        at = state.asked_from[j]
        last = at + state.asked_count[j]
        while last > at and state.asked[last - 1] > edge:
            state.asked[last] = state.asked[last - 1]
            last -= 1
        state.asked[last] = edge
        state.asked_count[j] += 1
        state.left[j] -= 1
        _set_worth(rows, state, j)


@compiled
def _take_out(rows: Rows, state: State, i: int) -> None:
    if state.size[i] > 0:
        state.holder[rows.mailbox[i]] = NOBODY
        state.made[0] -= 1
    for place in range(state.size[i]):
        edge = state.bundle[i, place]
        j = rows.search[edge]
        at = state.asked_from[j]
        while state.asked[at] != edge:
            at += 1
        last = state.asked_from[j] + state.asked_count[j] - 1
        while at < last:
            state.asked[at] = state.asked[at + 1]
            at += 1
        state.asked_count[j] -= 1
        state.left[j] += 1
        _set_worth(rows, state, j)
    state.size[i] = 0


@compiled
def _set_worth(rows: Rows, state: State, j: int) -> None:
    worth = rows.weight[j]
    begin = state.asked_from[j]
    for at in range(begin, begin + state.asked_count[j]):
        worth *= 1.0 - rows.chance[state.asked[at]]
    state.worth[j] = worth


@compiled
def _may_be_asked(rows: Rows, state: State, i: int) -> bool:
    return bool(state.holder[rows.mailbox[i]] == NOBODY) and not _is_full(rows, state)


@compiled
def _is_full(rows: Rows, state: State) -> bool:
    return rows.limit != UNLIMITED and bool(state.made[0] >= rows.limit)


@compiled
def _take_pinned(rows: Rows, state: State, members: Positions) -> None:
    hopeful = rows.has_pins.copy()
    while _are_too_small(rows, state, members, hopeful):
        pass


@compiled
def _are_too_small(rows: Rows, state: State, members: Positions, hopeful: Truths) -> bool:
    """Some of the hopeful; they are hopeful no longer, and nobody has a bundle yet."""
    for i in range(len(hopeful)):
        if hopeful[i] and _may_be_asked(rows, state, i):
            _put(rows, state, i, members, _pins(rows, state, i, members))
    asked = state.size > 0
    too_small = False
    for i in range(len(asked)):
        if asked[i]:
            _take_out(rows, state, i)
            count, _ = best_bundle(rows, state, i, members)
            _put(rows, state, i, members, count)
            hopeful[i] = count > 0
            too_small |= count == 0
    if too_small:
        for i in range(len(asked)):
            _take_out(rows, state, i)
    return too_small


@compiled
def _take_greedily(rows: Rows, state: State, members: Positions) -> None:
    """A heap of therapists by what their bundles seemed to gain when last looked at."""
    heap = np.empty(len(rows.mailbox), np.int64)
    seemed = np.zeros(len(rows.mailbox), np.float64)
    length = 0
    for i in range(len(rows.mailbox)):
        if state.size[i] == 0:
            _, seemed[i] = best_bundle(rows, state, i, members)
            heap[length] = i
            length += 1
            _rise(heap, seemed, length - 1)
    while length > 0 and not _is_full(rows, state):
        i = heap[0]
        length -= 1
        heap[0] = heap[length]
        _sink(heap, seemed, length)
        if state.holder[rows.mailbox[i]] != NOBODY:
            continue
        count, seemed[i] = best_bundle(rows, state, i, members)
        if count == 0:
            continue
        if length > 0 and _before(seemed, heap[0], i):
            heap[length] = i
            length += 1
            _rise(heap, seemed, length - 1)
        else:
            _put(rows, state, i, members, count)


@compiled
def _before(seemed: Reals, one: int, other: int) -> bool:
    if seemed[one] != seemed[other]:
        return bool(seemed[one] > seemed[other])
    return one < other


@compiled
def _rise(heap: Positions, seemed: Reals, at: int) -> None:
    while at > 0 and _before(seemed, heap[at], heap[(at - 1) // 2]):
        above = (at - 1) // 2
        heap[at], heap[above] = heap[above], heap[at]
        at = above


@compiled
def _sink(heap: Positions, seemed: Reals, length: int) -> None:
    at = 0
    while 2 * at + 1 < length:
        below = 2 * at + 1
        if below + 1 < length and _before(seemed, heap[below + 1], heap[below]):
            below += 1
        if not _before(seemed, heap[below], heap[at]):
            break
        heap[at], heap[below] = heap[below], heap[at]
        at = below


@compiled
def _improve(rows: Rows, state: State, members: Positions) -> bool:
    changed = False
    before = np.empty(rows.largest, np.int64)
    for i in range(len(rows.mailbox)):
        size = state.size[i]
        if size == 0 and not _may_be_asked(rows, state, i):
            continue
        before[:size] = state.bundle[i, :size]
        _take_out(rows, state, i)
        count, _ = best_bundle(rows, state, i, members)
        _put(rows, state, i, members, count)
        changed |= not _same_members(before, size, members, count)
    return changed


@compiled
def _same_members(one: Positions, size: int, other: Positions, count: int) -> bool:
    if size != count:
        return False
    for place in range(size):
        if not _holds(other, count, one[place]):
            return False
    return True


@compiled
def _holds(members: Positions, count: int, edge: int) -> bool:
    for place in range(count):
        if members[place] == edge:
            return True
    return False


@compiled
def _let_longest_waiters_in(rows: Rows, state: State, members: Positions) -> bool:
    changed = False
    for i in range(len(rows.mailbox)):
        size = state.size[i]
        if size == 0:
            continue
        leader = _missing_leader(rows, state, i)
        if leader < 0:
            continue
        count = _pins(rows, state, i, members)
        if count == rows.largest:
            continue
        members[count] = leader
        count += 1
        for place in range(size):
            edge = state.bundle[i, place]
            if count < rows.largest and not _holds(members, count, edge):
                members[count] = edge
                count += 1
        _take_out(rows, state, i)
        _put(rows, state, i, members, count)
        changed = True
    return changed


@compiled
def _missing_leader(rows: Rows, state: State, i: int) -> int:
    """Who has contacts left and ranks before every member; -1: nobody."""
    size = state.size[i]
    best = rows.rank[state.bundle[i, 0]]
    for place in range(1, size):
        best = min(best, rows.rank[state.bundle[i, place]])
    leader = -1
    leader_gain = 0.0
    for edge in range(rows.start[i], rows.start[i + 1]):
        j = rows.search[edge]
        if state.left[j] <= 0 or _holds(state.bundle[i], size, edge):
            continue
        gain = state.worth[j] * rows.chance[edge]
        if leader < 0 or _leads(rows, edge, gain, leader, leader_gain):
            leader = edge
            leader_gain = gain
    if leader >= 0 and rows.rank[leader] < best:
        return leader
    return -1


@compiled
def _pins(rows: Rows, state: State, i: int, members: Positions) -> int:
    count = 0
    if rows.has_pins[i]:
        for edge in range(rows.start[i], rows.start[i + 1]):
            open_or_in = state.left[rows.search[edge]] > 0 or _holds(
                state.bundle[i], state.size[i], edge
            )
            if rows.pinned[edge] and open_or_in:
                count = _insert_by_search(rows, members, count, edge)
    return count
