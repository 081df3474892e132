"""An HTML mail read out: what a reader sees, and nothing else."""

import time

import pytest

from communication_service.domain.html_text import text_of_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("Guten Tag", "Guten Tag"),
        ("<p>Eins</p><p>Zwei</p>", "Eins\n\nZwei"),
        ("Eins<br>Zwei<BR/>Drei", "Eins\nZwei\nDrei"),
        ("<ul><li>Eins</li><li>Zwei</li></ul>", "Eins\n\nZwei"),
        ("ein <b>fetter</b>\n  Hinweis", "ein fetter Hinweis"),
        ("Stra&szlig;e &amp; Ort &lt;3", "Straße & Ort <3"),
        ("Kim&nbsp;Muster", "Kim Muster"),
        ("<style>p {color: red}</style>Text", "Text"),
        ("<script>alert('<p>')</script>Text", "Text"),
        ("<head><title>Titel</title></head>Text", "Text"),
        ("<!-- nichts -->Text<!DOCTYPE html>", "Text"),
        ("3 < 4 und 5 > 4", "3 < 4 und 5 > 4"),
        ("", ""),
    ],
)
def test_html_reads_as_people_see_it(html: str, text: str) -> None:
    assert text_of_html(html) == text


@pytest.mark.parametrize("piece", ["<", "<a", "<!--", "<script>", "</p", "<p><", "&", "&#", " \n"])
def test_no_html_takes_longer_than_its_length_asks_for(piece: str) -> None:
    started = time.process_time()
    text_of_html(piece * (200_000 // len(piece)))
    assert time.process_time() - started < 2
