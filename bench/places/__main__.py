"""`make bench BENCH=places`: how long ten thousand distances by postcode take in one request.

The real app, in this process and without a socket, as it comes: no geocoder, no router, no cache.
"""

import os
import time
from random import Random
from statistics import quantiles
from typing import Any

from flask.testing import FlaskClient

from geocoding_service.app import create_app
from geocoding_service.config import Config
from geocoding_service.gateways.postcodes import load_postcodes
from tests.issuer import Issuer

PAIRS, ROUNDS, WARM_UP = 10_000, 20, 2
NO_DATABASE = "postgresql+psycopg2://nobody:nobody@127.0.0.1:9/nothing"


def main() -> None:
    issuer = Issuer()
    try:
        _measure(issuer)
    finally:
        issuer.close()


def _measure(issuer: Issuer) -> None:
    settings = {name: issuer.settings[name] for name in ("oidc_issuer", "oidc_jwks_url")}
    config = Config(environment="test", log_level="ERROR", database_url=NO_DATABASE, **settings)
    staff = create_app(config).test_client()
    staff.environ_base["HTTP_AUTHORIZATION"] = issuer.bearer("staff")["Authorization"]
    rng = Random(11)  # noqa: S311 - sample data
    waits = [_wait(staff, _pairs(rng)) for _ in range(WARM_UP + ROUNDS)][WARM_UP:]
    cuts = quantiles(waits, n=20)
    load, _, _ = os.getloadavg()
    print(
        f"| {PAIRS:,} pairs by postcode, ms | p50 | p95 | worst | load |\n|---|---:|---:|---:|---:|"
    )
    print(f"| {ROUNDS} requests | {cuts[9]:.0f} | {cuts[18]:.0f} | {max(waits):.0f} | {load:.1f} |")


def _pairs(rng: Random) -> list[dict[str, Any]]:
    known = [plz for plz, _ in load_postcodes().items()]
    ends = ({"plz": plz} for plz in rng.choices(known, k=2 * PAIRS))
    return [{"origin": origin, "destination": next(ends)} for origin in ends]


def _wait(staff: FlaskClient, pairs: list[dict[str, Any]]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    answer = staff.post("/api/v2/distances", json={"pairs": pairs, "travel_mode": "car"})
    waited = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, answer.text[:200]
    assert sum(one["distance_km"] is not None for one in (answer.json or {})["data"]) == PAIRS
    return waited


if __name__ == "__main__":
    main()
