"""Who lost something while another one won it has met a true collision; nobody else has."""

import pytest

from tests.races.collisions import collisions
from tests.races.deeds import Invariant
from tests.races.racer import Deed

MARK = (Invariant.SEARCH, 7)
OTHER_PATIENT = (Invariant.SEARCH, 8)


def _deed(began: float, ended: float, *, wins: object = None, loses: object = None) -> Deed:
    marks = [[one] if one else [] for one in (wins, loses)]
    return Deed("open a search", 201, "", began, ended, *marks)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("won", "lost", "met"),
    [
        ((0.0, 2.0), (1.0, 3.0), 1),
        ((1.0, 3.0), (0.0, 2.0), 1),
        ((0.0, 9.0), (3.0, 4.0), 1),
        ((0.0, 1.0), (2.0, 3.0), 0),
        ((2.0, 3.0), (0.0, 1.0), 0),
    ],
)
def test_only_what_overlaps_in_time_collides(
    won: tuple[float, float], lost: tuple[float, float], met: int
) -> None:
    deeds = [_deed(*won, wins=MARK), _deed(*lost, loses=MARK)]

    assert collisions(deeds)[Invariant.SEARCH] == met


def test_an_early_long_winner_is_not_hidden_by_a_later_short_one() -> None:
    deeds = [
        _deed(0.0, 9.0, wins=MARK),
        _deed(1.0, 2.0, wins=MARK),
        _deed(5.0, 6.0, loses=MARK),
    ]

    assert collisions(deeds)[Invariant.SEARCH] == 1


def test_who_lost_to_the_winner_of_something_else_has_not_collided() -> None:
    deeds = [_deed(0.0, 2.0, wins=OTHER_PATIENT), _deed(1.0, 3.0, loses=MARK)]

    assert collisions(deeds).total() == 0


def test_every_loser_counts_once() -> None:
    loser = _deed(1.0, 3.0, loses=MARK)
    twice = loser._replace(losses=[MARK, MARK])

    assert collisions([_deed(0.0, 2.0, wins=MARK), loser, twice])[Invariant.SEARCH] == 2
