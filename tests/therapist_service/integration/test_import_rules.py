"""The rules of the import as one table: who is known, what a file says, and what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.therapist_service.records import (
    BLOCKED,
    KIM,
    OWNED_BY_STAFF,
    UNREADABLE,
    added,
    counts,
    deleted,
    modified,
    record,
)

Document = dict[str, Any]
OLDER_FILE = "therapists_20200101_030000.json"


@dataclass(frozen=True)
class Rule:
    """KIM has been imported, unless `before` says otherwise; then `staff` changed the first one.

    `people` are all therapists afterwards, by the fields that the rule is about.
    """

    situation: str
    file: Document
    counts: dict[str, int]
    people: list[dict[str, Any]]
    before: list[Document] = field(default_factory=lambda: [added(KIM)])
    staff: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    says: tuple[str, ...] = ()
    """Reasons of rejections and codes of remarks."""

    def __str__(self) -> str:
        return self.situation


NULL, WEBER = {"nachname": "Null"}, {"nachname": "Weber"}
MERELY_NEW, ONE_MORE = counts(new=1), [NULL, WEBER]

WHO_IT_IS = [
    Rule("the same again changes nothing", added(KIM), counts(unchanged=1), [{"version": 1}]),
    Rule(
        "nobody is known yet, and Null is a surname", added(KIM), counts(new=1), [NULL], before=[]
    ),
    Rule(
        "the external id wins over name, street and postcode",
        added(record(external_id="k1", last_name="Weber", postal_code="10115", street="Ring")),
        counts(changed=1),
        [{"nachname": "Weber", "plz": "10115"}],
        before=[added(record(external_id="k1"))],
    ),
    Rule(
        "two external ids are two people, whatever they share",
        added(record(external_id="k2")),
        counts(new=1),
        [{"external_id": "k1"}, {"external_id": "k2"}],
        before=[added(record(external_id="k1"))],
    ),
    Rule(
        "the external id decides before somebody else's equal name",
        added(record(external_id="k1", last_name="Weber")),
        counts(changed=1),
        [{"nachname": "Weber", "strasse": "Markt 1"}, {"nachname": "Weber", "strasse": "Ring 1"}],
        before=[added(record(external_id="k1"), record(last_name="Weber", street="Ring"))],
    ),
    Rule(
        "who is known by name gets the external id",
        added(record(external_id="k1")),
        counts(changed=1),
        [{"external_id": "k1"}],
    ),
    Rule(
        "name and postcode find whose street, house number and email are new",
        added(record(street="Ring", house_number="9a", email="neu@example.org")),
        counts(changed=1),
        [{"strasse": "Ring 9a", "email": "neu@example.org"}],
    ),
    Rule(
        "another house number is a change, not another person",
        added(record(house_number="2")),
        counts(changed=1),
        [{"strasse": "Markt 2"}],
    ),
    Rule(
        "case and spaces tell nobody apart",
        added(record(first_name=" KIM ", last_name="null")),
        counts(changed=1),
        [{"vorname": "KIM", "nachname": "null"}],
    ),
    Rule(
        "an umlaut may be written in two letters",
        added(record(last_name="Mueller-Gross", street="Ring")),
        counts(changed=1),
        [{"nachname": "Mueller-Gross"}],
        before=[added(record(last_name="Müller Groß"))],
    ),
    Rule(
        "another first name is somebody else",
        added(record(first_name="Ada")),
        MERELY_NEW,
        [NULL, NULL],
    ),
    Rule(
        "another postcode is somebody else",
        added(record(postal_code="52064")),
        MERELY_NEW,
        [NULL, NULL],
    ),
    Rule(
        "who has a new surname in the same household was renamed",
        modified(record(last_name="Weber")),
        counts(changed=1),
        [WEBER],
    ),
    Rule(
        "a household is the same however its street is written",
        modified(record(last_name="Weber", street="Kölner  Straße")),
        counts(changed=1),
        [WEBER],
        before=[added(record(street="Koelner Str."))],
    ),
    Rule(
        "renamed needs no email where one is missing",
        modified(record(last_name="Weber", email="")),
        counts(changed=1),
        [{"nachname": "Weber", "email": "praxis@example.org"}],
    ),
    *(
        Rule(
            f"renamed, but {what} differs: somebody else",
            added(record(last_name="Weber", **other)),
            MERELY_NEW,
            ONE_MORE,
        )
        for what, other in {
            "the email": {"email": "neu@example.org"},
            "the street": {"street": "Ring"},
            "the house number": {"house_number": "2"},
            "the town": {"city": "Würselen"},
            "the postcode": {"postal_code": "52064"},
            "the title": {"title": "Dr."},
            "the first name": {"first_name": "Ada"},
        }.items()
    ),
    Rule(
        "who is listed beside the old name is a colleague, not the renamed one",
        added(record(last_name="Weber"), KIM),
        counts(new=1, unchanged=1),
        ONE_MORE,
    ),
    Rule(
        "the old name is a colleague's even where that record is unreadable",
        added(record(last_name="Weber"), record(languages="Englisch")),
        counts(new=1, rejected=1),
        ONE_MORE,
        says=("languages: not_a_list",),
    ),
    Rule(
        "two that fit are reported and left alone",
        added(record(street="Ring")),
        counts(rejected=1),
        [{"strasse": "Markt 1"}, {"strasse": "Markt 1"}],
        before=[added(record(external_id="k1"), record(external_id="k2"))],
        says=("ambiguous: 1, 2",),
    ),
]

EMPTY_VALUES: list[tuple[str, Document, Document]] = [
    ("email", {"email": ""}, {"email": "praxis@example.org"}),
    ("email (null)", {"email": None}, {"email": "praxis@example.org"}),
    ("phone", {"phone": " "}, {"telefon": "0221 4710123"}),
    ("list of languages", {"languages": []}, {"fremdsprachen": ["Englisch"]}),
    ("salutation", {"salutation": ""}, {"geschlecht": "weiblich"}),
]
WHAT_IS_WRITTEN = [
    *(
        Rule(
            f"an empty {name} replaces no filled one",
            added(record(**empty)),
            counts(unchanged=1),
            [kept],
        )
        for name, empty, kept in EMPTY_VALUES
    ),
    *(
        Rule(
            f"{' and '.join(owned)} belongs to staff",
            added(record(street="Ring")),
            counts(changed=1),
            [{"strasse": "Ring 1", **owned}],
            staff=owned,
        )
        for owned in OWNED_BY_STAFF
    ),
    Rule(
        "what the directory owns follows it, whatever staff wrote",
        added(KIM),
        counts(changed=1),
        [{"strasse": "Markt 1"}],
        staff={"strasse": "Ring 5"},
    ),
    Rule(
        "an unknown procedure is kept and reported",
        added(record(therapy_methods=["Klangschalentherapie", "VT"])),
        counts(changed=1),
        [{"psychotherapieverfahren": ["Klangschalentherapie", "Verhaltenstherapie"]}],
        says=("unknown_procedure",),
    ),
]

COMING_AND_GOING = [
    Rule(
        "a modification of somebody unknown is a new therapist",
        modified(record(last_name="Weber", street="Ring")),
        counts(new=1),
        ONE_MORE,
    ),
    Rule(
        "who is gone from the directory becomes inactive",
        deleted(KIM),
        counts(removed=1),
        [{"status": "inaktiv"}],
    ),
    Rule(
        "gone twice is gone once",
        deleted(KIM, KIM),
        counts(removed=1, unchanged=1),
        [{"status": "inaktiv", "version": 2}],
    ),
    Rule(
        "who comes back is active again",
        added(KIM),
        counts(changed=1),
        [{"status": "aktiv"}],
        before=[added(KIM), deleted(KIM)],
    ),
    Rule(
        "who was blocked stays blocked when gone from the directory",
        deleted(KIM),
        counts(unchanged=1),
        [BLOCKED],
        staff=BLOCKED,
    ),
    Rule(
        "who was made inactive by staff is not revived by a listing",
        added(KIM),
        counts(unchanged=1),
        [{"status": "inaktiv"}],
        staff={"status": "inaktiv"},
    ),
    Rule(
        "who was blocked while gone stays blocked when listed again",
        added(KIM),
        counts(unchanged=1),
        [BLOCKED],
        before=[added(KIM), deleted(KIM)],
        staff=BLOCKED,
    ),
    Rule(
        "the removal of somebody unknown is reported",
        deleted(record(first_name="Ada")),
        counts(rejected=1),
        [{"status": "aktiv"}],
        says=("nobody_of_this_name",),
    ),
    Rule(
        "a removal follows no change of name",
        deleted(record(last_name="Weber")),
        counts(rejected=1),
        [{"status": "aktiv"}],
        says=("nobody_of_this_name",),
    ),
    Rule(
        "an older file changes nobody of whom a newer one has spoken",
        modified(record(street="Ring")),
        counts(unchanged=1),
        [{"strasse": "Markt 1", "version": 1}],
        name=OLDER_FILE,
        says=("older_than_what_is_known",),
    ),
    Rule(
        "an older file removes nobody who is listed in a newer one",
        deleted(KIM),
        counts(unchanged=1),
        [{"status": "aktiv"}],
        name=OLDER_FILE,
        says=("older_than_what_is_known",),
    ),
    Rule(
        "an older file revives nobody who is gone in a newer one",
        added(KIM),
        counts(unchanged=1),
        [{"status": "inaktiv"}],
        before=[added(KIM), deleted(KIM)],
        name=OLDER_FILE,
        says=("older_than_what_is_known",),
    ),
    Rule(
        "an older file still brings whom nobody knew",
        added(record(first_name="Ada")),
        counts(new=1),
        [{"vorname": "Kim"}, {"vorname": "Ada"}],
        name=OLDER_FILE,
    ),
]

SHAPES = [
    Rule(
        "changes with metadata",
        {
            "metadata": {"scrape_id": "s1"},
            "changes": {**added(record(first_name="Ada")), **modified(record(street="Ring"))},
            "statistics": {"additions": 1},
        },
        counts(new=1, changed=1),
        [{"vorname": "Kim", "strasse": "Ring 1"}, {"vorname": "Ada"}],
    ),
    Rule(
        "flat changes",
        {"timestamp": "2026-11-01T03:00:00", "scrape_id": "s2", **deleted(KIM)},
        counts(removed=1),
        [{"status": "inaktiv"}],
    ),
    Rule(
        "a snapshot of a postcode removes nobody whom it does not name",
        {"therapists": [record(first_name="Ada")]},
        counts(new=1),
        [{"vorname": "Kim", "status": "aktiv"}, {"vorname": "Ada"}],
        name="2026-12-01/52062.json",
    ),
    Rule(
        "who is twice in a file is one person",
        added(record(first_name="Ada"), record(first_name="Ada")),
        counts(new=1, unchanged=1),
        [{"vorname": "Kim"}, {"vorname": "Ada", "version": 1}],
    ),
    Rule(
        "who comes and goes in one file is gone",
        {**added(record(first_name="Ada")), **deleted(record(first_name="Ada"))},
        counts(new=1, removed=1),
        [{"status": "aktiv"}, {"status": "inaktiv"}],
    ),
    Rule(
        "a postcode written as a number has lost its zero",
        added(record(first_name="Ada", postal_code=1067)),
        counts(new=1),
        [{"plz": "52062"}, {"plz": "01067"}],
    ),
    *(
        Rule(
            f"{reason} is reported and harms no other",
            added(broken, record(street="Ring")),
            counts(changed=1, rejected=1),
            [{"strasse": "Ring 1"}],
            says=(reason,),
        )
        for broken, reason in UNREADABLE
    ),
]


@pytest.mark.parametrize("rule", WHO_IT_IS + WHAT_IS_WRITTEN + COMING_AND_GOING + SHAPES, ids=str)
def test_the_rules_of_the_import(
    rule: Rule, api: FlaskClient, scraper: Any, import_files: Callable[[], int]
) -> None:
    for document in rule.before:
        scraper.lay(document)
        import_files()
    if rule.staff:
        first = (api.get("/api/v2/therapists").json or {})["data"][0]
        edited = api.patch(
            f"/api/v2/therapists/{first['id']}",
            json=rule.staff,
            headers={"If-Match": f'"{first["version"]}"'},
        )
        assert edited.status_code == 200, edited.json
    scraper.lay({**rule.file, "scrape_id": "this one"}, rule.name)
    import_files()

    people = (api.get("/api/v2/therapists").json or {})["data"]
    done = (api.get("/api/v2/scraper-imports?sort=-created_at").json or {})["data"][0]
    assert done["counts"] == rule.counts
    assert [
        {name: one[name] for name in expected}
        for one, expected in zip(people, rule.people, strict=True)
    ] == rule.people
    said = [one["reason"] for one in done["rejected"]] + [one["code"] for one in done["remarks"]]
    assert tuple(said) == rule.says
