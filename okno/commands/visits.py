"""`okno visits`: whether citizens come to offices less often since their subject has a centre (GV-12)."""

import argparse
from datetime import date
from pathlib import Path

from hub.kernel.errors import OknoError
from hub.programme.visit_counts import read_visits
from hub.programme.visits import LINES, Reached, VisitsEffect, effect
from okno.territory import subjects

REACHED = {Reached.YES: "достигнуто", Reached.NO: "не достигнуто", Reached.UNSURE: "по этим данным не решить"}


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    visits = commands.add_parser(
        "visits", parents=[common], help="the effect of centres on visits to offices",
        description="Compare visits of АИС МФЦ with the same months a year earlier, in subjects with a centre and in the others.")
    visits.add_argument("file", type=Path, metavar="CSV", help="columns subject (two digits), month (2026-01), visits")
    visits.add_argument("--since", action="append", required=True, metavar="SUBJECT=MONTH", help="the first month of its centre; repeat it")


def measure(options: argparse.Namespace) -> None:
    """Print the effect; raises OknoError for unreadable figures."""
    found = effect(_read(options.file), dict(_since(each) for each in options.since))
    if found is None:
        raise OknoError("no month of a subject with a centre has the same month of a year before it")
    print(said(found))


def said(of: VisitsEffect) -> str:
    """In Russian: the change, how sure it is, and both lines of the concept."""
    against = f"против {of.others} без центра" if of.others else "сравнить не с кем: общий рост или спад не вычтен"
    lines = [f"Субъектов с центром: {of.covered}, {against}.", f"Визитов стало {_percent(of.change)} к тем же месяцам годом раньше."]
    if of.low is None or of.high is None:
        lines.append("Данных слишком мало, чтобы сказать, насколько это точно.")
    else:
        lines.append(f"С уверенностью 95 %: от {_percent(of.low)} до {_percent(of.high)}; "
                     + ("это не случайность." if of.found else "это может быть случайностью."))
    lines += [f"Сокращение на {line:.0%}: {REACHED[of.reached(line)]}." for line in LINES]
    lines.append("Как посчитано: среднее логарифмов отношений месяца к тому же месяцу годом раньше; вычтено то же в субъектах без центра.")
    return "\n".join(lines)


def _percent(change: float) -> str:
    return f"{change:+.1%}".replace("-", "−").replace(".", ",")


def _read(path: Path) -> dict[str, dict[date, int]]:
    try:
        return read_visits(path.read_text(encoding="utf-8-sig"), subjects().codes)
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path}: {error}"
        raise OknoError(message) from error


def _since(words: str) -> tuple[str, date]:
    subject, _, month = words.partition("=")
    try:
        return subject, _month(month)
    except ValueError as error:
        message = f"--since {words}: {error}"
        raise OknoError(message) from error


def _month(words: str) -> date:
    return date.fromisoformat(f"{words}-01")
