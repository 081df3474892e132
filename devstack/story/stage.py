"""Where the story is told: the doors of one running platform, and who knows what it mailed."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from devstack.issuer.settings import COMMAND_LINE
from devstack.issuer.tokens import Mint, signing_key
from devstack.issuer.users import user_with_role
from devstack.ports import DEFAULT_STACK, SERVICES
from devstack.stack import Stack
from devstack.story.mails import Mail, mails_in


@dataclass(frozen=True)
class Stage:
    """What is shown at the end is seen from the terminal: `seen_at`, `places`, the commands."""

    gateway_url: str
    token: str
    scraper_folder: Path
    mails: Callable[[], Iterator[Mail]]
    seen_at: str  # the gateway
    places: tuple[tuple[str, str], ...]  # what, where
    token_command: str
    logs_command: str
    end_command: str


def stage_of(stack: Stack) -> Stage:
    name = "" if stack.name == DEFAULT_STACK else f" STACK={stack.name}"
    contracts = [(s.removesuffix("_service"), f"{stack.url(s)}/openapi.json") for s in SERVICES]
    return Stage(
        gateway_url=stack.gateway_url,
        token=staff_token(stack.url("issuer"), stack.issuer_key_file),
        scraper_folder=stack.scraper_folder,
        mails=lambda: mails_in(stack.mails),
        seen_at=stack.gateway_url,
        places=(*contracts, ("Mails", str(stack.mails))),
        token_command=f"make -s token{name}",
        logs_command=f"make logs{name}",
        end_command=f"make down{name}",
    )


def staff_token(issuer_url: str, key_file: Path) -> str:
    mint = Mint(issuer_url, signing_key(key_file))
    return mint.user_token(user_with_role("staff"), COMMAND_LINE, int(time.time()))
