from communication_service.use_cases.visits import VisitLimits, Visits

LIMITS = VisitLimits(of_address=5, of_link=3)


def waits(visits: Visits, times: int, *, link: str | None = "a", now: float = 0.0) -> list[int]:
    return [visits.seconds_to_wait(address="ours", link=link, now=now) for _ in range(times)]


def test_a_link_that_is_opened_too_often_waits_for_the_next_minute() -> None:
    assert waits(Visits(LIMITS), 4, now=75.0) == [0, 0, 0, 45]


def test_in_the_next_minute_it_may_be_opened_again() -> None:
    visits = Visits(LIMITS)
    waits(visits, 4)
    assert waits(visits, 1, now=60.0) == [0]


def test_an_address_that_guesses_links_waits_too() -> None:
    assert waits(Visits(LIMITS), 6, link=None) == [0, 0, 0, 0, 0, 60]


def test_one_practice_that_comes_too_often_is_nobody_elses_loss() -> None:
    visits = Visits(LIMITS)
    waits(visits, 4)
    assert visits.seconds_to_wait(address="theirs", link="b", now=1.0) == 0


def test_a_crowd_of_addresses_does_not_fill_the_memory() -> None:
    visits = Visits(LIMITS)
    for number in range(50_000):
        visits.seconds_to_wait(address=str(number), link=None, now=0.0)
    assert len(visits._counted) <= 20_001
