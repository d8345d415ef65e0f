"""`okno simulate`: a day of one centre, a weekday of the country, and the fewest operators for the country."""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import ceil
from random import Random

from tqdm import tqdm

from hub.conversations.transfer_route import TransferReason
from hub.kernel.errors import OknoError
from hub.organisation.level import LEVELS, Level
from okno.commands.staff import positive
from routing.centre_day import centre_day
from routing.demand import WEEKDAY_CALLS, Call, calls_of, country
from routing.nation import D9, EARLY, FOUND, GOAL, NEVER, PATIENCE_S, ROOMS, Nation, by_level, confirm, search
from routing.service_level import ServiceLevelFigures, total

STEPS = 7
"""Halvings of the prices for each room of the federal centre."""
REASONS = {
    TransferReason.PERSONALISED: "личный вопрос", TransferReason.TERRITORIAL: "вопрос о месте",
    TransferReason.GENERAL_OVERLOAD: "перегрузка",
}
POLICIES = (("при перегрузке (D9)", D9), ("сразу, как только нужно ждать", EARLY), ("никогда", NEVER))


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno simulate` and its actions."""
    actions = commands.add_parser("simulate", help="calls and operators on a virtual clock").add_subparsers(
        dest="action", required=True, metavar="ACTION")
    centre = actions.add_parser("centre", parents=[common], help="a day of one centre",
                                description="A day of one centre: its calls, its operators, the real router.")
    centre.add_argument("--operators", type=int, metavar="N", help="at any hour (default: as many as each hour needs)")
    centre.add_argument("--lines", type=int, metavar="N", help="callers at once; further ones hear the busy signal (default: no limit)")
    _add_options(centre, 2_000)
    nation = actions.add_parser("nation", parents=[common], help="a weekday of the country",
                                description="A weekday of all regions: centres of three levels and what they take from each other.")
    _add_options(nation, WEEKDAY_CALLS)
    staff = actions.add_parser("staff", parents=[common], help="the fewest operators for the country",
                               description="Search for the fewest operators with which every level keeps its promise. Takes minutes.")
    _add_options(staff, WEEKDAY_CALLS)


def _add_options(parser: argparse.ArgumentParser, calls: int) -> None:
    parser.add_argument("--calls", type=positive, default=calls, metavar="N", help="of the day, on average (default: %(default)s)")
    parser.add_argument("--patience", type=positive, default=PATIENCE_S, metavar="S",
                        help="after how long callers give up on average (default: %(default)s s)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="another number, another day (default: %(default)s)")


def simulate(options: argparse.Namespace) -> None:
    """Run and print; raises OknoError without a solution."""
    match options.action:
        case "centre":
            _centre(options)
        case "nation":
            _nation(Nation.of(country(), options.calls, options.patience), options.seed)
        case "staff":
            staff(Nation.of(country(), options.calls, options.patience), options.seed)


def _centre(options: argparse.Namespace) -> None:
    for name, number in (("operators", options.operators), ("lines", options.lines)):
        if number is not None and number < 1:
            message = f"--{name} must be at least 1"
            raise OknoError(message)
    day = centre_day(options.calls, options.patience, options.operators, options.lines, Random(options.seed),
                     lambda calls: _shown(calls, options.calls))
    print(f"Сутки одного центра. Операторов по часам: {' '.join(map(str, day.operators))}")
    _print({Level.REGIONAL: day.figures})
    _print_lines(options.lines, day.most_held, day.figures)


def _print_lines(lines: int | None, most_held: int, seen: ServiceLevelFigures) -> None:
    limit = "без ограничения" if lines is None else str(lines)
    share = f"{seen.busy_share * 100:.2f}".replace(".", ",")
    print(f"Линий: {limit}, одновременно занято до {most_held}. Услышали «занято»: {seen.busy_signals} ({share} %).")


def _nation(nation: Nation, seed: int) -> None:
    simulation = nation.day(Random(seed), lambda calls: _shown(calls, sum(map(sum, nation.by_hour))))
    hour = nation.busy_hour
    counted = by_level(nation.staffing(FOUND, [hour]))
    print(f"Будний день страны: центров {len(nation.loads(hour))}, операторов в час наибольшей нагрузки ({hour}:00 по Москве): "
          f"{sum(counted.values())} ({_each(counted)}).")
    _print(simulation.observed)


def staff(nation: Nation, seed: int, rooms: Sequence[float] = ROOMS, steps: int = STEPS) -> None:
    """Search over one busy hour, confirm by another whole day, and print; raises OknoError without a solution."""
    number = sum(place[nation.busy_hour] for place in nation.by_hour)
    print(f"Час наибольшей нагрузки: {nation.busy_hour}:00 по Москве, звонков {number:.0f}.")
    print(f"Цель на каждом уровне: {GOAL.share * 100:g} % не дольше {GOAL.within_s:g} с, в среднем не дольше {GOAL.mean_wait_s:g} с.")
    print(f"По формуле (Эрланг C), операторов: каждый центр сам по себе {nation.alone()}, все общие вопросы — федеральному "
          f"{nation.general_together()}, по одному центру в регионе {nation.regions()}, все в одном зале {nation.pooled()}.")
    hour = nation.busy_hour_calls(Random(seed))
    whole_day = list(calls_of(nation.by_hour, nation.behaviour, Random(seed + 1)))
    results = []
    with tqdm(total=len(POLICIES) * (len(rooms) * steps + 1), unit="опыт", file=sys.stderr, disable=None) as progress:
        for name, help_ in POLICIES:
            try:
                found = search(nation, hour, help_, rooms=rooms, steps=steps, tell=progress.update)
            except ValueError as error:
                raise OknoError(str(error)) from error
            results.append((name, *confirm(nation, found, whole_day, help_, tell=progress.update)))
    for name, found, _ in results:
        print(f"Помощь {name}: {found.operators} ({_each(found.by_level)}).")
    print(f"Целый день с операторами, найденными для помощи {results[0][0]}:")
    _print(results[0][2].observed)


def _shown(calls: Iterable[Call], number: float) -> Iterator[Call]:
    return iter(tqdm(calls, total=ceil(number), unit="зв", file=sys.stderr, disable=None))


Cell = Callable[[ServiceLevelFigures], str]
ROWS: Sequence[tuple[str, Cell]] = (
    ("Звонков", lambda seen: str(seen.offered)),
    ("В срок (20 с, строго)", lambda seen: f"{seen.share * 100:.2f} %"),
    ("Нарушений срока", lambda seen: str(seen.breaches)),
    ("Среднее ожидание", lambda seen: f"{seen.mean_wait_s:.2f} с"),
    ("98 % ждали не дольше", lambda seen: f"{seen.percentile_s(0.98):.1f} с"),
    ("Не дождались", lambda seen: str(seen.abandoned)),
    ("  из них за 20 с", lambda seen: str(seen.abandoned_soon)),
    ("Занятость операторов", lambda seen: f"{seen.occupancy * 100:.1f} %"),
    ("Передано дальше", lambda seen: str(seen.transfers.total())),
    ("Принято помощи другим", lambda seen: str(seen.taken)),
    ("Предложено перезвонить", lambda seen: str(seen.offered_callbacks)),
    ("  согласились", lambda seen: str(seen.promised)),
    ("  перезвонили", lambda seen: str(seen.kept)),
)


def _print(observed: Mapping[Level, ServiceLevelFigures]) -> None:
    columns = [(LEVELS[level], seen) for level, seen in observed.items()]
    if len(columns) > 1:
        columns.append(("всего", total(list(observed.values()))))
    table = [["", *(name for name, _ in columns)], *([title, *(cell(seen) for _, seen in columns)] for title, cell in ROWS)]
    widths = [max(len(row[place]) for row in table) for place in range(len(columns) + 1)]
    for title, *cells in table:
        row = [title.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))]
        print("  ".join(row).replace(".", ","))
    for level, seen in observed.items():
        if seen.transfers:
            reasons = ", ".join(f"{REASONS.get(reason, reason)} {number}" for reason, number in seen.transfers.most_common())
            print(f"Передачи, {LEVELS[level]} уровень: {reasons}.")


def _each(counted: Mapping[Level, int]) -> str:
    return ", ".join(f"{LEVELS[level]} {number}" for level, number in counted.items())
