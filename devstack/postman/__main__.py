"""python -m devstack.postman: newman walks the collection through a running stack, as an admin.

It walks twice: what the first walk has left behind must not be in the way of the second.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from devstack.issuer.settings import COMMAND_LINE
from devstack.issuer.tokens import Mint, signing_key
from devstack.issuer.users import user_with_role
from devstack.ports import DEFAULT_STACK
from devstack.postman.collection import COLLECTION, folders_of_the_run
from devstack.stack import CHECKOUT, Stack, open_stack

_NEWMAN = Path(__file__).parent / "node_modules" / ".bin" / "newman"
_WALKS = 2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m devstack.postman", description=__doc__)
    parser.add_argument("--stack", default=DEFAULT_STACK)
    stack = open_stack(parser.parse_args().stack)
    sys.exit(subprocess.run(_command(stack), cwd=CHECKOUT, check=False).returncode)


def _command(stack: Stack) -> list[str | os.PathLike[str]]:
    folders = (("--folder", folder) for folder in folders_of_the_run())
    variables = {"baseUrl": stack.gateway_url, "token": _admin_token(stack)}
    return [
        _NEWMAN,
        "run",
        COLLECTION,
        *(word for folder in folders for word in folder),
        *(word for name in variables for word in ("--env-var", f"{name}={variables[name]}")),
        "--iteration-count",
        str(_WALKS),
    ]


def _admin_token(stack: Stack) -> str:
    mint = Mint(stack.url("issuer"), signing_key(stack.issuer_key_file))
    return mint.user_token(user_with_role("admin"), COMMAND_LINE, int(time.time()))


if __name__ == "__main__":
    main()
