"""The last line that every benchmark prints."""

import json
import os
import sys
import time
from pathlib import Path

GOALS = {">=": float.__ge__, "<=": float.__le__}


def report(name: str, figures: dict[str, float], goals: list[str]) -> None:
    """Print the figures and whether each goal, like "ratio >= 0.25", is met; null is not met: its figure could not be measured."""
    met: dict[str, bool | None] = {}
    for goal in goals:
        figure, sign, limit = goal.split()
        met[goal] = GOALS[sign](float(figures[figure]), float(limit)) if figure in figures else None
        if met[goal] is None:
            print(f"{name}: not measured, so not met: {goal}", file=sys.stderr)
    print(json.dumps({"benchmark": name, "figures": figures, "goals": met}))


def rounded(value: float) -> float:
    """Three significant digits are more than a shared machine can promise."""
    return float(f"{value:.3g}")


def fdatasyncs_per_s(folder: Path, seconds: float = 1.0) -> float:
    """How many small durable writes a second the disk does now: what a store's figures must be seen against."""
    path = folder / "fdatasync"
    count, end = 0, time.perf_counter() + seconds
    with path.open("wb") as file:
        while time.perf_counter() < end:
            file.write(b"x" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
            count += 1
    path.unlink()
    return count / seconds
