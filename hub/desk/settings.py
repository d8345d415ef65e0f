"""The settings of the centre: read, tried, settled, called off and brought back (SL-01, SL-02, LV-08)."""

from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct

from hub.access import Permission
from hub.admission import ROLE
from hub.centres import Tariff
from hub.cover import Gap, LineCover, gaps, lines_covered
from hub.desk.desk import Desk
from hub.desk.endpoint import Call, endpoint
from hub.errors import RefusedError
from hub.functions import Function
from hub.hours import Calendar
from hub.levels import Level
from hub.queues import Queue
from hub.settings import CentreNumber, Fault, Settings, Setup, differences, touched, unreadable

Short = Annotated[str, Meta(max_length=200)]


class LineForm(Struct, frozen=True):
    """As docs/configuration.md has `queues`; `successor` closes it."""

    id: Short
    title: Short
    centre: Short
    skills: Annotated[dict[Short, int], Meta(max_length=50)] = {}
    mfc: Short = ""
    department: Short = ""
    function: Function = Function.INFORMATION
    priority_s: float = 0
    successor: Short = ""


class HoursForm(Struct, frozen=True):
    """As docs/configuration.md has `hours`; without `valid_from` it has always held, without `valid_until` it holds for good."""

    centre: Short = ""
    queue: Short = ""
    zone: Short = "Europe/Moscow"
    holidays: Literal["", "RU"] = ""
    week: Annotated[dict[Short, list[Short]], Meta(max_length=11)] = {}
    special: Annotated[dict[date, list[Short]], Meta(max_length=400)] = {}
    valid_from: date | None = None
    valid_until: date | None = None


class NumberForm(Struct, frozen=True):
    centre: Short
    number: Short
    tariff: Tariff = Tariff.FREE
    published: bool = True


class SettingsForm(Struct, frozen=True):
    queues: Annotated[list[LineForm], Meta(max_length=200)]
    hours: Annotated[list[HoursForm], Meta(max_length=200)] = []
    numbers: Annotated[list[NumberForm], Meta(max_length=200)] = []


class SetupOut(Struct, frozen=True):
    """One version: who made it, when it came or comes into force, and what it changed of the one before."""

    version: int
    at: datetime
    by: str
    by_name: str
    since: datetime
    why: str
    changes: list[str]


class CentreKnownOut(Struct, frozen=True):
    code: str
    name: str
    level: Level


class LineNowOut(Struct, frozen=True):
    id: str
    waiting: int


class CentreSettingsOut(Struct, frozen=True):
    """`version` is the newest and what a change is made of, `current` the one in force; `file` is what the file says otherwise."""

    version: int
    current: int
    settings: SettingsForm
    planned: SetupOut | None
    versions: list[SetupOut]
    file: list[str]
    main: str
    """The line that the robot hands over to."""
    centres: list[CentreKnownOut]
    waiting: list[LineNowOut]
    zone: str


class SettingsPreviewIn(Struct, frozen=True):
    settings: SettingsForm


class SettingsPreviewOut(Struct, frozen=True):
    """What would change, what stands against it, and when lines would be open in the next 60 days."""

    changes: list[str]
    faults: list[Fault]
    cover: list[LineCover]
    gaps: list[Gap]


class SettleIn(Struct, frozen=True):
    """`version` is the newest that was seen; without `since` it comes into force at once."""

    version: int
    settings: SettingsForm
    since: datetime | None = None
    why: Annotated[str, Meta(max_length=500)] = ""


class RevertIn(Struct, frozen=True):
    version: int
    to: int


def form_of(settings: Settings) -> SettingsForm:
    return SettingsForm(
        [LineForm(each.id, each.title, each.centre, dict(each.skills), each.mfc, each.department, each.function, each.priority_s,
                  each.successor) for each in settings.queues],
        [HoursForm(each.centre, each.queue, each.zone, each.holidays, {day: list(clocks) for day, clocks in each.week.items()},
                   {day: list(clocks) for day, clocks in each.special.items()}, None if each.valid_from == date.min else each.valid_from,
                   None if each.valid_until == date.max else each.valid_until) for each in settings.hours],
        [NumberForm(each.centre, each.number, each.tariff, each.published) for each in settings.numbers])


def read(form: SettingsForm) -> tuple[Settings | None, list[Fault]]:
    """What a form says, or what cannot be read of it."""
    if found := unreadable(msgspec.to_builtins(form, builtin_types=(date,))):
        return None, found
    try:
        return Settings(
            tuple(Queue(each.id, each.title.strip(), each.skills, each.centre, each.mfc, each.department, each.function, each.priority_s,
                        each.successor) for each in form.queues),
            tuple(msgspec.convert(_dated(each), Calendar) for each in form.hours),
            tuple(CentreNumber(each.centre, each.number.strip(), each.tariff, each.published) for each in form.numbers)), []
    except msgspec.ValidationError as error:
        return None, [Fault("hours", f"Так записать нельзя: {error}")]


def _dated(form: HoursForm) -> dict[str, object]:
    raw: dict[str, object] = msgspec.structs.asdict(form)
    return raw | {"valid_from": form.valid_from or date.min, "valid_until": form.valid_until or date.max}


def _readable(form: SettingsForm) -> Settings:
    settings, found = read(form)
    if settings is None:
        raise RefusedError("bad_settings", found[0].text)
    return settings


def _allow(desk: Desk, call: Call, settings: Settings) -> None:
    """A centre is settled by its own administrators: RefusedError."""
    his, around = desk.admission.centres(call.who), desk.settling.around
    served = {each.centre for each in desk.settling.current.settings.queues}
    foreign = touched(desk.settling.newest.settings, settings) - his
    if foreign and not served <= his:
        named = ", ".join(around.centres.get(each, "всех центров") for each in sorted(foreign))
        raise RefusedError("forbidden", f"{ROLE} Это настройки: {named}. Попросите его администраторов.")


def _setup_out(desk: Desk, made: Setup) -> SetupOut:
    before = desk.settling.setups.get(made.version - 1)
    return SetupOut(made.version, made.at, made.by, desk.dispatch.name(made.by), made.since, made.why,
                    differences(before.settings, made.settings) if before else [])


@endpoint("GET", "/api/settings", Permission.SETTLE)
async def settings(desk: Desk, call: Call) -> CentreSettingsOut:
    """What is in force, what is planned, and all versions, the newest first."""
    del call
    settling, around = desk.settling, desk.settling.around
    versions = [_setup_out(desk, settling.setups[each]) for each in sorted(settling.setups, reverse=True)]
    current = settling.current.settings
    return CentreSettingsOut(
        settling.newest.version, settling.current.version, form_of(current), versions[0] if settling.planned else None, versions,
        settling.differs, around.main, [CentreKnownOut(code, name, around.levels[code]) for code, name in sorted(around.centres.items())],
        [LineNowOut(each.id, desk.dispatch.length(each.id)) for each in current.queues], desk.centre.timezone)


@endpoint("POST", "/api/settings/preview", Permission.SETTLE)
async def preview_settings(desk: Desk, call: Call, body: SettingsPreviewIn) -> SettingsPreviewOut:
    """What settings would change, and what stands against them. Nothing is changed."""
    del call
    wanted, found = read(body.settings)
    if wanted is None:
        return SettingsPreviewOut([], found, [], [])
    zone, now = ZoneInfo(desk.centre.timezone), desk.now()
    return SettingsPreviewOut(
        differences(desk.settling.current.settings, wanted), await desk.settling.faults(wanted),
        lines_covered(wanted, now.astimezone(zone).date(), zone), gaps(wanted, now))


@endpoint("PUT", "/api/settings", Permission.SETTLE)
async def settle(desk: Desk, call: Call, body: SettleIn) -> CentreSettingsOut:
    """Settle the next version, in force at once or from a moment to come; that is audited."""
    wanted = _readable(body.settings)
    _allow(desk, call, wanted)
    await desk.settling.settle(call.who, body.version, wanted, since=body.since, why=body.why)
    return await settings.function(desk, call)  # type: ignore[return-value]


@endpoint("POST", "/api/settings/revert", Permission.SETTLE)
async def revert_settings(desk: Desk, call: Call, body: RevertIn) -> CentreSettingsOut:
    """Settle at once what an earlier version says, as a new one; what is planned is called off."""
    earlier = desk.settling.setups.get(body.to)
    if earlier is not None:
        _allow(desk, call, earlier.settings)
    await desk.settling.revert(call.who, body.version, body.to)
    return await settings.function(desk, call)  # type: ignore[return-value]


ENDPOINTS = (settings, preview_settings, settle, revert_settings)
