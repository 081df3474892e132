"""What schemathesis is told: how to generate, what to check, and what no schema can say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response
from schemathesis.openapi.checks import (
    AllowHeaderMismatch,
    RejectedPositiveData,
    UnsupportedMethodResponse,
)


@dataclass(frozen=True)
class Terms:
    """`kept`: the share of border cases that is sent, of the thousands that there are."""

    examples: int
    kept: float
    steps: int = 6
    paths: str = "^/api/"


def configuration(terms: Terms, seed: int, *, borders: bool) -> dict[str, Any]:
    return {
        "seed": seed,
        "continue-on-failure": True,
        "output": {"sanitization": {"enabled": False}},  # the ids are what makes it repeatable
        "generation": {
            "max-examples": terms.examples,
            "database": "none",
            # Refused everywhere, but a pattern in every text of the contract would hide the others.
            "allow-x00": False,
            "no-shrink": True,  # the world would have moved on
        },
        "phases": {
            "examples": {"enabled": False},  # the contract has none
            "coverage": {"enabled": borders, **_NOTHING_REMEMBERED},
            # What the steering knows of the world is better than what answers have shown, and
            # without a memory the same seed sends the same requests.
            "fuzzing": {"error-feedback": {"enabled": False}, **_NOTHING_REMEMBERED},
            "stateful": {"enabled": True, "max-steps": terms.steps},
        },
        "checks": _CHECKS,
    }


_NOTHING_REMEMBERED = {"extra-data-sources": {"responses": False}}
_REFUSED = ["400", "401", "403", "404", "412", "415", "422", "428"]
_CHECKS: dict[str, Any] = {
    # Not 503: every neighbour is there.
    "not_a_server_error": {"expected-statuses": ["2xx", "4xx"]},
    "negative_data_rejection": {"expected-statuses": _REFUSED},
    # Somebody may be gone (404), in another state (409), or changed meanwhile (412).
    "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "412"]},
    "missing_required_header": {"expected-statuses": ["401", "428"]},
    # Whoever has a role sees everybody: there are no owners among staff.
    "object_level_authorization": {"enabled": False},
}


def is_by_design(failure: Failure, path: str, response: Response) -> bool:
    if isinstance(failure, AllowHeaderMismatch | UnsupportedMethodResponse):
        return path in _ALSO_WRONG_POSTCODES
    return isinstance(failure, RejectedPositiveData) and _breaks_a_rule(path, response)


def _breaks_a_rule(path: str, response: Response) -> bool:
    """Refused for something that a schema cannot say, and with the name of it."""
    problem: Mapping[str, Any] = response.json()
    if "problem+json" not in response.headers["content-type"][0]:  # v1
        return problem.get("message", "").partition(": ")[2] in _RULES_OF_V1
    if problem["type"] in _RULES or (path.rpartition("/")[2], problem["type"]) in _RULES_OF_PATHS:
        return True
    codes = {error["code"] for error in problem.get("errors", ())}
    return bool(codes) and codes <= _CODES_OF_RULES


_RULES = {
    "/problems/not-qualified",
    "/problems/incomplete-response",
    "/problems/idempotency-key-reused",
}
# A service may pass an answer on, but not correct one, and nobody without having seen it.
_RULES_OF_PATHS = {
    ("response", "/problems/forbidden"),
    ("response", "/problems/if-match-required"),
}
# /api/v2/places/{plz} takes any spelling of a postcode, and calls these wrong ones.
_ALSO_WRONG_POSTCODES = {"/api/v2/places/batch-get", "/api/v2/places/locate"}
# v1 has no codes. Calls share one calendar, and a mail is about a few requests to its therapist
# and names no patient of theirs.
_RULES_OF_V1 = {
    "Kommt mehrfach vor.",
    "Gehört zu einem anderen Therapeuten.",
    "Eine Mail nimmt höchstens fünf Anfragen auf.",
    "Nennt Name, Geburtstag, Anschrift oder Nummern eines angebotenen Patienten.",
    "Zu dieser Zeit ist schon ein anderer Anruf geplant.",
    "Kein freier Termin in den Sprechzeiten.",
    "Diese Uhrzeit gibt es an diesem Tag nicht (Umstellung auf Sommerzeit).",
    "Nur ein geplanter Anruf kann verschoben werden.",
}
_CODES_OF_RULES = {
    # A search's moves and dates depend on what it has been through.
    *("at_least_one", "not_allowed", "must_be_true", "must_be_in_the_future"),
    *("must_not_be_in_the_future", "required", "before_sending", "without_acceptance", "twice"),
    # Who may be in a draft, and whom a practice may be offered.
    *("not_found", "not_active", "not_in_bundle", "bundle_full", "nobody_left", "same_patient"),
    *("budget_used", "too_far", "place_unknown", "place_too_vague", "excluded", "gender"),
    *("procedure", "insurance", "age_group", "language"),
    # A period without `to` or `from` ends or begins at a day of ours.
    *("after_to", "before_from"),
    # What a life allows, and who a therapist is.
    *("blank", "in_the_future", "before_birth", "too_long_ago", "no_age_fits", "same_therapist"),
}
