from communication_service.domain.unknown import MISSING
from communication_service.domain.weekly_times import Hours, SharedHours, WeeklySlot, fold_week

MORNING = Hours(9 * 60, 12 * 60)
AFTERNOON = Hours(14 * 60, 18 * 60)


def test_days_with_the_same_hours_stand_together() -> None:
    week = [WeeklySlot(day, MORNING) for day in (4, 0, 2, 1)]
    assert fold_week(week) == (SharedHours(((0, 2), (4, 4)), (MORNING,)),)


def test_different_hours_follow_the_order_of_the_week() -> None:
    week = [WeeklySlot(3, MORNING), WeeklySlot(0, AFTERNOON), WeeklySlot(3, AFTERNOON)]
    assert fold_week(week) == (
        SharedHours(((0, 0),), (AFTERNOON,)),
        SharedHours(((3, 3),), (MORNING, AFTERNOON)),
    )


def test_touching_and_overlapping_hours_become_one_stretch() -> None:
    week = [
        WeeklySlot(0, Hours(600, 660)),
        WeeklySlot(0, Hours(540, 600)),
        WeeklySlot(0, Hours(650, 655)),
    ]
    assert fold_week(week) == (SharedHours(((0, 0),), (Hours(540, 660),)),)


def test_an_empty_week_is_unknown_and_not_never() -> None:
    assert fold_week([]) == MISSING
