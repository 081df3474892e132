"""The one case in which the mean can be calculated, to judge the simulator by.

A single search, `n` therapists who see nobody else, one inquiry to each as soon as the law allows;
every answer takes `D` days; a therapist answers with chance `r` and has room with chance `a`, and
whoever has room accepts. So an attempt succeeds with p = r a.

One therapist. The attempts until success are geometric: (1 − p) / p failures are expected. After a
silence the next inquiry goes out `S` days after the last one, after a refusal `D + C` days, where C
is the cooling. The days of a failure are S (1 − r) + (D + C) r (1 − a), divided by 1 − p, and so

    mean = D + (S (1 − r) + (D + C) r (1 − a)) / p

Several. With S = D + C = T all of them are asked in step, a round succeeds with
q = 1 − (1 − p)ⁿ, and

    mean = D + T (1 − q) / q
"""


def mean_days_with_one(
    response: float, room: float, delay: int, after_silence: int, cooling: int
) -> float:
    lost = after_silence * (1.0 - response) + (delay + cooling) * response * (1.0 - room)
    return delay + lost / (response * room)


def mean_days_with_several(
    therapists: int, response: float, room: float, delay: int, cooling: int
) -> float:
    """After a silence the next inquiry goes out when it would after a refusal."""
    success = 1.0 - (1.0 - response * room) ** therapists
    return delay + (delay + cooling) * (1.0 - success) / success
