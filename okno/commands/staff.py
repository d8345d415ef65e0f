"""`okno staff`: numbers of operators and lines needed for a day's calls."""

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import date
from math import inf, isfinite
from pathlib import Path
from typing import TextIO

from msgspec import Struct

from hub.kernel.csv_file import CsvFile
from hub.kernel.errors import OknoError
from hub.workforce.erlang import Goal, HandlingTime, Prediction, erlang_b, lines_needed, loads, operators_needed, paid, predict
from okno.commands.registry import needed_registry, today
from okno.config import Config

HOUR_S, HALF_HOUR_S = 3600, 1800
DESCRIPTION = ("Operators, paid staff and lines for calls. Without --patience callers wait as long as it takes (Erlang C), "
               "with it some give up (Erlang A).")
CALLS = re.compile(r"\d+(?:[.,]\d+)?")


class Day(Struct, frozen=True):
    """Calls by interval. `names` are the intervals' titles in the table."""

    names: tuple[str, ...]
    calls: tuple[float, ...]
    interval_s: float


class Assumptions(Struct, frozen=True):
    """Assumptions on calls, callers and staff. Shares are between 0 and 1."""

    aht_s: float
    variation: float
    patience_s: float
    shrinkage: float
    blocked: float


class Row(Struct, frozen=True):
    name: str
    calls: float
    load: float
    holding: float
    """Average occupied lines, in erlangs: a waiting caller occupies one, too."""
    operators: int
    paid: int
    lines: int
    predicted: Prediction


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno staff` and its options."""
    staff = commands.add_parser("staff", parents=[common], help="how many operators and lines calls need", description=DESCRIPTION)
    staff.add_argument("calls", metavar="CALLS",
                       help="calls an hour, or a CSV file of half-hours: a name (09:00) and the calls in it on each line")
    staff.add_argument("--aht", type=positive, default=300, metavar="S",
                       help="average handling time, wrap-up included (default: %(default)s s)")
    staff.add_argument("--variation", type=_not_negative, default=1.0, metavar="X",
                       help="of the handling time: deviation over mean (default: %(default)s)")
    staff.add_argument("--share", type=_percent, default=98, metavar="PERCENT",
                       help="of all calls, answered in time (default: %(default)s)")
    staff.add_argument("--within", type=_not_negative, default=20, metavar="S", help="what in time means (default: %(default)s s)")
    staff.add_argument("--mean-wait", type=positive, default=8, metavar="S", help="average wait allowed (default: %(default)s s)")
    staff.add_argument("--patience", type=positive, default=inf, metavar="S",
                       help="after how long callers give up on average (default: never)")
    staff.add_argument("--occupancy", type=_percent, default=88, metavar="PERCENT",
                       help="of their time that operators may be busy (default: %(default)s)")
    staff.add_argument("--shrinkage", type=_percent, default=30, metavar="PERCENT",
                       help="of paid time that is leave, illness, training and breaks (default: %(default)s)")
    staff.add_argument("--blocked", type=_percent, default=0.1, metavar="PERCENT",
                       help="of calls that may find all lines busy (default: %(default)s)")
    staff.add_argument("--centre", metavar="CODE",
                       help="compare with the lines that lead to it by the registry; end with 1 if they are too few")
    staff.add_argument("--on", type=date.fromisoformat, metavar="DATE",
                       help="the lines of this day, like 2026-11-24 (default: today)")
    staff.add_argument("--csv", action="store_true", help="for machines: comma-separated, full precision, shares between 0 and 1")


def staff(options: argparse.Namespace, config: Config) -> int:
    """Print the table; returns 1 when the centre has fewer lines than needed, otherwise 0.

    Raises OknoError for unreadable calls, unreachable goals, and a centre outside the registry.
    """
    known = Assumptions(options.aht, options.variation, options.patience, options.shrinkage / 100, options.blocked / 100)
    goal = Goal(options.share / 100, options.within, options.mean_wait, options.occupancy / 100)
    if not known.shrinkage < 1 or not goal.occupancy or not known.blocked:
        message = "--shrinkage must be below 100, --occupancy and --blocked above 0"
        raise OknoError(message)
    lines = _leading_to(options.centre, options.on or today(config), config) if options.centre is not None else None
    rows = table(read(options.calls), known, goal)
    if options.csv:
        _write(rows)
    else:
        _print_goal(options, goal)
        _print(rows)
    return 0 if lines is None else _compare(rows, options.centre, lines, sys.stderr if options.csv else sys.stdout)


def _print_goal(options: argparse.Namespace, goal: Goal) -> None:
    print(f"Цель: {options.share:g} % звонков не дольше {goal.within_s:g} с, в среднем не дольше {goal.mean_wait_s:g} с, "
          f"занятость не выше {options.occupancy:g} %.")


def _leading_to(code: str, on: date, config: Config) -> int:
    centre = needed_registry(config).centre(code, on)
    if centre is None:
        message = f"registry: there is no centre {code} on {on}"
        raise OknoError(message)
    return centre.lines(on)


def _compare(rows: Sequence[Row], code: str, lines: int, to: TextIO) -> int:
    """Print whether the declared lines are enough, and the effect if not (SL-07)."""
    peak = max(rows, key=lambda row: row.holding)
    if lines >= peak.lines:
        print(f"Центр {code}: линий {lines}, нужно {peak.lines}: хватает.", file=to)
        return 0
    print(f"Центр {code}: линий {lines}, нужно {peak.lines}: не хватает {peak.lines - lines}. «Занято» услышат до "
          f"{_russian(erlang_b(peak.holding, lines) * 100, 2)} % звонков ({peak.name}).", file=to)
    return 1


def read(calls: str) -> Day:
    """Calls per hour, or the half-hours of a file. Raises OknoError, which names the line."""
    if CALLS.fullmatch(calls):
        return Day(("час",), (_number(calls),), HOUR_S)
    try:
        text = Path(calls).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{calls}: neither a number of calls nor a file that can be read: {error}"
        raise OknoError(message) from error
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if lines and not any(letter.isdigit() for letter in lines[0][1]):
        del lines[0]  # the header
    if not lines:
        message = f"{calls}: no half-hours"
        raise OknoError(message)
    for number, line in lines:
        if not CALLS.fullmatch(_parts(line)[1]):
            message = f"{calls}, line {number}: not a name and a number of calls: {line!r}"
            raise OknoError(message)
    parts = [_parts(line) for _, line in lines]
    return Day(tuple(name for name, _ in parts), tuple(_number(value) for _, value in parts), HALF_HOUR_S)


def table(day: Day, known: Assumptions, goal: Goal) -> list[Row]:
    """A row for each interval."""
    greatest = loads(day.calls, day.interval_s, HandlingTime(known.aht_s, known.variation))
    return [_row(name, calls, load, known, goal) for name, calls, load in zip(day.names, day.calls, greatest, strict=True)]


def _row(name: str, calls: float, load: float, known: Assumptions, goal: Goal) -> Row:
    operators = operators_needed(load, known.aht_s, goal, known.patience_s)
    predicted = predict(load, operators, known.aht_s, goal.within_s, known.patience_s)
    holding = load * (1 + predicted.mean_wait_s / known.aht_s)
    # Little's law: λW. At least one line is needed.
    lines = max(1, lines_needed(holding, known.blocked))
    return Row(name, calls, load, holding, operators, paid(operators, known.shrinkage), lines, predicted)


HEADS = ("Интервал", "Звонков", "Нагрузка, эрл", "Операторов", "В штате", "Занятость", "В срок", "Ожидание", "Не дождутся", "Линий")


def _print(rows: Sequence[Row]) -> None:
    cells = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    for name, *figures in cells:
        print("  ".join([name.ljust(widths[0]), *(each.rjust(width) for each, width in zip(figures, widths[1:], strict=True))]))
    if len(rows) > 1:
        operators, lines = max(row.operators for row in rows), max(row.lines for row in rows)
        hours = sum(row.operators for row in rows) * HALF_HOUR_S / HOUR_S
        print(f"Больше всего: операторов {operators}, в штате {max(row.paid for row in rows)}, линий {lines}. "
              f"За все интервалы: {_russian(hours, 1)} операторо-часов.")


def _cells(row: Row) -> tuple[str, ...]:
    seen = row.predicted
    return (row.name, f"{row.calls:g}".replace(".", ","), _russian(row.load, 2), str(row.operators), str(row.paid),
            f"{_russian(seen.occupancy * 100, 1)} %", f"{_russian(seen.answered * 100, 2)} %", f"{_russian(seen.mean_wait_s, 1)} с",
            f"{_russian(seen.abandoned * 100, 2)} %", str(row.lines))


def _write(rows: Sequence[Row]) -> None:
    writer = CsvFile(sys.stdout, end="\n")
    writer.write(("interval", "calls", "load_erlang", "operators", "paid", "occupancy", "answered", "mean_wait_s", "abandoned", "lines"))
    for row in rows:
        seen = row.predicted
        writer.write((row.name, row.calls, row.load, row.operators, row.paid,
                      seen.occupancy, seen.answered, seen.mean_wait_s, seen.abandoned, row.lines))


def _russian(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


def _parts(line: str) -> tuple[str, str]:
    """Separated by a semicolon or a tab if there is one: a comma is then decimal."""
    separator = next((each for each in ";\t" if each in line), ",")
    name, _, calls = line.partition(separator)
    return name.strip().strip('"'), calls.strip().strip('"')


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _not_negative(text: str) -> float:
    value = float(text)
    if not (isfinite(value) and value >= 0):
        message = f"{text} is less than nothing"
        raise argparse.ArgumentTypeError(message)
    return value


def positive(text: str) -> float:
    value = _not_negative(text)
    if not value:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def _percent(text: str) -> float:
    value = _not_negative(text)
    if value > 100:  # noqa: PLR2004 - per cent
        message = f"{text} is more than 100"
        raise argparse.ArgumentTypeError(message)
    return value
