"""python -m tests.browser: the practices' pages in a real browser, read by axe.

Served as the service serves them, headers and all, so that the browser keeps their policy. Needs
Node and Chromium (`make a11y` brings both where it can).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from werkzeug.wrappers import Request, Response

from tests.communication_service.loopback import serving
from tests.communication_service.sample_pages import sample_pages

_HERE = Path(__file__).parent
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if browser is None:
        print("No Chromium found; name one in CHROMIUM.", file=sys.stderr)
        return 1
    pages = sample_pages()

    @Request.application
    def show(request: Request) -> Response:
        return pages.get(request.path.removeprefix("/")) or Response(status=404)

    with serving(show) as url:
        command = ["node", str(_HERE / "check.mjs"), browser, url, *pages]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
