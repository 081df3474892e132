"""`python -m matching_service.simulation`."""

import pytest

from matching_service.simulation.__main__ import main
from matching_service.simulation.knobs import knobs
from matching_service.simulation.scenario import load


def test_it_prints_a_table_and_the_difference(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--scenario", "thin-region", "--seeds", "1", "--policies", "older_rule", "ours"])
    printed = capsys.readouterr()
    assert "policies: ours" in printed.out
    assert "ours − older_rule, mean, seed by seed" in printed.out
    assert "seed 1/1, 2/2" in printed.err


def test_an_unknown_policy_is_named() -> None:
    with pytest.raises(SystemExit, match="no policy 'theirs'"):
        main(["--policies", "theirs"])


def test_every_knob_changes_something_of_the_baseline() -> None:
    scenario = load("baseline-2026")
    assert [one.name for one in knobs() if scenario.changed(**one.changes) == scenario] == []
