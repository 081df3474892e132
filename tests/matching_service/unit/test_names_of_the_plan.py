from importlib import import_module

import pytest


@pytest.mark.parametrize(
    ("module", "verb"),
    [
        ("searches", "create_patient_search"),
        ("searches", "add_contact_request"),
        ("plan_bundles", "create_therapist_bundle"),
        ("plan_bundles", "compose_optimal_bundle"),
        ("contact_law", "enforce_cooling_period"),
        ("eligible_therapists", "get_eligible_therapists"),
    ],
)
def test_what_the_migration_plan_names_is_found_under_its_name(module: str, verb: str) -> None:
    assert callable(getattr(import_module(f"matching_service.use_cases.{module}"), verb))
