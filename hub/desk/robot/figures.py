"""Statistics of the robot's dialogue by day, version and intent, for designers and supervisors (MC-02)."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from math import floor
from typing import Annotated, Any

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.tables import csv_response, csv_table
from hub.kernel.errors import RefusedError
from hub.kernel.ids import EPOCH
from hub.reporting.days import Days
from hub.robot.day_figures import RobotDays
from hub.robot.dialogue_history import ARTICLE, UNTOLD
from hub.robot.dialogue_version import Version
from hub.robot.figures import DaySums, IntentSums, RobotSums, by_intent, containment, misunderstood, turns_each, whole

LONGEST = 31
"""Most days of one request."""
USUAL = 7


class PeriodQuery(Struct, frozen=True):
    """Both days included; without them the last seven days. At most 31."""

    first: date | None = None
    last: date | None = None


class RobotFiguresQuery(PeriodQuery, frozen=True):
    """Without a version all of them; "rasa" is a Rasa server's."""

    version: Annotated[str, Meta(pattern=r"^[0-9a-z]{0,64}$")] = ""


class RobotSumsOut(RobotSums, frozen=True, kw_only=True):
    """Talks that began in a period. Shares are 0 to 1, and null without a base."""

    containment: float | None
    misunderstood: float | None
    turns_each: float | None


class RobotDayOut(RobotSumsOut, frozen=True, kw_only=True):
    day: date


class SpokenOut(RobotSumsOut, frozen=True, kw_only=True):
    """A version; `number` is 0 for a deleted one."""

    version: str
    number: int


class IntentSumsOut(IntentSums, frozen=True, kw_only=True):
    """`intent` is "*" for articles that answered, "?" for a Rasa server, which does not report intents.

    It is "" where nothing was understood before the hand-over.
    """

    intent: str


class RobotFiguresOut(Struct, frozen=True):
    """`versions` are those that talked, newest first; `intents` those with most hand-overs first."""

    first: date
    last: date
    today: date
    days: list[RobotDayOut]
    total: RobotSumsOut
    versions: list[SpokenOut]
    intents: list[IntentSumsOut]


@endpoint("GET", "/api/robot/figures", Permission.EDIT_DIALOGUES, Permission.SEE_FIGURES)
async def robot_figures(days: Days, robot_days: RobotDays, store: Store, call: Call, query: RobotFiguresQuery) -> RobotFiguresOut:
    """Talks in a period: contained, handed over with reasons, and turns not understood."""
    del call
    return await _figures_out(days, robot_days, store, query)


@endpoint("GET", "/api/robot/figures.csv", Permission.EDIT_DIALOGUES, Permission.SEE_FIGURES)
async def robot_figures_csv(days: Days, robot_days: RobotDays, store: Store, call: Call, query: RobotFiguresQuery) -> web.Response:
    """The days as CSV."""
    del call
    out = await _figures_out(days, robot_days, store, query)
    rows = [*([f"{each.day:%d.%m.%Y}", *_cells(each)] for each in out.days), ["За период", *_cells(out.total)]]
    return csv_response(f"robot-{out.first}-{out.last}.csv", csv_table(["День", *HEADINGS.values()], rows))


@endpoint("GET", "/api/robot/intents.csv", Permission.EDIT_DIALOGUES, Permission.SEE_FIGURES)
async def robot_intents_csv(days: Days, robot_days: RobotDays, store: Store, call: Call, query: RobotFiguresQuery) -> web.Response:
    """The intents as CSV."""
    del call
    out = await _figures_out(days, robot_days, store, query)
    rows = [[NAMED.get(each.intent, each.intent), each.turns, each.handed_over] for each in out.intents]
    table = csv_table(["Намерение", "Понято раз", "После него позвали человека"], rows)
    return csv_response(f"robot-intents-{out.first}-{out.last}.csv", table)


HEADINGS = {
    "talks": "Диалогов", "containment": "Без человека, %", "misunderstood": "Не понято реплик, %", "turns_each": "Реплик на диалог",
    "contained": "Закончено без человека", "confirmed": "Ответ помог", "answered": "Получен ответ",
    "left": "Ушли без ответа", "going": "Ещё идут", "handed_over": "Передано человеку", "asked": "По просьбе",
    "not_understood": "Робот не понял", "dialogue": "По сценарию", "callback": "Заказан звонок", "emergency": "Экстренные",
    "language": "Другой язык", "files": "Файл или неразборчивая речь", "letter": "Письмо или факс",
    "robot_failed": "Сбой робота", "other": "По другой причине", "turns": "Реплик", "missed": "Не понято реплик",
    "at_once": "Попросили человека сразу",
}
"""The columns of a table."""
NAMED = {ARTICLE: "Статья базы знаний", UNTOLD: "Понял сервер Rasa", "": "Ничего не понято"}


def period(days: Days, query: PeriodQuery) -> tuple[date, date]:
    """The requested days. Raises RefusedError."""
    last = query.last or days.today
    first = query.first or last - timedelta(days=USUAL - 1)
    if not EPOCH.date() <= first <= last <= days.today:
        raise RefusedError("bad_day", f"Дни бывают с {EPOCH:%d.%m.%Y} по сегодняшний, и первый не позже последнего.")
    if (last - first).days >= LONGEST:
        raise RefusedError("too_long", f"За раз показывается не больше {LONGEST} дней.")
    return first, last


async def _figures_out(days: Days, robot_days: RobotDays, store: Store, query: RobotFiguresQuery) -> RobotFiguresOut:
    first, last = period(days, query)
    told = {day: (await robot_days.day(day)).sums for day in _each(first, last)}
    numbers = {version.id: version.number for version in await store.all(Version)}
    total = sum((whole(day, query.version) for day in told.values()), RobotSums())
    intents = [IntentSumsOut(intent=intent, turns=sums.turns, handed_over=sums.handed_over)
               for intent, sums in by_intent(told.values(), query.version)]
    return RobotFiguresOut(
        first, last, days.today, [RobotDayOut(day=day, **_shown(whole(sums, query.version))) for day, sums in told.items()],
        RobotSumsOut(**_shown(total)), _versions(list(told.values()), numbers), intents)


def _each(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _versions(days: Sequence[DaySums], numbers: dict[str, int]) -> list[SpokenOut]:
    names = sorted({version for day in days for version in day.versions}, key=lambda version: (-numbers.get(version, 0), version))
    return [SpokenOut(version=name, number=numbers.get(name, 0), **_shown(sum((whole(day, name) for day in days), RobotSums())))
            for name in names]


def _shown(sums: RobotSums) -> dict[str, Any]:
    counted: dict[str, Any] = {name: getattr(sums, name) for name in sums.__struct_fields__}
    return counted | {"containment": containment(sums), "misunderstood": misunderstood(sums), "turns_each": turns_each(sums)}


def _cells(sums: RobotSumsOut) -> list[str]:
    return [_cell(name, getattr(sums, name)) for name in HEADINGS]


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name in {"containment", "misunderstood"}:
        value = floor(value * 10_000) / 100  # never rounded up: 100 % means all
    return str(round(value, 2)).replace(".", ",")


ENDPOINTS = (robot_figures, robot_figures_csv, robot_intents_csv)
