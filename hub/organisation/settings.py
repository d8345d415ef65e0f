"""Settings that a centre's administrators edit at the desk: lines, hours and public numbers, in versions (SL-01, SL-02, LV-08). Pure.

Settings of the machine (ports, paths, secrets, channels) and the centre's identity stay in the configuration file: DeploymentFacts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar
from zoneinfo import available_timezones

from msgspec import Struct

from hub.kernel.document import Document
from hub.organisation.alarm_thresholds import MOST as MOST_OF
from hub.organisation.alarm_thresholds import AlarmKind, limit_of
from hub.organisation.centre import NUMBER, Tariff
from hub.organisation.form_fields import FieldKind, FormField, field_faults
from hub.organisation.level import Level
from hub.organisation.opening_hours import ALWAYS, Calendar
from hub.organisation.queue import Queue

T = TypeVar("T")

MOST = 200
"""Most lines, calendars or numbers."""
_ID = re.compile(r"[^\s/\"]{1,64}")
_CLOCK = re.compile(rf"{ALWAYS}|([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")
LEVELS = range(1, 10)


class CentreNumber(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A phone number of a centre of this hub."""

    centre: str
    number: str
    tariff: Tariff = Tariff.FREE
    published: bool = True
    """Listed in the public directory; only a toll-free number may be (SL-02)."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings together: they are stored, reverted and compared as a whole."""

    queues: tuple[Queue, ...]
    hours: tuple[Calendar, ...] = ()
    numbers: tuple[CentreNumber, ...] = ()
    citizen_fields: tuple[FormField, ...] = ()
    """The centre's own fields of a citizen's card."""
    closing_fields: tuple[FormField, ...] = ()
    """What is asked for when a conversation is closed."""


class SettingsVersion(Document, frozen=True, omit_defaults=True, tag="setup"):
    """An immutable version. `by` is a login, or "" for the configuration file, the source of the first one."""

    version: int
    at: datetime
    by: str
    since: datetime
    """When it comes into force."""
    settings: Settings
    why: str = ""


class DeploymentFacts(Struct, frozen=True):
    """Facts of the configuration file that settings must fit."""

    main: str
    """The line that the robot hands over to."""
    centres: Mapping[str, str]
    """Code to name: the hub's own, and those of the registry."""
    levels: Mapping[str, Level]
    """Levels of the same centres."""
    mfcs: frozenset[str] | None
    """None where there is no registry to check against."""
    standing_in: frozenset[str] = frozenset()
    """Centres that substitute for others or have substitutes: each needs a line."""


class SettingsFault(Struct, frozen=True):
    """An error and its place: `field` is like "queues.social.title" or "hours.0.week.monday"."""

    field: str
    text: str


def in_force(setups: Mapping[int, SettingsVersion], now: datetime) -> SettingsVersion | None:
    """The newest version that has come into force."""
    return max((each for each in setups.values() if each.since <= now), key=lambda each: each.version, default=None)


def faults(settings: Settings, around: DeploymentFacts) -> list[SettingsFault]:
    """All errors; empty where the settings may come into force."""
    return [*_lines(settings, around), *_hours(settings), *_numbers(settings, around),
            *_fields("citizen_fields", settings.citizen_fields), *_fields("closing_fields", settings.closing_fields)]


def _lines(settings: Settings, around: DeploymentFacts) -> Iterator[SettingsFault]:
    lines = {each.id: each for each in settings.queues}
    if not 0 < len(settings.queues) <= MOST:
        yield SettingsFault("queues", f"Линий должно быть от 1 до {MOST}.")
    if len(lines) < len(settings.queues):
        yield SettingsFault("queues", "У двух линий один ключ.")
    for each in settings.queues:
        yield from (SettingsFault(f"queues.{each.id}.{field}", text) for field, text in _line(each, lines, around))
    if around.main not in lines:
        yield SettingsFault("queues", f"На линию «{around.main}» передаёт робот (routing.queue): её нельзя удалить.")
    served = {each.centre for each in settings.queues if not each.successor}
    if missing := sorted(around.standing_in - served):
        yield SettingsFault("queues", f"Центру {missing[0]} нужна открытая линия: он заменяет другой или его заменяют (routing.standby).")


def _line(line: Queue, lines: Mapping[str, Queue], around: DeploymentFacts) -> Iterator[tuple[str, str]]:
    if not _ID.fullmatch(line.id):
        yield "id", "Ключ — до 64 знаков без пробелов, кавычек и косой черты."
    if not line.title.strip() or len(line.title) > 100:  # noqa: PLR2004 - what fits a row
        yield "title", "Название — от 1 до 100 знаков."
    if line.centre not in around.centres:
        yield "centre", f"Центра {line.centre!r} нет в реестре."
    if line.site and around.levels.get(line.centre) is not Level.FEDERAL:
        yield "site", "Площадки есть только у федерального центра."
    if line.mfc and around.mfcs is not None and line.mfc not in around.mfcs:
        yield "mfc", f"МФЦ {line.mfc!r} нет в реестре."
    if any(not name.strip() for name in line.skills):
        yield "skills", "У навыка должно быть название."
    yield from ((f"alarms.{trouble}", f"Порог тревоги — от 0 (не следить) до {most}.") for trouble, most in MOST_OF.items()
                if not 0 <= limit_of(line.alarms, trouble) <= most)
    if line.successor:
        yield from (("successor", text) for text in _closed(line, lines, around))


def _closed(line: Queue, lines: Mapping[str, Queue], around: DeploymentFacts) -> Iterator[str]:
    heir = lines.get(line.successor)
    if line.id == around.main:
        yield "На эту линию передаёт робот (routing.queue): закрыть её нельзя."
    if heir is None or heir.id == line.id:
        yield "Укажите линию, в которую перейдут обращения."
    elif heir.successor:
        yield f"Линия «{heir.title}» сама закрыта."
    elif heir.home != line.home:
        yield f"Линия «{heir.title}» другого центра: обращения туда передают по месту и вопросу."


def _hours(settings: Settings) -> Iterator[SettingsFault]:
    lines = {each.id: each for each in settings.queues}
    if len(settings.hours) > MOST:
        yield SettingsFault("hours", f"Календарей может быть не больше {MOST}.")
    for place, each in enumerate(settings.hours):
        line = lines.get(each.queue)
        if each.queue and line is None:
            yield SettingsFault(f"hours.{place}.queue", "Такой линии нет.")
        if line and each.centre not in {"", line.centre}:
            yield SettingsFault(f"hours.{place}.centre", f"Линия «{line.title}» другого центра.")
        if not each.queue and each.centre and each.centre not in {line.centre for line in settings.queues}:
            yield SettingsFault(f"hours.{place}.centre", "У этого центра здесь нет линий.")
        if each.valid_until < each.valid_from:
            yield SettingsFault(f"hours.{place}.valid_until", "Последний день раньше первого.")
    told = [(each.centre, each.queue, each.valid_from) for each in settings.hours]
    yield from (SettingsFault(f"hours.{place}.valid_from", "С этого дня у линии уже есть календарь.")
                for place, each in enumerate(told) if each in told[:place])


def _numbers(settings: Settings, around: DeploymentFacts) -> Iterator[SettingsFault]:
    if len(settings.numbers) > MOST:
        yield SettingsFault("numbers", f"Номеров может быть не больше {MOST}.")
    seen: set[tuple[str, str]] = set()
    for place, each in enumerate(settings.numbers):
        if not NUMBER.fullmatch(each.number):
            yield SettingsFault(f"numbers.{place}.number", "Номер пишется как +78001234567 или коротко: 122.")
        if (each.centre, each.number) in seen:
            yield SettingsFault(f"numbers.{place}.number", "Этот номер уже есть.")
        seen.add((each.centre, each.number))
        if each.centre not in around.centres:
            yield SettingsFault(f"numbers.{place}.centre", f"Центра {each.centre!r} нет в реестре.")
        if each.published and each.tariff is not Tariff.FREE:
            yield SettingsFault(f"numbers.{place}.tariff", "Опубликовать как номер ЦТО можно только бесплатный номер.")
    kept = {each.centre for each in settings.numbers} | ({each.centre for each in settings.queues} if around.mfcs is not None else set())
    published = {each.centre for each in settings.numbers if each.published}
    yield from (SettingsFault("numbers", f"Центру «{around.centres[code]}» нужен опубликованный бесплатный номер.")
                for code in sorted(kept - published) if code in around.centres)


def _fields(form: str, fields: Sequence[FormField]) -> Iterator[SettingsFault]:
    yield from (SettingsFault(f"{form}.{place}".removesuffix("."), text) for place, text in field_faults(fields))


def unreadable(raw: Mapping[str, Any]) -> list[SettingsFault]:
    """Errors of reading settings from a form or a file; empty where msgspec.convert succeeds."""
    found = [SettingsFault(f"queues.{each.get('id')}.skills", f"Уровень навыка «{name}» — от 1 до 9.") for each in raw.get("queues", ())
             for name, level in each.get("skills", {}).items() if level not in LEVELS]
    found += [SettingsFault(f"queues.{each.get('id')}.priority_s", "Приоритет — от 0 до 3600 секунд.") for each in raw.get("queues", ())
              if not 0 <= each.get("priority_s", 0) <= 3600]  # noqa: PLR2004 - as Queue has it
    for place, each in enumerate(raw.get("hours", ())):
        found += [SettingsFault(f"hours.{place}.{kind}.{day}", f"«{clock}» — не часы: пишите как 09:00-18:00, 20:00-08:00 или {ALWAYS}.")
                  for kind in ("week", "special") for day, clocks in each.get(kind, {}).items()
                  for clock in clocks if not _CLOCK.fullmatch(clock)]
        if each.get("zone") not in available_timezones():
            found.append(SettingsFault(f"hours.{place}.zone", "Такого часового пояса нет: пишите как Europe/Moscow."))
        if not each.get("holidays") and {"holiday", "shortened_day"} & each.get("week", {}).keys():
            found.append(SettingsFault(f"hours.{place}.holidays",
                                       "Часы праздников и сокращённых дней действуют, только если учитывать праздники."))
    return found


def touched(before: Settings, after: Settings) -> set[str]:
    """Codes of the centres whose lines, hours or numbers change; "" stands for settings of all centres."""
    lines = {each.id: each.centre for each in (*before.queues, *after.queues)}
    hours = _other(before.hours, after.hours)
    of_all = {""} if _forms(before) != _forms(after) else set[str]()
    return ({each.centre for each in _other(before.queues, after.queues)} | {each.centre or lines.get(each.queue, "") for each in hours}
            | {each.centre for each in _other(before.numbers, after.numbers)} | of_all)


def _changed_fields(before: Settings, after: Settings) -> Iterator[str]:
    forms = (("Карточка гражданина", before.citizen_fields, after.citizen_fields),
             ("Форма завершения", before.closing_fields, after.closing_fields))
    for form, was, now in forms:
        old, new = ({each.id: each for each in fields} for fields in (was, now))
        yield from (f"{form}: новое поле «{new[key].title}»." for key in new if key not in old)
        yield from (f"{form}: поле «{old[key].title}» удаляется." for key in old if key not in new)
        yield from (f"{form}, поле «{each.title}»: {_field(old[key])} → {_field(each)}." for key, each in new.items()
                    if key in old and old[key] != each)
        if was != now and old == new:
            yield f"{form}: порядок полей другой."


def _field(each: FormField) -> str:
    kind = {FieldKind.TEXT: "текст", FieldKind.NUMBER: "число", FieldKind.DATE: "дата", FieldKind.CHOICE: "выбор",
            FieldKind.FLAG: "отметка"}
    told = [f"«{each.title}»", kind[each.kind], *each.options, *(["обязательно"] if each.required else [])]
    return ", ".join([*told, *([f"темы {', '.join(each.topics)}"] if each.topics else [])])


def _forms(settings: Settings) -> tuple[tuple[FormField, ...], ...]:
    """Of all centres of the hub."""
    return settings.citizen_fields, settings.closing_fields


def _other(before: Sequence[T], after: Sequence[T]) -> list[T]:
    """Items in only one of the two."""
    return [each for each in before if each not in after] + [each for each in after if each not in before]


def differences(before: Settings, after: Settings) -> list[str]:
    """The changes in Russian, one a line."""
    return [*_changed_lines(before, after), *_changed_hours(before, after), *_changed_numbers(before, after),
            *_changed_fields(before, after)]


def _changed_lines(before: Settings, after: Settings) -> Iterator[str]:
    old, new = ({each.id: each for each in settings.queues} for settings in (before, after))
    titles = {each.id: each.title for each in (*before.queues, *after.queues)}
    for key in new.keys() - old.keys():
        yield f"Новая линия «{new[key].title}» ({key})."
    for key in old.keys() - new.keys():
        yield f"Линия «{old[key].title}» удаляется."
    for key in sorted(old.keys() & new.keys()):
        was, now = old[key], new[key]
        if was.successor != now.successor:
            yield (f"Линия «{now.title}» закрывается: обращения переходят в «{titles.get(now.successor, now.successor)}»."
                   if now.successor else f"Линия «{now.title}» снова открыта.")
        for field, name in LINE_FIELDS.items():
            if (had := getattr(was, field)) != (has := getattr(now, field)):
                yield f"Линия «{was.title}», {name}: {_said(had)} → {_said(has)}."
        for trouble, name in LIMITS.items():
            if (had := limit_of(was.alarms, trouble)) != (has := limit_of(now.alarms, trouble)):
                yield f"Линия «{was.title}», тревога «{name}»: {had or 'нет'} → {has or 'нет'}."
    if [each for each in old if each in new] != [each for each in new if each in old]:
        yield "Порядок линий другой: первая линия центра принимает чужие обращения."


LINE_FIELDS = {"title": "название", "skills": "навыки", "centre": "центр", "mfc": "МФЦ", "department": "ведомство",
               "function": "функция", "priority_s": "приоритет, с", "site": "площадка", "qualification": "квалификация"}
LIMITS = {AlarmKind.WAIT: "ждёт дольше, с", AlarmKind.WAITING: "ждут больше", AlarmKind.LEVEL: "за 20 с отвечено меньше, %",
          AlarmKind.LEFT: "не дождались больше, %", AlarmKind.NOBODY_FREE: "ждут, а свободных нет, с", AlarmKind.STAFF: "на линии меньше",
          AlarmKind.AT_RISK: "обещаний на исходе"}
TIMETABLE = {"zone": "часовой пояс", "holidays": "праздники", "week": "неделя", "special": "особые дни", "valid_until": "последний день"}
DAYS = {"monday": "пн", "tuesday": "вт", "wednesday": "ср", "thursday": "чт", "friday": "пт", "saturday": "сб", "sunday": "вс",
        "working_day": "будни", "every_day": "ежедневно", "shortened_day": "сокращённый день", "holiday": "праздник"}


def _changed_hours(before: Settings, after: Settings) -> Iterator[str]:
    titles = {each.id: each.title for each in (*before.queues, *after.queues)}
    old, new = ({(each.centre, each.queue, each.valid_from): each for each in settings.hours} for settings in (before, after))
    for key in sorted({*old, *new}):
        was, now, of = old.get(key), new.get(key), _whose(key[1], key[0], titles)
        since = "" if key[2] == date.min else f" с {key[2]:%d.%m.%Y}"
        if was is None or now is None:
            yield f"Часы {of}{since}: " + ("новый календарь." if now else "календарь удаляется, без него круглосуточно.")
            continue
        for field, name in TIMETABLE.items():
            if (had := getattr(was, field)) != (has := getattr(now, field)):
                yield f"Часы {of}{since}, {name}: {_said(had)} → {_said(has)}."


def _changed_numbers(before: Settings, after: Settings) -> Iterator[str]:
    old, new = ({(each.centre, each.number): each for each in settings.numbers} for settings in (before, after))
    yield from (f"Новый номер {_number(new[key])}." for key in new if key not in old)
    yield from (f"Номер {_number(old[key])} удаляется." for key in old if key not in new)
    yield from (f"Номер {_number(old[key])} → {_number(new[key])}." for key in new if key in old and old[key] != new[key])


def _number(each: CentreNumber) -> str:
    tariff = {Tariff.FREE: "бесплатный", Tariff.LOCAL: "как местный", Tariff.PAID: "платный"}[each.tariff]
    return f"{each.number} (центр {each.centre}, {tariff}, {'опубликован' if each.published else 'не опубликован'})"


def _whose(queue: str, centre: str, titles: Mapping[str, str]) -> str:
    return f"линии «{titles.get(queue, queue)}»" if queue else f"центра {centre}" if centre else "всех линий"


def _said(value: object) -> str:
    match value:
        case dict():
            return "; ".join(f"{DAYS.get(str(key), str(key))} {_said(each)}" for key, each in value.items()) or "—"
        case tuple():
            return ", ".join(map(str, value)) or "закрыто"
        case date():
            return "—" if value in {date.min, date.max} else f"{value:%d.%m.%Y}"
        case int() | float():
            return f"{value:g}"
        case _:
            return f"«{value}»" if value != "" else "—"
