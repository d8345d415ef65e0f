"""What every benchmark prints last: figures, goals, and whether they are met."""

import json

import pytest

from benchmarks.report import report


def test_a_goal_is_met_by_its_figure_alone(capsys: pytest.CaptureFixture[str]) -> None:
    report("speed", {"per_s": 50.0, "wait_s": 3}, ["per_s >= 50", "wait_s <= 2.5", "times_peer >= 1000"])
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "benchmark": "speed", "figures": {"per_s": 50.0, "wait_s": 3},
        "goals": {"per_s >= 50": True, "wait_s <= 2.5": False, "times_peer >= 1000": None}}
    assert err == "speed: not measured, so not met: times_peer >= 1000\n"
