import pytest

from communication_service.domain.reply_matching import (
    KnownMail,
    Match,
    Unmatched,
    match,
    references_in,
)

PRACTICE = "praxis@example.org"
INQUIRY = KnownMail(1, 17, 4, PRACTICE)
REMINDER = KnownMail(2, 17, 4, PRACTICE)
OTHER = KnownMail(3, 18, 5, "andere@example.org")
LETTER = KnownMail(4, None, None, "patient@example.org")
NONE: frozenset[int] = frozenset()


@pytest.mark.parametrize(
    ("quoted", "named", "mails", "sender", "found"),
    [
        ([INQUIRY], NONE, [], PRACTICE, Match(None, 1, 17, 4)),
        ([], {17}, [INQUIRY, REMINDER], PRACTICE, Match(None, 1, 17, 4)),
        ([REMINDER, INQUIRY], {17}, [INQUIRY], PRACTICE, Match(None, 2, 17, 4)),
        ([INQUIRY], NONE, [], "fremd@x.org", Match(Unmatched.UNKNOWN_SENDER, 1, 17, 4)),
        ([INQUIRY], {18}, [OTHER], PRACTICE, Match(Unmatched.CONTRADICTION)),
        ([INQUIRY, OTHER], NONE, [], PRACTICE, Match(Unmatched.CONTRADICTION)),
        ([], {17, 18}, [INQUIRY, OTHER], PRACTICE, Match(Unmatched.CONTRADICTION)),
        ([], {99}, [], PRACTICE, Match(Unmatched.UNKNOWN_INQUIRY)),
        ([], NONE, [], PRACTICE, Match(Unmatched.NO_REFERENCE)),
        ([LETTER], NONE, [], "patient@example.org", Match(Unmatched.NO_INQUIRY, 4)),
        ([], NONE, [], "", Match(Unmatched.NO_REFERENCE)),
    ],
)
def test_a_reply_belongs_to_an_inquiry_only_beyond_doubt(
    quoted: list[KnownMail], named: set[int], mails: list[KnownMail], sender: str, found: Match
) -> None:
    assert match(quoted, frozenset(named), mails, sender) == found


@pytest.mark.parametrize(
    ("subject", "named"),
    [
        ("Re: Therapieplätze gesucht [PV-17]", {17}),
        ("AW: [PV-17] und [PV-18]", {17, 18}),
        ("[PS-17] [pv-17] [PV-] [PV-017] [PV-0] PV-17", set()),
        ("[PV-99999999999999999999]", set()),
        ("", set()),
    ],
)
def test_a_subject_names_inquiries_by_their_reference(subject: str, named: set[int]) -> None:
    assert references_in(subject) == named
