import pytest

from communication_service.domain.reply_text import LONGEST_TEXT, own_words


@pytest.mark.parametrize(
    "below",
    [
        "Am 23.11.2026 um 09:15 schrieb Platzvermittlung:\n> Patient A\nPatient B gern",
        "Am Mo., 23. Nov. 2026 um 09:15 Uhr schrieb\nPlatzvermittlung <a@platz.example>:\n> A",
        "On Mon, Nov 23, 2026 at 9:15 AM Platzvermittlung <a@platz.example> wrote:\n> A gern",
        "-----Ursprüngliche Nachricht-----\nPatient A gern",
        "-------- Original Message --------\nPatient A gern",
        "---------- Weitergeleitete Nachricht ----------\nPatient A",
        "________________________________\nVon: Platzvermittlung\nPatient A",
        "Von: Platzvermittlung <anfragen@platz.example>\nGesendet: Montag\nPatient A gern",
        "-- \nDr. A. Beispiel\nPraxis",
        "> Patient A gern\n> Patient B gern",
    ],
)
def test_what_is_quoted_is_not_read(below: str) -> None:
    assert own_words(f"Leider kein Platz.\n\n{below}") == "Leider kein Platz."


@pytest.mark.parametrize(
    "text",
    [
        "Am Montag rufe ich Sie an.",
        "Am Telefon hatte ich zugesagt.\nIch nehme B gern.",
        "Von dieser Patientin habe ich gehört.",
    ],
)
def test_what_only_looks_like_a_quotation_is_read(text: str) -> None:
    assert own_words(text) == text


def test_a_reply_that_only_quotes_says_nothing() -> None:
    assert own_words("> Patient A\n> Patient B") == ""


def test_an_endless_text_is_read_up_to_its_limit() -> None:
    assert len(own_words("a" * LONGEST_TEXT * 3)) == LONGEST_TEXT
