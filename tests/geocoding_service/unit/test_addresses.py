import pytest

from geocoding_service.domain.addresses import is_postcode, normalised, postcode_in


@pytest.mark.parametrize("text", ["52062", "01067", "99998", "00000"])
def test_five_digits_are_a_postcode(text: str) -> None:
    assert is_postcode(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5206",
        "520620",
        "D-52062",
        " 52062",
        "52062\n",
        "52 06",
        "5206a",
        pytest.param("٥٢٠٦٢", id="Arabic-Indic digits"),
    ],
)
def test_anything_else_is_not(text: str) -> None:
    assert not is_postcode(text)


@pytest.mark.parametrize(
    ("address", "plz"),
    [
        ("Markt 1, 52062 Aachen", "52062"),
        ("52062", "52062"),
        ("D-52062 Aachen", "52062"),
        ("Postfach 10101, 52062 Aachen", "52062"),
        ("Markt 1, Aachen", None),
        ("Telefon 0241123456", None),
        ("Markt 1, 5206 Aachen", None),
        ("", None),
    ],
)
def test_the_postcode_of_an_address_is_its_last_group_of_five_digits(
    address: str, plz: str | None
) -> None:
    assert postcode_in(address) == plz


@pytest.mark.parametrize(
    "spelling",
    [
        "Hauptstraße 1, 52062 Aachen",
        "  hauptstraße  1 52062\tAACHEN\n",
        "HAUPTSTRASSE 1; 52062 Aachen,",
        "Hauptstr. 1, 52062 Aachen",
        "Hauptstr.1, 52062 Aachen",
        "Ｈauptstraße\u00a01, 52062 Aachen",
    ],
)
def test_spellings_of_one_address_are_one_question(spelling: str) -> None:
    assert normalised(spelling) == "hauptstrasse 1 52062 aachen"


@pytest.mark.parametrize("other", ["Hauptstraße 11, 52062 Aachen", "Hauptstraße 1, 52064 Aachen"])
def test_another_house_is_another_question(other: str) -> None:
    assert normalised(other) != normalised("Hauptstraße 1, 52062 Aachen")
