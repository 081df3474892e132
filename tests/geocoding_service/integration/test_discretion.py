"""An address that somebody asks about is in no log, no span and no number."""

import pytest

from geocoding_service.config import Config
from tests.geocoding_service import hostile
from tests.geocoding_service.conftest import Serve
from tests.geocoding_service.hostile import HostileServer, house, says
from tests.spans import recorded

ADDRESS, PLACES = "Musterweg 7, 52062 Aachen", ("Musterweg", "52062", "50.77", "6.08")


@pytest.mark.parametrize("act", [says([house()]), hostile.hangs_up, says("<html>Musterweg</html>")])
def test_neither_logs_nor_spans_nor_numbers_tell_whom_somebody_asked_about(
    start: Serve,
    outside: Config,
    nominatim: HostileServer,
    capfd: pytest.CaptureFixture[str],
    act: hostile.Act,
) -> None:
    nominatim.plays(act)
    api = start(outside, log_level="DEBUG")

    with recorded() as spans:
        api.get("/api/geocode", query_string={"address": ADDRESS})
        api.get("/api/reverse-geocode?lat=50.7764&lon=6.0838")
        api.post("/api/v2/places/locate", json={"address": ADDRESS})
        told = "".join(span.to_json() for span in spans.all())
    told += capfd.readouterr().err + api.get("/metrics").get_data(as_text=True)

    assert '"route": "/api/geocode"' in told
    assert 'geocoding_lookups_total{outcome="' in told
    assert "service.peer.name" in told
    assert [words for words in PLACES if words in told] == []
