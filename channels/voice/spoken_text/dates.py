"""Dates and hours that are written in digits alone, as words or as what `numbers` reads. Pure."""

import re

from channels.voice.spoken_text.grammar import governed
from channels.voice.spoken_text.numerals import Case, cardinal
from channels.voice.spoken_text.units import HOUR

MONTHS = ("января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря")
_DATE = re.compile(r"(?<![\d.])(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.((?:19|20)\d\d|\d\d)(?![\d.]?\d)(?:\s?г\.?(?!\w))?(?:\s?года)?")
_ISO_DATE = re.compile(r"(?<![\d-])((?:19|20)\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\d-])")
_HOURS = re.compile(r"(?<![\d:.])([01]?\d|2[0-4])[:]([0-5]\d)\s?[–—-]\s?([01]?\d|2[0-4]):([0-5]\d)(?![\d:])")
_TIME = re.compile(r"(?<![\d:.])([01]?\d|2[0-4]):([0-5]\d)(?::[0-5]\d)?(?![\d:])(?:\s(?:ч\.|час\w{0,2}(?!\w)))?")
_DAYS = {"пн": ("понедельника", "понедельник"), "вт": ("вторника", "вторник"), "ср": ("среды", "среду"), "чт": ("четверга", "четверг"),
         "пт": ("пятницы", "пятницу"), "сб": ("субботы", "субботу"), "вс": ("воскресенья", "воскресенье")}
_WEEK = re.compile(r"(?<!\w)(пн|вт|ср|чт|пт|сб|вс)\.?\s?[–—-]\s?(пн|вт|ср|чт|пт|сб|вс)(?!\w)", re.IGNORECASE)
_BEFORE = re.compile(r"[^\W\d_]+")


def dates(text: str) -> str:
    """27.07.2010 as «27 июля 2010 года»."""
    text = _ISO_DATE.sub(lambda found: f"{int(found[3])} {MONTHS[int(found[2]) - 1]} {found[1]} года", text)
    return _DATE.sub(_date, text)


def times(text: str) -> str:
    """8:00–20:00 as «с восьми до двадцати часов», 15:30 as «пятнадцать тридцать», пн–пт as «с понедельника по пятницу»."""
    text = _WEEK.sub(lambda found: f"с {_DAYS[found[1].lower()][0]} по {_DAYS[found[2].lower()][1]}", text)
    return _TIME.sub(lambda found: _time(found, _case(text, found.start())), _HOURS.sub(_hours, text))


def _date(found: re.Match[str]) -> str:
    year = found[3] if len(found[3]) > 2 else f"{'19' if int(found[3]) > 40 else '20'}{found[3]}"  # noqa: PLR2004 - 12.04.61
    return f"{int(found[1])} {MONTHS[int(found[2]) - 1]} {year} года"


def _hours(found: re.Match[str]) -> str:
    """«с восьми до двадцати часов»."""
    return f"с {_clock(found[1], found[2], Case.GEN, alone=False)} до {_clock(found[3], found[4], Case.GEN)}"


def _case(text: str, at: int) -> Case:
    before = _BEFORE.findall(text[max(0, at - 24):at])
    return governed(before[-1:]) or Case.NOM


def _time(found: re.Match[str], case: Case) -> str:
    return _clock(found[1], found[2], case)


def _clock(hour: str, minute: str, case: Case, *, alone: bool = True) -> str:
    hours, minutes = int(hour), int(minute)
    said = cardinal(hours, case)
    if minutes:
        return f"{said} {'ноль ' if minutes < 10 else ''}{cardinal(minutes, case)}"  # noqa: PLR2004
    return f"{said} {HOUR.form(hours, case)}" if alone else said
