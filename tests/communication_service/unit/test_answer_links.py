from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from communication_service.domain.answer_links import LinkPurpose, has_expired, link_claim
from communication_service.use_cases.answer_links import AnswerLinks

NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)
SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True)
class Inquiry:
    bundle_id: int = 17
    therapist_id: int = 5
    mailbox_key: str = "key-of-a-mailbox"


def links(*keys: str) -> AnswerLinks:
    return AnswerLinks("https://platz.example", keys or ("a key",), 42)


def token(signed_by: AnswerLinks, inquiry: Inquiry = Inquiry(), now: datetime = NOW) -> str:
    return signed_by.answer_link(inquiry, now).rpartition("/")[2]


def test_a_link_comes_back_as_what_it_was_made_for() -> None:
    claim = links().claim_of(token(links()), LinkPurpose.ANSWER)

    assert claim == link_claim(17, 5, "key-of-a-mailbox", 42, NOW)
    assert claim is not None
    assert claim.good_until == date(2027, 1, 12)


def test_a_letter_that_is_written_anew_on_the_same_day_keeps_its_link() -> None:
    assert token(links()) == token(links(), now=NOW + timedelta(hours=3))


def test_a_link_holds_nothing_of_the_mailbox_but_a_mark() -> None:
    assert "mailbox" not in token(links())
    assert len(links().answer_link(Inquiry(), NOW)) < 200


@pytest.mark.parametrize("place", [0, 10, 40, 60, -1])
def test_a_link_that_differs_in_any_sign_is_not_ours(place: int) -> None:
    ours = token(links())
    place %= len(ours)
    others = (ours[:place] + sign + ours[place + 1 :] for sign in SIGNS if sign != ours[place])

    assert [one for one in others if links().claim_of(one, LinkPurpose.ANSWER)] == []


@pytest.mark.parametrize("junk", ["", ".", "x", "a.b", "ä.ö", "\udc80", "." * 5000, "A" * 5000])
def test_junk_is_not_ours(junk: str) -> None:
    assert links().claim_of(junk, LinkPurpose.ANSWER) is None


def test_a_link_for_one_purpose_is_good_for_no_other() -> None:
    assert links().claim_of(token(links()), LinkPurpose.OPT_OUT) is None


@pytest.mark.parametrize(
    "other", [Inquiry(bundle_id=18), Inquiry(therapist_id=6), Inquiry(mailbox_key="another")]
)
def test_links_of_different_inquiries_practices_and_mailboxes_differ(other: Inquiry) -> None:
    assert token(links(), other) != token(links())


def test_a_new_key_signs_and_links_of_the_old_one_still_open() -> None:
    old, both = links("old"), links("old", "new")

    assert both.claim_of(token(old), LinkPurpose.ANSWER) is not None
    assert old.claim_of(token(both), LinkPurpose.ANSWER) is None
    assert links("new").claim_of(token(both), LinkPurpose.ANSWER) is not None


def test_without_the_old_key_its_links_are_dead() -> None:
    assert links("new").claim_of(token(links("old")), LinkPurpose.ANSWER) is None


@pytest.mark.parametrize(
    ("now", "expired"),
    [
        (datetime(2027, 1, 12, 22, 59, tzinfo=UTC), False),
        (datetime(2027, 1, 12, 23, 0, tzinfo=UTC), True),
    ],
)
def test_a_link_is_good_until_midnight_in_berlin(now: datetime, expired: bool) -> None:
    assert has_expired(link_claim(17, 5, "key", 42, NOW), now) is expired


def test_an_opt_out_is_possible_for_years() -> None:
    link = links().opt_out_link(Inquiry(), NOW)
    _, _, _, _, own, last = link.split("/")
    claim = links().claim_of(own, LinkPurpose.OPT_OUT)

    assert last == "opt-out"
    assert claim is not None
    assert not has_expired(claim, NOW + timedelta(days=1000))
