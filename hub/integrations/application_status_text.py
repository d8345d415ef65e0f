"""Text of an application's status for a citizen, in a message or by the robot (ST-01). Pure."""

from datetime import date
from zoneinfo import ZoneInfo

from hub.integrations.application_status import LEVELS, PARTS, DisclosedStatus, Required
from hub.organisation.opening_words import MONTHS, clock


def words(told: DisclosedStatus, required: Required, zone: ZoneInfo) -> str:
    """The disclosed data, its source and time, and how to learn the rest."""
    at = told.at.astimezone(zone)
    parts = (
        f"Заявление № {told.number} ({told.service}).", _sentence(told.words), _sentence(f"Срок — до {_day(told.due)}" if told.due else ""),
        _sentence(f"Результат: {told.result}" if told.result else ""), _sentence(told.personal),
        f"По данным: {told.source}, на {_day(at.date())}, {at.hour}:{at:%M} {clock(at)}.", *_rest(told, required))
    return " ".join(part for part in parts if part)


def _rest(told: DisclosedStatus, required: Required) -> list[str]:
    table = required.table()
    return [f"Чтобы узнать {PARTS[each]}, нужно: {LEVELS[table[each]]}." for each in told.withheld]


def _sentence(said: str) -> str:
    return f"{said.rstrip('.')}." if said else ""


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
