"""Days and hours together: «завтра после обеда», «в 15:30 пятого декабря»."""

import re
from datetime import date

from bots.grammar.days import find_days
from bots.grammar.hours import find_hours
from bots.grammar.plain import Plain
from bots.grammar.values import Days, Found, Hours, When

_BETWEEN = re.compile(r"[\s,]*(?:(?:в|на|и|с|где-то|примерно)\s+)?")


def find_when(said: Plain, today: date) -> list[Found[When]]:
    """All days and hours in a text, from left to right."""
    pieces: list[tuple[int, int, Days | Hours]] = [*find_days(said.text, today), *find_hours(said.text)]
    pieces.sort(key=lambda piece: (piece[0] - piece[1], not isinstance(piece[2], Days)))
    kept = list[tuple[int, int, Days | Hours]]()
    for piece in pieces:  # the longer match is right: «четверть 6-го» is not a day, «3 дня назад» not an hour
        if all(piece[1] <= other[0] or piece[0] >= other[1] for other in kept):
            kept.append(piece)
    kept.sort(key=lambda piece: piece[0])
    found = list[Found[When]]()
    at = 0
    for start, end, value in kept:
        when = When(days=value) if isinstance(value, Days) else When(hours=value)
        if found and (both := _both(found[-1].value, when)) and _BETWEEN.fullmatch(said.text, at, start):
            found[-1] = Found(found[-1].start, said.span(start, end)[1], both)
        else:
            found.append(Found(*said.span(start, end), when))
        at = end
    return found


def _both(one: When, other: When) -> When | None:
    if (one.days and other.days) or (one.hours and other.hours):
        return None
    return When(one.days or other.days, one.hours or other.hours)
