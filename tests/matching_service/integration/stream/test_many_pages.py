"""Many open pages: all hear, and nobody else waits. How many: `make bench BENCH=stream`."""

from contextlib import ExitStack

import requests

from matching_service.config import Config
from tests.issuer import Issuer
from tests.matching_service.conftest import environment_of
from tests.matching_service.integration.stream.page import listening
from tests.matching_service.integration.stream.program import StreamProgram
from tests.matching_service.integration.stream.telling import Teller
from tests.served import served

BUNDLES = "/api/v2/therapist-bundles"
PAGES = 40
"""More than twice the threads of an ordinary web process."""


def test_forty_open_pages_all_hear_and_take_no_thread_from_anybody(
    config: Config, program: StreamProgram, teller: Teller, issuer: Issuer
) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(served("matching_service", environment_of(config), workers=1))
        pages = [
            stack.enter_context(listening(program.url, issuer.bearer(subject=f"staff{n // 10}")))
            for n in range(PAGES)
        ]
        teller.tell()
        for page in pages:
            page.wait_for_id(1)
        answers = [
            requests.get(url + BUNDLES, headers=issuer.bearer(), timeout=5).status_code
            for _ in range(40)
        ]
        assert program.metric("stream_open") == PAGES

    assert answers == [200] * 40
    assert [page.ids for page in pages] == [[1]] * PAGES
