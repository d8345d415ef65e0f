"""A value in words, for confirmation by the citizen."""

from datetime import date, time
from typing import assert_never

import phonenumbers

from bots.grammar.values import MIDNIGHT, Application, Days, Hours, Locality, Number, Phone, Snils, Value, When

_MONTHS = ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря")
_ON = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")
_NEAR = {-2: "позавчера", -1: "вчера", 0: "сегодня", 1: "завтра", 2: "послезавтра"}
_WRONG_SNILS = "В номере СНИЛС, похоже, ошибка: его контрольное число не сходится. Проверьте и назовите номер ещё раз, пожалуйста."


def question(value: Value, today: date) -> str:
    """The question to the citizen: «Вы имеете в виду завтра, 26 ноября, с 12 до 17?»."""
    if isinstance(value, Snils) and not value.genuine:
        return _WRONG_SNILS
    return f"Вы имеете в виду {words(value, today)}?"


def words(value: Value, today: date, *, weekday: bool = False) -> str:
    """The value itself: «завтра, 26 ноября, с 12 до 17»; by its `weekday` where it was named so: «в четверг, 26 ноября»."""
    match value:
        case When(days, hours):
            said = _days(days, today, weekday=weekday) if days else ""
            return f"{said}{',' if _dated(days, today) else ''} {_hours(hours)}".strip() if hours else said
        case Number(number):
            return f"{number:f}".replace(".", ",")
        case Phone(number):
            return f"номер {phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)}"
        case Snils(digits):
            return f"СНИЛС {digits[:3]}-{digits[3:6]}-{digits[6:9]} {digits[9:]}"
        case Application(number):
            return f"номер {number}"
        case Locality(name):
            return f"населённый пункт {name}"
        case _:
            assert_never(value)


def _dated(days: Days | None, today: date) -> bool:
    """Whether the days are worded as a weekday or «завтра» with the date behind it, which a comma ends."""
    if days is None or days.first != days.last:
        return False
    return (days.first - today).days in _NEAR or (days.first > today and days.first.year == today.year)


def _date(day: date, today: date) -> str:
    said = f"{day.day} {_MONTHS[day.month - 1]}"
    soon = day.year == today.year and (day - today).days >= min(_NEAR)
    return said if soon else f"{said} {day.year} года"


def _days(days: Days, today: date, *, weekday: bool) -> str:
    first = _date(days.first, today)
    if days.last is None:
        return f"с {first} и позже"
    if days.first == days.last:
        if not _dated(days, today):
            return first
        ahead = (days.first - today).days
        near = "" if weekday and ahead > 0 else _NEAR.get(ahead)
        return f"{near or _ON[days.first.weekday()]}, {first}"
    last = _date(days.last, today)
    if days.first == today:
        return f"до {last} включительно"
    return f"с {first} по {last}"


def _hours(hours: Hours) -> str:
    if hours.begins == hours.ends:
        return f"в {hours.begins:%H:%M}".replace("в 0", "в ")
    if hours == Hours(time(), MIDNIGHT):
        return "в любое время"
    return f"с {_short(hours.begins)} до {_short(hours.ends)}"


def _short(at: time) -> str:
    if at == MIDNIGHT:
        return "24"
    return f"{at.hour}:{at.minute:02}" if at.minute else f"{at.hour}"
