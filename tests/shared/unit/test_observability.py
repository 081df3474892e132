import json
import subprocess
import sys

import pytest
import structlog

from shared.observability import configure_logging, metrics_response, start
from tests.spans import CONFIG


def _logged(error: Exception, capsys: pytest.CaptureFixture[str]) -> str:
    configure_logging("patient_service", "INFO")
    structlog.get_logger().error("unexpected_error", exc_info=error)
    structlog.reset_defaults()
    return capsys.readouterr().err.splitlines()[-1]


def _fail(nachname: str) -> None:
    try:
        raise KeyError(nachname)
    except KeyError as cause:
        raise ValueError(f"{nachname} wohnt nicht hier") from cause


def test_a_logged_error_says_what_failed_where_and_why_but_quotes_nobody(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError, match="wohnt") as failure:
        _fail("Musterfrau")

    line = _logged(failure.value, capsys)

    failed, cause = json.loads(line)["exception"]
    assert (failed["type"], failed["frames"][-1]["name"]) == ("ValueError", "_fail")
    assert cause["type"] == "KeyError"
    assert "Musterfrau" not in line


LIBRARY = """
import logging
from shared.observability import configure_logging, metrics_response, start
from tests.spans import CONFIG

configure_logging("patient_service", "WARNING")
library = logging.getLogger("kafka.client")
library.info("too much detail")
try:
    raise ValueError("Musterfrau wohnt nicht hier")
except ValueError:
    library.exception("broker %s is silent", 7)
"""


def test_what_a_library_logs_is_a_line_like_ours_and_quotes_nobody_either() -> None:
    # A process of its own: in this one the root logger is pytest's.
    ran = subprocess.run(
        [sys.executable, "-c", LIBRARY], capture_output=True, text=True, check=True
    )

    [line] = ran.stderr.splitlines()
    said = json.loads(line)
    assert (said["service"], said["logger"], said["level"], said["event"]) == (
        "patient_service",
        "kafka.client",
        "error",
        "broker 7 is silent",
    )
    assert [part["type"] for part in said["exception"]] == ["ValueError"]
    assert "Musterfrau" not in line


CALLS = """
import logging
from shared.observability import configure_logging

configure_logging("patient_service", "DEBUG")
logging.getLogger("urllib3.connectionpool").debug("GET /api/v2/places/52062")
"""


def test_even_the_most_talkative_log_holds_no_path_of_a_call() -> None:
    ran = subprocess.run([sys.executable, "-c", CALLS], capture_output=True, text=True, check=True)

    assert ran.stderr == ""


def test_a_program_tells_prometheus_which_one_it_is() -> None:
    start("patient_service", CONFIG)

    content = metrics_response().get_data(as_text=True)
    structlog.reset_defaults()
    assert (
        'target_info{event_transport="postgres",needs_schema="0000",service_name="patient_service"}'
        " 1.0"
    ) in content
