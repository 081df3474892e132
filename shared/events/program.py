"""python -m <service>.worker [--rebuild]"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from shared import observability
from shared.config import ServiceConfig
from shared.events.consumer import is_transient
from shared.events.handlers import Handlers
from shared.events.rebuild import RebuildIncomplete, RebuildRuns, Restore, rebuild
from shared.events.worker import Job, run_worker


def run(
    service: str,
    config: ServiceConfig,
    handlers: Handlers,
    jobs: Sequence[Job],
    wiring: Any,
    restore: Restore | None = None,
) -> None:
    parser = argparse.ArgumentParser(prog=f"python -m {service}.worker")
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="build the copies of other services' state anew, beside the running worker, and end",
    )
    if not parser.parse_args().rebuild:
        run_worker(service, config, handlers, jobs, wiring)
        return
    observability.configure_logging(f"{service}.rebuild", config.log_level)
    try:
        rebuild(service, config, handlers, wiring, restore, _tell)
    except (RebuildRuns, RebuildIncomplete) as refusal:
        sys.exit(str(refusal))
    except Exception as error:
        if not is_transient(error):
            raise
        sys.exit(f"Broken off ({type(error).__name__}). It can be begun again at any time.")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
