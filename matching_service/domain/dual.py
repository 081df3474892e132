"""The loop behind `certificate`: a Lagrangian dual, lowered by subgradient steps.

Plain numbers in rows, lists or arrays of numpy, and one function, so that `domain/fast` can compile
the very same lines for waves whose rows are long.

Searches buy expected inquiries at a price each (`price`) and pay a fee per contact of their budget
(`fee`); therapists sell, and pay a toll per bundle where bundles are limited. At given prices every
part has an exact best answer, and the sum of these answers is at least the value of any plan.
"""

from collections.abc import MutableSequence, Sequence
from math import log

FEE_SCALE = 0.02  # fees move in smaller steps than prices
SMALLEST_PRICE = 1e-6  # of the weight: a logarithm of the price has to exist
PATIENCE = 6  # steps without a better bound before they get smaller


def lowest_bound(  # noqa: C901 - compiled as a whole
    start: Sequence[int],
    search: Sequence[int],
    intensity: Sequence[float],  # λ = −ln(1 − p), by edge
    leads: Sequence[bool],  # by edge: has to be in the bundle, this one or another leader
    must_lead: Sequence[bool],  # by therapist
    order: Sequence[int],  # therapists, those of one mailbox side by side
    mailbox: Sequence[int],
    smallest: Sequence[int],
    largest: int,
    most_bundles: int,  # 0: not limited
    weight: Sequence[float],
    contacts: Sequence[int],
    price: MutableSequence[float],  # by search; where to begin, changed in place
    fee: MutableSequence[float],
    toll: float,
    value: float,  # of a plan: nothing can be below it
    steps: int,
    demand: MutableSequence[float],  # from here on room to work in: by search
    contacts_used: MutableSequence[float],
    gains: MutableSequence[float],  # by place in a bundle
    edges: MutableSequence[int],
    best_edges: MutableSequence[int],
) -> float:
    lowest = 1e300
    boldness = 1.0
    since_better = 0
    for _ in range(steps):
        bound = toll * most_bundles
        bundles = 0.0
        for j in range(len(weight)):
            sold = log(weight[j] / price[j])
            bound += weight[j] - price[j] - price[j] * sold + fee[j] * contacts[j]
            demand[j] = -sold
            contacts_used[j] = -float(contacts[j])
        at = 0
        while at < len(order):
            box = mailbox[order[at]]
            best = 0.0
            best_count = 0
            while at < len(order) and mailbox[order[at]] == box:
                i = order[at]
                at += 1
                count = 0
                leader = -1
                leader_gain = -1e300
                if must_lead[i]:
                    for e in range(start[i], start[i + 1]):
                        gain = price[search[e]] * intensity[e] - fee[search[e]]
                        if leads[e] and gain > leader_gain:
                            leader = e
                            leader_gain = gain
                room = largest - (1 if leader >= 0 else 0)
                for e in range(start[i], start[i + 1]):
                    gain = price[search[e]] * intensity[e] - fee[search[e]]
                    if e == leader or (count == room and (room == 0 or gain <= gains[count - 1])):
                        continue
                    place = count if count < room else room - 1
                    count = place + 1 if count < room else count
                    while place > 0 and gains[place - 1] < gain:
                        gains[place] = gains[place - 1]
                        edges[place] = edges[place - 1]
                        place -= 1
                    gains[place] = gain
                    edges[place] = e
                needed = smallest[i] - (1 if leader >= 0 else 0)
                if count < needed or (leader < 0 and count == 0):
                    continue
                total = leader_gain if leader >= 0 else 0.0
                taken = 0
                while taken < count and (taken < needed or gains[taken] > 0.0):
                    total += gains[taken]
                    taken += 1
                total -= toll
                if total > best:
                    best = total
                    best_count = taken
                    for place in range(taken):
                        best_edges[place] = edges[place]
                    if leader >= 0:
                        best_edges[taken] = leader
                        best_count = taken + 1
            if best > 0.0:
                bound += best
                bundles += 1.0
                for place in range(best_count):
                    demand[search[best_edges[place]]] += intensity[best_edges[place]]
                    contacts_used[search[best_edges[place]]] += 1.0
        if bound < lowest - 1e-9:
            lowest = bound
            since_better = 0
        else:
            since_better += 1
            if since_better >= PATIENCE:
                boldness *= 0.6
                since_better = 0
        length = 0.0
        for j in range(len(weight)):
            by_fee = contacts_used[j] * FEE_SCALE * weight[j]
            length += (demand[j] * weight[j]) ** 2 + by_fee * by_fee
        excess = bundles - most_bundles
        if most_bundles > 0:
            length += (excess * toll / most_bundles) ** 2
        if length < 1e-12 or bound - value < 1e-9:
            break
        step = boldness * (bound - value) / length
        for j in range(len(weight)):
            change = step * demand[j] * weight[j] * weight[j]
            price[j] = min(weight[j], max(SMALLEST_PRICE * weight[j], price[j] - change))
            scale = FEE_SCALE * weight[j]
            fee[j] = max(0.0, fee[j] + step * contacts_used[j] * scale * scale)
        if most_bundles > 0:
            toll = max(0.0, toll + step * excess * (toll / most_bundles) ** 2)
    return lowest
