from therapist_service.domain.identity import Known, Person
from therapist_service.domain.register import Register


def known(therapist_id: int, **fields: object) -> Known:
    return Known(therapist_id, Person.of({"vorname": "Kim", "nachname": "Lee", **fields}))


def test_candidates_share_a_postcode_or_an_external_id() -> None:
    neighbour, moved = known(1, plz="52062"), known(2, plz="10115", external_id="a")
    register = Register([moved, neighbour, known(3, plz="50667", external_id="b")])

    assert register.near(known(9, plz="52062", external_id="a").person) == [neighbour, moved]


def test_what_is_unknown_connects_nobody() -> None:
    register = Register([known(1), known(2, plz="52062")])

    assert register.near(known(9).person) == []


def test_who_has_moved_is_found_at_the_new_place_only() -> None:
    register = Register([known(1, plz="52062")])
    register.keep(known(1, plz="50667"))

    assert register.near(known(9, plz="52062").person) == []
    assert register.near(known(9, plz="50667").person) == [known(1, plz="50667")]


def test_former_entries_stay_findable_beside_the_present_one() -> None:
    former = Known(1, known(1, plz="50667").person, former=True)
    register = Register([known(1, plz="52062"), former])
    register.keep(known(1, plz="10115"))

    assert register.near(known(9, plz="50667").person) == [former]
    assert register.near(known(9, plz="52062").person) == []


def test_what_is_kept_in_a_copy_is_not_known_to_the_original() -> None:
    register = Register([known(1, plz="52062")])
    register.copy().keep(known(2, plz="52062"))

    assert register.near(known(9, plz="52062").person) == [known(1, plz="52062")]
