import json

import pytest
import structlog

from shared.observability import configure_logging


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
