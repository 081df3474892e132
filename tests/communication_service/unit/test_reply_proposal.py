from typing import Any

import pytest

from communication_service.domain.answer_page import Outcome
from communication_service.domain.reply_proposal import Unread, propose

A, C, N, OTHER = (
    Outcome.ACCEPTED,
    Outcome.REJECTED_CAPACITY,
    Outcome.REJECTED_NOT_SUITABLE,
    Outcome.REJECTED_OTHER,
)


def read(text: str, letters: str = "ABC") -> list[Any]:
    return [one.outcome or one.unread for one in propose(text, letters)]


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        ("Leider habe ich keine Kapazität.", [C, C, C]),
        (
            "Sehr geehrte Damen und Herren, leider keine freien Plätze. Mit freundlichen Grüßen",
            [C] * 3,
        ),
        ("Wir haben derzeit leider keinen Therapieplatz frei.", [C, C, C]),
        ("Ich bin bis auf Weiteres ausgelastet.", [C, C, C]),
        ("Wir haben einen Aufnahmestopp.", [C, C, C]),
        ("Ich würde gern helfen, habe aber leider keine Kapazitäten.", None),
        ("Patient B gern, für die anderen leider keine Kapazität.", [C, A, C]),
        ("Patientin B nehme ich gern auf. Die übrigen passen leider nicht.", [N, A, N]),
        ("A und C kann ich übernehmen. Für B habe ich keinen Platz.", [A, C, A]),
        ("Ich nehme B.", [Unread.NOT_MENTIONED, A, Unread.NOT_MENTIONED]),
        ("Ich kann alle drei aufnehmen.", [A, A, A]),
        ("Zu Patientin B: die nehme ich gern.", [Unread.NOT_MENTIONED, A, Unread.NOT_MENTIONED]),
        ("A: gern\nB: keine Kapazität\nC: nicht geeignet", [A, C, N]),
        ("B passt leider nicht in mein Profil", [Unread.NOT_MENTIONED, N, Unread.NOT_MENTIONED]),
        ("Ich bin im Ruhestand.", [OTHER] * 3),
        ("Praxis Dr. A. Schmidt hat leider keine freien Termine.", [C, C, C]),
        ("Ihre Anfrage D nehme ich gern auf.", [Unread.ACCEPTED_WHOM] * 3),
    ],
)
def test_what_is_plainly_said_is_proposed(text: str, outcomes: list[Any] | None) -> None:
    if outcomes is None:
        outcomes = [Unread.CONTRADICTION] * 3
    assert read(text) == outcomes


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Unread.NOTHING_WRITTEN),
        ("  \n ", Unread.NOTHING_WRITTEN),
        ("Bitte rufen Sie mich an.", Unread.NOT_UNDERSTOOD),
        ("I am sorry, no places left.", Unread.NOT_UNDERSTOOD),
        ("Ich kann einen Platz anbieten.", Unread.ACCEPTED_WHOM),
        ("Vielleicht kann ich alle aufnehmen.", Unread.CONDITIONAL),
        ("Kann ich alle aufnehmen?", Unread.CONDITIONAL),
        ("Ich kann die Patienten leider nicht aufnehmen.", Unread.REFUSED_WHY),
        ("Ich nehme alle gern auf. Leider habe ich keine Kapazität.", Unread.CONTRADICTION),
    ],
)
def test_what_leaves_a_doubt_stays_unknown_with_its_reason(text: str, why: Unread) -> None:
    assert read(text) == [why] * 3


def test_who_is_asked_for_alone_need_not_be_named() -> None:
    assert read("Ich nehme den Patienten gern auf.", "A") == [A]
    assert read("Leider kein Platz.", "A") == [C]


def test_whoever_is_not_mentioned_stays_unknown() -> None:
    assert read("Patientin B gern.") == [Unread.NOT_MENTIONED, A, Unread.NOT_MENTIONED]


def test_no_text_takes_long_to_read() -> None:
    for text in ("kein " * 4000, "nehme " * 4000, "A " * 10_000, ", " * 10_000, "a" * 20_000):
        assert len(read(text)) == 3
