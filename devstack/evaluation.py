"""python -m devstack.evaluation story | token, inside the containers of docker-compose.yml"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from devstack.region import KOELN_AACHEN
from devstack.story import Stage, StoryFailed, staff_token, tell_story
from devstack.story.mails import mails_at

_WIDTH = 100  # compose's terminal is not always one


def main() -> None:
    if sys.argv[1:] == ["token"]:
        print(_token(os.environ))
    elif sys.argv[1:] == ["story"]:
        _tell(os.environ)
    else:
        sys.exit(__doc__)


def _tell(environ: Mapping[str, str]) -> None:
    try:
        tell_story(
            _stage(environ), KOELN_AACHEN, Console(highlight=False, soft_wrap=True, width=_WIDTH)
        )
    except StoryFailed as failure:
        sys.exit(str(failure))


def _stage(environ: Mapping[str, str]) -> Stage:
    return Stage(
        gateway_url=environ["GATEWAY_URL"],
        token=_token(environ),
        scraper_folder=Path(environ["SCRAPER_FOLDER"]),
        mails=lambda: mails_at(environ["MAILPIT_URL"]),
        seen_at="http://localhost:8000",
        places=(("Mails", "http://localhost:8025"),),
        token_command="docker compose run --rm -T token",  # noqa: S106
        logs_command="docker compose logs --follow",
        end_command="docker compose down",
    )


def _token(environ: Mapping[str, str]) -> str:
    return staff_token(environ["ISSUER_URL"], Path(environ["ISSUER_KEY_FILE"]))


if __name__ == "__main__":
    main()
