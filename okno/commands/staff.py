"""`okno staff`: numbers of operators and lines needed for a day's calls."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from math import inf, isfinite
from pathlib import Path
from typing import TextIO

import uvloop

from hub.kernel.csv_file import CsvFile
from hub.kernel.errors import OknoError
from hub.workforce.call_file import HALF_HOUR_S, calls_in, read_calls
from hub.workforce.call_need import CallAssumptions, CallDay, CallNeed, call_needs
from hub.workforce.erlang import Goal
from okno.commands.registry import needed_registry, today
from okno.commands.staff_day import print_day
from okno.config import Config

HOUR_S = 3600
DESCRIPTION = ("Operators, paid staff and lines for calls. Without --patience callers wait as long as it takes (Erlang C), "
               "with it some give up (Erlang A).")


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno staff` and its options."""
    staff = commands.add_parser("staff", parents=[common], help="how many operators and lines calls need", description=DESCRIPTION)
    of = staff.add_mutually_exclusive_group(required=True)
    of.add_argument("calls", metavar="CALLS", nargs="?",
                    help="calls an hour, or a CSV file of half-hours: a name (09:00) and the calls in it on each line")
    of.add_argument("--day", type=date.fromisoformat, metavar="DATE",
                    help="instead of CALLS a day of the forecast, like 2026-11-24: calls and chats that the hub expects")
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
                       help="compare with the lines that lead to it by the registry; end with 1 if they are too few. "
                            "With --day: its contacts alone")
    staff.add_argument("--on", type=date.fromisoformat, metavar="DATE",
                       help="the lines of this day, like 2026-11-24 (default: today)")
    staff.add_argument("--csv", action="store_true", help="for machines: comma-separated, full precision, shares between 0 and 1")


def staff(options: argparse.Namespace, config: Config) -> int:
    """Print the table of calls, or of a day of the forecast; returns 1 when the centre has fewer lines than needed, otherwise 0.

    Raises OknoError for unreadable calls, unreachable goals, and a centre outside the registry.
    """
    if options.day:
        uvloop.run(print_day(config, options.day, options.centre or "", csv=options.csv))
        return 0
    known = CallAssumptions(options.aht, options.variation, options.patience, options.shrinkage / 100, options.blocked / 100)
    goal = Goal(options.share / 100, options.within, options.mean_wait, options.occupancy / 100)
    if not known.shrinkage < 1 or not goal.occupancy or not known.blocked:
        message = "--shrinkage must be below 100, --occupancy and --blocked above 0"
        raise OknoError(message)
    lines = _leading_to(options.centre, options.on or today(config), config) if options.centre is not None else None
    rows = call_needs(_read(options.calls), known, goal)
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
    centre = uvloop.run(needed_registry(config)).centre(code, on)
    if centre is None:
        message = f"registry: there is no centre {code} on {on}"
        raise OknoError(message)
    return centre.lines(on)


def _compare(rows: Sequence[CallNeed], code: str, lines: int, to: TextIO) -> int:
    """Print whether the declared lines are enough, and the effect if not (SL-07)."""
    peak = max(rows, key=lambda row: row.holding)
    if lines >= peak.lines:
        print(f"Центр {code}: линий {lines}, нужно {peak.lines}: хватает.", file=to)
        return 0
    print(f"Центр {code}: линий {lines}, нужно {peak.lines}: не хватает {peak.lines - lines}. «Занято» услышат до "
          f"{_russian(peak.refused(lines) * 100, 2)} % звонков ({peak.name}).", file=to)
    return 1


def _read(calls: str) -> CallDay:
    """Calls of an hour, or the half-hours of a file. Raises OknoError."""
    number = calls_in(calls)
    return CallDay(("час",), (number,), HOUR_S) if number is not None else read_calls(Path(calls))


HEADS = ("Интервал", "Звонков", "Нагрузка, эрл", "Операторов", "В штате", "Занятость", "В срок", "Ожидание", "Не дождутся", "Линий")


def _print(rows: Sequence[CallNeed]) -> None:
    cells = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    for name, *figures in cells:
        print("  ".join([name.ljust(widths[0]), *(each.rjust(width) for each, width in zip(figures, widths[1:], strict=True))]))
    if len(rows) > 1:
        operators, lines = max(row.operators for row in rows), max(row.lines for row in rows)
        hours = sum(row.operators for row in rows) * HALF_HOUR_S / HOUR_S
        print(f"Больше всего: операторов {operators}, в штате {max(row.paid for row in rows)}, линий {lines}. "
              f"За все интервалы: {_russian(hours, 1)} операторо-часов.")


def _cells(row: CallNeed) -> tuple[str, ...]:
    seen = row.predicted
    return (row.name, f"{row.calls:g}".replace(".", ","), _russian(row.load, 2), str(row.operators), str(row.paid),
            f"{_russian(seen.occupancy * 100, 1)} %", f"{_russian(seen.answered * 100, 2)} %", f"{_russian(seen.mean_wait_s, 1)} с",
            f"{_russian(seen.abandoned * 100, 2)} %", str(row.lines))


def _write(rows: Sequence[CallNeed]) -> None:
    writer = CsvFile(sys.stdout, end="\n")
    writer.write(("interval", "calls", "load_erlang", "operators", "paid", "occupancy", "answered", "mean_wait_s", "abandoned", "lines"))
    for row in rows:
        seen = row.predicted
        writer.write((row.name, row.calls, row.load, row.operators, row.paid,
                      seen.occupancy, seen.answered, seen.mean_wait_s, seen.abandoned, row.lines))


def _russian(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace(".", ",")


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
