"""The flag `bundle_matching`: turned while the service runs, and never without a trace."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from tests.issuer import Issuer

FLAG = "/api/v2/feature-flags/bundle_matching"
ON = {"enabled": True, "rollout_percentage": 100, "override_users": []}
BUNDLES = "/api/v2/therapist-bundles"


def _turn(api: FlaskClient, issuer: Issuer, **setting: Any) -> dict[str, Any]:
    tag = api.get(FLAG).headers["ETag"]
    headers = {**issuer.bearer("admin", subject="chef"), "If-Match": tag}
    answer = api.put(FLAG, json={**ON, **setting}, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    turned: dict[str, Any] = answer.get_json()
    return turned


def _create(api: FlaskClient, issuer: Issuer, user: str) -> int:
    headers = issuer.bearer(subject=user)
    return api.post(f"{BUNDLES}/create", json={"max_bundles": 1}, headers=headers).status_code


def test_it_ships_switched_on_for_everybody(api: FlaskClient) -> None:
    shipped = api.get(FLAG).get_json()

    assert {name: shipped[name] for name in ON} == ON
    assert (shipped["name"], shipped["version"]) == ("bundle_matching", 1)


def test_turned_off_it_refuses_writes_of_bundles_and_leaves_reads_open(
    api: FlaskClient, issuer: Issuer
) -> None:
    _turn(api, issuer, enabled=False, override_users=["anna"])

    refused = api.post(f"{BUNDLES}/create", json={"max_bundles": 1})

    assert refused.status_code == 403
    assert refused.get_json()["type"] == "/problems/feature-disabled"
    assert refused.get_json()["flag"] == "bundle_matching"
    assert api.post(f"{BUNDLES}/1/send").get_json()["type"] == "/problems/feature-disabled"
    assert api.get(BUNDLES).status_code == 200
    assert api.post(f"{BUNDLES}/preview", json={"max_bundles": 1}).status_code == 200
    assert api.post(f"{BUNDLES}/1/cancel").status_code == 404


def test_at_none_percent_only_those_named_are_in_from_the_next_request_on(
    api: FlaskClient, issuer: Issuer
) -> None:
    before = [_create(api, issuer, user) for user in ("anna", "boris")]
    _turn(api, issuer, rollout_percentage=0, override_users=["anna", "anna"])
    after = [_create(api, issuer, user) for user in ("anna", "boris")]

    assert (before, after) == ([201, 201], [201, 403])
    assert api.get(FLAG).get_json()["override_users"] == ["anna"]


def test_every_change_is_kept_with_who_and_when(api: FlaskClient, issuer: Issuer) -> None:
    _turn(api, issuer, rollout_percentage=50)
    _turn(api, issuer, enabled=False)

    page = api.get(f"{FLAG}/changes", headers=issuer.bearer("admin")).get_json()

    assert [
        (one["version"], one["enabled"], one["rollout_percentage"], one["changed_by"])
        for one in page["data"]
    ] == [(1, True, 100, "migration"), (2, True, 50, "chef"), (3, False, 100, "chef")]


def test_no_program_rewrites_what_was_changed(database: Any) -> None:
    with database.engine(database.url("matching_service")).connect() as program:
        for statement in (
            "UPDATE feature_flag_change SET changed_by = 'nobody'",
            "DELETE FROM feature_flag_change",
            "DELETE FROM feature_flag",
            "INSERT INTO feature_flag VALUES ('x', true, 1, '{}', now(), 'x')",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"):
                program.execute(text(statement))
            program.rollback()


def test_a_flag_that_cannot_be_read_is_an_outage_and_not_a_no(
    api: FlaskClient, database: Any
) -> None:
    with database.engine(database.admin_url).begin() as admin:
        admin.execute(text("REVOKE SELECT ON matching_service.feature_flag FROM PUBLIC"))
        admin.execute(
            text("REVOKE SELECT ON matching_service.feature_flag FROM matching_service_app")
        )

    refused = api.post(f"{BUNDLES}/create", json={"max_bundles": 1})

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")


def test_only_admins_turn_it_and_only_from_what_they_have_seen(
    api: FlaskClient, issuer: Issuer
) -> None:
    admin = issuer.bearer("admin")

    assert api.put(FLAG, json=ON, headers={"If-Match": '"1"'}).status_code == 403
    assert api.put(FLAG, json=ON, headers=admin).status_code == 428
    assert api.put(FLAG, json=ON, headers={**admin, "If-Match": '"9"'}).status_code == 412
    unknown = api.put(f"{FLAG}s", json=ON, headers={**admin, "If-Match": '"1"'})
    assert unknown.status_code == 404
