"""Opening hours of a line as a text for the citizen (CH-11). Pure."""

from datetime import datetime, timedelta

from msgspec import Struct

MONTHS = ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря")
WEEKDAYS = ("в понедельник", "во вторник", "в среду", "в четверг", "в пятницу", "в субботу", "в воскресенье")
NEAR_DAYS = 7
"""Days nearer than this are named by their weekday."""
CLOCKS = ("калининградскому", "московскому", "самарскому", "екатеринбургскому", "омскому", "красноярскому", "иркутскому", "якутскому",
          "владивостокскому", "магаданскому", "камчатскому")
"""Time in Russia, from UTC+2 on."""


class Shut(Struct, frozen=True):
    """A line that is closed at this hour."""

    hours: str
    """The hours, to follow «операторы отвечают»: «по будням с 9:00 до 18:00»; "" where they do not fit a few words."""
    opens: datetime | None
    """The next opening in the line's own zone; None where there is none within a year."""


def said(shut: Shut, now: datetime) -> str:
    """The text for a citizen who waits in the line."""
    parts = [f"Сейчас нерабочее время: операторы отвечают {shut.hours}." if shut.hours else "Сейчас нерабочее время."]
    if shut.opens is not None:
        parts.append(f"Ближайшее время: {day(shut.opens, now)}, {shut.opens.hour}:{shut.opens:%M} ({clock(shut.opens)}).")
    return " ".join(parts)


def clock(moment: datetime) -> str:
    """Name of the clock of a moment: «по московскому времени», «по времени UTC+1»."""
    hours = (moment.utcoffset() or timedelta()) / timedelta(hours=1)
    first, number = 2, int(hours)
    known = hours == number and first <= number < first + len(CLOCKS)
    return f"по {CLOCKS[number - first]} времени" if known else f"по времени UTC{hours:+g}"


def day(moment: datetime, now: datetime) -> str:
    """Name of the day of a moment, by its own clock: «завтра, 3 декабря», «в пятницу, 4 декабря», later ones by their date."""
    here = now.astimezone(moment.tzinfo)
    ahead = (moment.date() - here.date()).days
    date = f"{moment.day} {MONTHS[moment.month - 1]}" + (f" {moment.year} года" if moment.year != here.year else "")
    if ahead >= NEAR_DAYS:
        return date
    return f"{('сегодня', 'завтра')[ahead] if ahead <= 1 else WEEKDAYS[moment.weekday()]}, {date}"
