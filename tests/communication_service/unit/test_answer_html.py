"""Every page can be read with eyes, ears and fingers. A browser looks closer: `make a11y`."""

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from communication_service.api import answer_texts as texts
from communication_service.domain.answer_page import Standing
from tests.communication_service.sample_pages import sample_pages

PAGES = sample_pages()
FORMS = [name for name in PAGES if name.startswith("form")]
TYPED = {"input", "textarea", "select"}
VOID = {"meta", "input", "br", "link", "img", "hr"}

every_page = pytest.mark.parametrize("name", PAGES)


class Page(HTMLParser):
    """Start tags in their order, each with its attributes and its ancestors."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(PAGES[name].get_data(as_text=True))
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs), tuple(self._open)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and data.strip():
            self.texts.append((self._open[-1], data.strip()))

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes, _ in self.tags if tag in names]

    def ids(self) -> list[str]:
        return [str(found["id"]) for _, found, _ in self.tags if "id" in found]


@every_page
def test_a_page_says_its_language_title_width_and_that_nobody_should_index_it(name: str) -> None:
    page = Page(name)
    metas = {meta.get("name"): meta.get("content") for meta in page.all("meta")}

    assert page.all("html") == [{"lang": "de"}]
    assert len([text for tag, text in page.texts if tag == "title"]) == 1
    assert metas["viewport"] == "width=device-width, initial-scale=1"
    assert metas["robots"] == "noindex, nofollow"


@every_page
def test_headings_begin_with_the_one_title_or_with_what_went_wrong_and_skip_no_level(
    name: str,
) -> None:
    levels = [int(tag[1]) for tag, _, _ in Page(name).tags if re.fullmatch("h[1-6]", tag)]

    assert levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []


@every_page
def test_every_word_stands_in_a_landmark(name: str) -> None:
    outside = [
        tag
        for tag, _, above in Page(name).tags
        if "body" in above and not {"header", "main", "footer"} & {tag, *above}
    ]
    assert outside == []


@every_page
def test_no_id_is_given_twice_and_every_reference_leads_somewhere(name: str) -> None:
    page = Page(name)
    ids = Counter(page.ids())
    told = ("for", "aria-describedby", "aria-labelledby")
    wanted = [
        one
        for _, found, _ in page.tags
        for attribute in told
        for one in (found.get(attribute) or "").split()
    ]
    inside = [str(a["href"])[1:] for a in page.all("a") if str(a["href"]).startswith("#")]

    assert [one for one, times in ids.items() if times > 1] == []
    assert [one for one in [*wanted, *inside] if one not in ids] == []


@every_page
def test_every_field_has_a_label_and_every_choice_a_question(name: str) -> None:
    page = Page(name)
    labelled = Counter(label.get("for") for label in page.all("label"))
    radios = [above for tag, a, above in page.tags if tag == "input" and a["type"] == "radio"]

    assert [f["id"] for f in page.all(*TYPED) if labelled[f.get("id")] != 1] == []
    assert [above for above in radios if "fieldset" not in above] == []
    assert len(page.all("legend")) == len(page.all("fieldset"))


@pytest.mark.parametrize("name", FORMS)
def test_the_first_button_is_the_one_that_enter_presses_and_only_answers(name: str) -> None:
    assert Page(name).all("button")[0] == {"type": "submit"}


def test_every_error_is_told_at_its_field_and_in_a_summary_that_has_the_focus() -> None:
    page = Page("form_with_errors")
    [summary] = [found for _, found, _ in page.tags if found.get("role") == "alert"]
    links = [str(a["href"])[1:] for a in page.all("a") if str(a["href"]).startswith("#")]
    described = {
        one
        for found in page.all("fieldset", *TYPED)
        for one in (found.get("aria-describedby") or "").split()
    }

    assert {"autofocus", "tabindex"} <= summary.keys()
    assert links == ["outcome_A", "notes_A", "outcome_B", "outcome_C", "ask_again_from"]
    assert {f"{field}-error" for field in links} <= described
    assert next(text for tag, text in page.texts if tag == "title").startswith("Fehler: ")


@every_page
def test_nothing_runs_nothing_is_fetched_and_the_style_is_the_one_that_is_allowed(
    name: str,
) -> None:
    page, answer = Page(name), PAGES[name]
    [(_, style)] = [one for one in page.texts if one[0] == "style"]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert page.all("script", "img", "link", "iframe", "object", "svg") == []
    assert [f for _, f, _ in page.tags if any(n == "style" or n.startswith("on") for n in f)] == []
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    assert [a for a in page.all("a", "form") if "://" in str(a.get("href", a.get("action")))] == []


def test_what_somebody_typed_is_text_and_never_markup() -> None:
    assert "&lt;b&gt;&amp;" in PAGES["form_with_errors"].get_data(as_text=True)


def test_every_standing_of_a_dead_link_has_its_page() -> None:
    alive = {Standing.OPEN, Standing.ANSWERED}
    assert set(texts.STANDINGS) == set(Standing) - alive
