"""Opening hours as people write them, as a timetable: «вт–сб с 9 до 18, перерыв с 13 до 14». Pure; the time is linear in the text."""

import re

from hub.organisation.opening_hours import WEEK, Clock, DayName, Timetable

_SHORT = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_EVERY = re.compile(r"ежедневно|без\s+выходных|каждый\s+день")
_WORKING = re.compile(r"будн|рабочи")
_ALWAYS = re.compile(r"круглосуточно")
_CLOSED = re.compile(r"вых|закрыт|не\s+раб")
_BREAK = re.compile(r"переры|обед")
_DAYS = re.compile(r"\b(пн|вт|ср|чт|пт|сб|вс)\.?(?:\s?[-–—]\s?(пн|вт|ср|чт|пт|сб|вс)\b)?")
_SPAN = re.compile(r"(\d{1,2})(?:[:.](\d\d))?(?:\s?[-–—]\s?|\s+до\s+)(\d{1,2})(?:[:.](\d\d))?")
_PARTS = re.compile(r"[,;\n]")
_LONGEST = 300


def timetable(text: str, zone: str) -> Timetable | None:
    """None where it is not understood."""
    week: dict[DayName, list[tuple[int, int]]] = {}
    pause: tuple[int, int] | None = None
    days: tuple[DayName, ...] = ()
    for part in _PARTS.split(text[:_LONGEST].casefold()):
        days = _days(part) or days
        if _BREAK.search(part):
            pause = _span(part)
        elif _CLOSED.search(part):
            week |= {day: [] for day in days}
        elif span := (0, 24 * 60) if _ALWAYS.search(part) else _span(part):
            week |= {day: [span] for day in days or WEEK}
        elif not days:
            return None
    if not any(week.values()):
        return None
    return Timetable(zone=zone, week={day: _clocks(week.get(day, []), pause) for day in WEEK})


def _days(part: str) -> tuple[DayName, ...]:
    if _EVERY.search(part):
        return WEEK
    if _WORKING.search(part):
        return WEEK[:5]
    found: list[DayName] = []
    for first, last in _DAYS.findall(part):
        begin, end = _SHORT.index(first), _SHORT.index(last or first)
        found += [WEEK[at % 7] for at in range(begin, (end if end >= begin else end + 7) + 1)]
    return tuple(found)


def _span(part: str) -> tuple[int, int] | None:
    """Minutes of a day."""
    if not (found := _SPAN.search(part)):
        return None
    begin, end = int(found[1]) * 60 + int(found[2] or 0), int(found[3]) * 60 + int(found[4] or 0)
    return (begin, end) if 0 <= begin < end <= 24 * 60 else None


def _clocks(spans: list[tuple[int, int]], pause: tuple[int, int] | None) -> tuple[Clock, ...]:
    if pause and spans and spans[0][0] < pause[0] < pause[1] < spans[0][1]:
        spans = [(spans[0][0], pause[0]), (pause[1], spans[0][1])]
    return tuple(f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}" for begin, end in spans)
