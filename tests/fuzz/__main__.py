"""`make fuzz`: as many requests as are asked for, over all services in one run."""

import argparse
import secrets
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.delivery.servers import own_database
from tests.fuzz.campaign import Campaign
from tests.fuzz.platform import SERVICES, running_platform
from tests.fuzz.tally import Tally
from tests.fuzz.terms import Terms
from tests.issuer import Issuer

_EXAMPLES, _KEPT = 60, 0.12
_NAMED_AT_MOST = 40


def main() -> int:
    wanted = _arguments()
    print(f"{wanted.requests} requests, seed {wanted.seed}", flush=True)
    started, issuer = time.monotonic(), Issuer()

    def tell(what: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {what}", flush=True)

    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        (folder / "scraper").mkdir()
        with (
            own_database(folder / "postgres", durable=False) as database,
            running_platform(database, issuer, folder / "scraper") as platform,
        ):
            campaign = Campaign(platform, Terms(_EXAMPLES, _KEPT), wanted.seed)
            campaign.run(wanted.requests, tell)
    issuer.close()
    return _verdict(campaign.tally, wanted.requests)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    return parser.parse_args()


def _verdict(tally: Tally, requests: int) -> int:
    for service in SERVICES:
        print(f"  {service}: {tally.count_of(service)} requests, {tally.share(service):.1%} 2xx")
    broken = tally.broken_claims()
    for claim in broken[:_NAMED_AT_MOST]:
        print(f"\n{claim}")
    for kind, count in Counter(claim.partition("\n")[0] for claim in broken).most_common():
        print(f"{count:6} {kind}")
    print(f"{tally.requests} requests, {tally.share():.1%} 2xx, {len(broken)} faults")
    return 0 if not broken and tally.requests >= requests else 1


if __name__ == "__main__":
    sys.exit(main())
