"""Opening of each line, and a week of hours in Russian words (CH-11)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from zoneinfo import ZoneInfo

from hub.organisation.opening_hours import ALWAYS, WEEK, Calendar, Clock, Hours, Timetable, morning
from hub.organisation.opening_words import Shut, clock
from hub.organisation.production_calendar import SATURDAY

ON = ("понедельникам", "вторникам", "средам", "четвергам", "пятницам", "субботам", "воскресеньям")
SINCE = ("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья")
UNTIL = ("понедельник", "вторник", "среду", "четверг", "пятницу", "субботу", "воскресенье")
RUNS = {(0, 6): "ежедневно", (0, 4): "по будням", (5, 6): "по выходным"}
"""First and last day of a run with a name of its own."""


class LineHours:
    """hub.dispatch.ports.Opening."""

    def __init__(self, calendars: Iterable[Calendar], centres: Mapping[str, str]) -> None:
        """`centres`: line to the code of its centre."""
        self.renew(calendars, centres)

    def renew(self, calendars: Iterable[Calendar], centres: Mapping[str, str]) -> None:
        """Replace the hours."""
        known = tuple(calendars)
        self._hours = {queue: Hours(known, centre, queue) for queue, centre in centres.items()}

    def shut(self, queue: str, at: datetime) -> Shut | None:
        hours = self._hours.get(queue)
        opens = hours.next_opening(at) if hours else at
        if hours is None or opens == at:
            return None
        if opens is None:
            return Shut("", None)
        timetable = hours.timetable(opens)
        return Shut(in_words(timetable), opens.astimezone(ZoneInfo(timetable.zone)))

    def morning(self, queue: str, at: datetime, zone: ZoneInfo) -> datetime:
        """When work begins in a line on the next working day, by the clock of its centre."""
        return morning(self._hours.get(queue) or Hours((), ""), at, zone)

    def in_words(self, at: datetime) -> dict[str, str]:
        """The hours, with their clock, of every line that is not open round the clock on that day."""
        held = {queue: hours.timetable(at) for queue, hours in self._hours.items()}
        return {queue: f"{words or 'особые дни'} ({clock(at.astimezone(ZoneInfo(each.zone)))})"
                for queue, each in held.items() if (words := in_words(each)) != ALWAYS}


def in_words(hours: Timetable) -> str:
    """A usual week: «по будням с 9:00 до 13:00 и с 14:00 до 18:00, по субботам с 10:00 до 14:00»; "" when there is none."""
    week = [hours.usual(day) for day in range(len(WEEK))]
    if set(week) == {(ALWAYS,)}:
        return ALWAYS
    runs = [(clocks, [day for day, _ in run]) for clocks, run in groupby(enumerate(week), key=itemgetter(1)) if clocks]
    words = ", ".join(f"{_days(days[0], days[-1])} {' и '.join(map(_clock, clocks))}" for clocks, days in runs)
    weekends = any(week[SATURDAY:])
    return f"{words}, кроме праздничных дней" if hours.holidays and weekends and "holiday" not in hours.week else words


def _days(first: int, last: int) -> str:
    if first == last:
        return f"по {ON[first]}"
    return RUNS.get((first, last)) or f"с {SINCE[first]} по {UNTIL[last]}"


def _clock(clock: Clock) -> str:
    if clock == ALWAYS:
        return ALWAYS
    begins, ends = clock.split("-")
    return f"с {begins.removeprefix('0')} до {ends.removeprefix('0')}"
