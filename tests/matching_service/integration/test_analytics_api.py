"""The analytics through the HTTP door: what they answer when there is nothing, and to whom."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.issuer import Issuer
from tests.matching_service.analytics_desk import Analytics, each_number
from tests.matching_service.staff_desk import content, refusal

RESOURCES = ("bundle-efficiency", "therapist-preferences", "placement-times")
GROUPINGS = [
    *(("bundle-efficiency", by) for by in ("month", "size", "channel")),
    *(("therapist-preferences", by) for by in ("therapist", "diagnosis", "age", "gender", "group")),
    *(("placement-times", by) for by in ("month", "insurance", "region")),
]
every_resource = pytest.mark.parametrize("resource", RESOURCES)


@every_resource
def test_in_an_empty_world_every_number_is_unknown_and_says_why(
    analytics: Analytics, resource: str
) -> None:
    analytics.refresh()

    answer = analytics.read(resource)

    numbers = list(each_number(answer))
    assert {(one["value"], one["denominator"], one["reason"]) for one in numbers} == {
        (None, 0, "no_data")
    }
    assert answer["as_of"] is not None


@every_resource
def test_before_the_numbers_were_first_counted_they_are_as_of_never(
    analytics: Analytics, resource: str
) -> None:
    answer = analytics.read(resource)

    assert answer["as_of"] is None
    assert {one["value"] for one in each_number(answer)} == {None}


@pytest.mark.parametrize(("resource", "by"), GROUPINGS)
def test_every_grouping_of_an_empty_world_has_no_groups(
    analytics: Analytics, resource: str, by: str
) -> None:
    analytics.refresh()

    answer = analytics.read(resource, by=by)

    assert (answer["by"], answer["groups"], answer["groups_total"]) == (by, [], 0)


@every_resource
def test_every_number_bears_its_definition_in_german(analytics: Analytics, resource: str) -> None:
    definitions = [one["definition"] for one in each_number(analytics.read(resource))]

    assert all(text.endswith(".") and len(text) > 20 for text in definitions)


@every_resource
def test_without_dates_the_answer_is_about_the_last_twelve_months(
    analytics: Analytics, resource: str
) -> None:
    answer = analytics.read(resource, to="2026-11-26")

    assert (answer["from"], answer["to"]) == ("2025-11-27", "2026-11-26")


@every_resource
def test_the_path_without_a_version_is_the_same_resource(api: FlaskClient, resource: str) -> None:
    both = [
        content(api.get(f"{prefix}/analytics/{resource}", query_string={"to": "2026-01-31"}))
        for prefix in ("/api", "/api/v2")
    ]

    assert both[0] == both[1]


@every_resource
def test_a_period_that_ends_before_it_begins_is_refused_by_both_names(
    api: FlaskClient, resource: str
) -> None:
    asked = {"from": "2026-03-02", "to": "2026-03-01"}

    problem = refusal(_get(api, resource, **asked), 422, "validation-failed")

    assert {one["field"] for one in problem["errors"]} == {"from", "to"}


@every_resource
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("from", "gestern"),
        ("from", "2026-02-30"),
        ("to", "2026-3-1"),
        ("to", ""),
        ("by", "name"),
        ("by", ""),
        ("von", "2026-01-01"),
    ],
)
def test_a_wrong_question_is_refused_by_name(
    api: FlaskClient, resource: str, field: str, value: str
) -> None:
    problem = refusal(_get(api, resource, **{field: value}), 422, "validation-failed")

    assert [one["field"] for one in problem["errors"]] == [field]


@pytest.mark.parametrize(("resource", "by"), GROUPINGS)
def test_each_resource_knows_its_own_groupings_only(
    api: FlaskClient, resource: str, by: str
) -> None:
    for other in RESOURCES:
        expected = 200 if (other, by) in GROUPINGS else 422
        assert _get(api, other, by=by).status_code == expected


@pytest.mark.parametrize("limit", ["0", "501", "x"])
def test_the_number_of_therapists_has_bounds(api: FlaskClient, limit: str) -> None:
    answer = _get(api, "therapist-preferences", by="therapist", limit=limit)

    assert refusal(answer, 422, "validation-failed")["errors"][0]["field"] == "limit"


@every_resource
@pytest.mark.parametrize(
    ("role", "status"), [("staff", 200), ("admin", 200), ("service", 403), (None, 401)]
)
def test_analytics_are_for_staff_and_admins(
    api: FlaskClient, issuer: Issuer, resource: str, role: str | None, status: int
) -> None:
    headers = issuer.bearer(role) if role else {"Authorization": ""}

    answer = api.get(f"/api/v2/analytics/{resource}", headers=headers)

    assert answer.status_code == status


def _get(api: FlaskClient, resource: str, **query: str) -> Any:
    return api.get(f"/api/v2/analytics/{resource}", query_string=query)
