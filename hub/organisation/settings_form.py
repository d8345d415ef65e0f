"""Settings as people write them in a form or a file; errors are reported in Russian, with their field."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from hub.organisation.alarm_thresholds import Thresholds
from hub.organisation.centre import Function, Tariff
from hub.organisation.form_fields import FieldKind, FormField
from hub.organisation.opening_hours import Calendar
from hub.organisation.queue import Queue
from hub.organisation.settings import CentreNumber, Settings, SettingsFault, unreadable

Short = Annotated[str, Meta(max_length=200)]


class LineForm(Struct, frozen=True):
    """As `queues` in docs/configuration.md; `successor` closes the line."""

    id: Short
    title: Short
    centre: Short
    skills: Annotated[dict[Short, int], Meta(max_length=50)] = {}
    mfc: Short = ""
    department: Short = ""
    function: Function = Function.INFORMATION
    priority_s: float = 0
    qualification: Short = ""
    site: Short = ""
    successor: Short = ""
    alarms: Thresholds = Thresholds()


class HoursForm(Struct, frozen=True):
    """As `hours` in docs/configuration.md; without `valid_from` and `valid_until` it is valid without limit."""

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


class FieldForm(Struct, frozen=True):
    """`options` are of a choice; `topics` those at whose closing it is asked for, all where none is named."""

    id: Short
    title: Short
    kind: FieldKind = FieldKind.TEXT
    options: Annotated[list[Short], Meta(max_length=50)] = []
    required: bool = False
    topics: Annotated[list[Short], Meta(max_length=500)] = []


class SettingsForm(Struct, frozen=True):
    queues: Annotated[list[LineForm], Meta(max_length=200)]
    hours: Annotated[list[HoursForm], Meta(max_length=200)] = []
    numbers: Annotated[list[NumberForm], Meta(max_length=200)] = []
    citizen_fields: Annotated[list[FieldForm], Meta(max_length=50)] = []
    closing_fields: Annotated[list[FieldForm], Meta(max_length=50)] = []


def form_of(settings: Settings) -> SettingsForm:
    return SettingsForm(
        [LineForm(each.id, each.title, each.centre, dict(each.skills), each.mfc, each.department, each.function, float(each.priority_s),
                  each.qualification, each.site, each.successor, each.alarms) for each in settings.queues],
        [HoursForm(each.centre, each.queue, each.zone, each.holidays, {day: list(clocks) for day, clocks in each.week.items()},
                   {day: list(clocks) for day, clocks in each.special.items()}, None if each.valid_from == date.min else each.valid_from,
                   None if each.valid_until == date.max else each.valid_until) for each in settings.hours],
        [NumberForm(each.centre, each.number, each.tariff, each.published) for each in settings.numbers],
        [field_form(each) for each in settings.citizen_fields], [field_form(each) for each in settings.closing_fields])


def field_form(each: FormField) -> FieldForm:
    return FieldForm(each.id, each.title, each.kind, list(each.options), each.required, list(each.topics))


def _field(form: FieldForm) -> FormField:
    options = tuple(each.strip() for each in form.options if each.strip())
    return FormField(form.id.strip(), form.title.strip(), form.kind, options, form.required, tuple(form.topics))


def read(form: SettingsForm) -> tuple[Settings | None, list[SettingsFault]]:
    """The settings of a form, or its errors."""
    if found := unreadable(msgspec.to_builtins(form, builtin_types=(date,))):
        return None, found
    try:
        return Settings(
            tuple(Queue(each.id, each.title.strip(), each.skills, each.centre, each.mfc, each.department, each.function, each.priority_s,
                        each.qualification, each.site, each.successor, each.alarms) for each in form.queues),
            tuple(msgspec.convert(_dated(each), Calendar) for each in form.hours),
            tuple(CentreNumber(each.centre, each.number.strip(), each.tariff, each.published) for each in form.numbers),
            tuple(map(_field, form.citizen_fields)), tuple(map(_field, form.closing_fields))), []
    except msgspec.ValidationError as error:
        return None, [SettingsFault("hours", f"Так записать нельзя: {error}")]


def _dated(form: HoursForm) -> dict[str, object]:
    raw: dict[str, object] = msgspec.structs.asdict(form)
    return raw | {"valid_from": form.valid_from or date.min, "valid_until": form.valid_until or date.max}
