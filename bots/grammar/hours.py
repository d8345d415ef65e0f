"""Hours: «в 15:30», «полпятого», «без четверти шесть», «с 9 до 12», «после обеда».

Offices work by day. So «в пять» without a part of the day is 17:00, and «в девять» 9:00; a part of the day decides otherwise.
"""

import re
from collections.abc import Callable
from datetime import time

from msgspec import Struct

from bots.grammar.values import MIDNIGHT, Hours

_PARTS: tuple[tuple[str, time, time], ...] = (
    (r"(?:с\s+)?утр[ао]м?|по\s?утру|с\s+самого\s+утра", time(6), time(12)),
    (r"(?:в\s+)?перв(?:ой|ую)\s+половин[еу]\s+дня|(?:1-й)\s+половин[еу]\s+дня|до\s+обеда|до\s+полудня", time(6), time(12)),
    (r"(?:2-й|втор(?:ой|ую))\s+половин[еу]\s+дня|после\s+обеда|после\s+полудня|днем", time(12), time(17)),
    (r"в\s+обед(?:енн(?:ое|ый)\s+(?:время|перерыв))?|в\s+обеденное\s+время", time(12), time(14)),
    (r"вечер(?:ом|ком|а)|под\s+вечер|ближе\s+к\s+вечеру|к\s+вечеру", time(17), time(22)),
    (r"ночью|ночи", time(0), time(6)),
    (r"(?:в\s+)?полдень", time(12), time(12)),
    (r"(?:в\s+)?полночь", time(0), time(0)),
    (r"(?:в\s+)?любое\s+время|весь\s+день|круглосуточно", time(0), MIDNIGHT),
)
_PART = r"(?:\s*(?:,\s*)?(?P<part>утра|дня|вечера|ночи|пополудни))"
_MONTH = r"январ|феврал|март|апрел|ма[яй]|июн|июл|август|сентябр|октябр|ноябр|декабр"
_COUNTED = (
    r"\d|%|дн|день|недел|месяц|год|лет|раз|окн|кабинет|экземпляр|числ|минут|руб|тыс|процент|человек|класс|этаж|паспорт|мфц|микрорайон|корпус"
    r"|дом|школ"
)
"""What a number may count or name; then it is not an hour."""
_HOUR = r"[01]?\d|2[0-4]"
_POINT = r"(?:\s*час(?:ов|а|у|ам)?)?"
_CLOCK = r"(?P<hour>[01]?\d|2[0-4])(?:\s?[:.-]\s?|\s(?:час(?:ов|а)?\s)?)(?P<minute>[0-5]\d|0 \d)(?:\s?мин(?:ут[аыу]?)?\b)?"
_AROUND = 30
"""Minutes on either side of «около пяти»."""
_NOON, _DAY = 12, 24 * 60
_OFFICE = 8
"""Before this hour no office is expected to be open, unless the citizen says so."""


class _Rule(Struct, frozen=True):
    expression: re.Pattern[str]
    make: Callable[[re.Match[str]], Hours | None]


def _hour(hour: int, part: str | None) -> int | None:
    """The hour of 0 to 23."""
    if hour > 24:  # noqa: PLR2004 - what a clock shows
        return None
    if part is None:
        return hour + 12 if 0 < hour < _OFFICE else hour % 24
    if hour > _NOON:
        return hour % 24
    if part.startswith("утр"):
        return hour % _NOON if hour == _NOON else hour
    if part.startswith("ноч"):
        return hour % _NOON if hour < 6 or hour == _NOON else hour + 12  # noqa: PLR2004 - «11 ночи» is 23:00
    return hour if hour == _NOON else hour + 12


def _at(minutes: int) -> time:
    minutes %= _DAY
    return time(minutes // 60, minutes % 60)


def _point(hour: int, minute: int, part: str | None) -> Hours | None:
    meant = _hour(hour, part)
    return None if meant is None else Hours(time(meant, minute), time(meant, minute))


def _clock(match: re.Match[str]) -> Hours | None:
    hour, minute = int(match["hour"]), int(match["minute"].replace(" ", ""))
    plain = match["hour"].startswith("0") or hour >= _OFFICE or ":" in match[0]
    return _point(hour, minute, match["part"] or ("утра" if plain and hour <= _NOON and hour != _NOON else None))


def _o_clock(match: re.Match[str]) -> Hours | None:
    return _point(int(match["hour"] or 1), 0, match["part"])


def _half(match: re.Match[str]) -> Hours | None:
    return _towards(match, 30)


def _quarter(match: re.Match[str]) -> Hours | None:
    return _towards(match, 15 if "четверт" in match[0] else int(match["minutes"]))


def _towards(match: re.Match[str], minute: int) -> Hours | None:
    """Minutes of an hour that is named by its end: «полпятого» is 4:30."""
    hour = int(match["hour"])
    if not 1 <= hour <= 24 or minute >= 60:  # noqa: PLR2004 - what a clock shows
        return None
    meant = _hour(hour, match["part"] or None)
    if meant is None:
        return None
    if match["part"] is None and hour == _OFFICE:
        meant = 8
    begins = _at(meant * 60 - 60 + minute)
    return Hours(begins, begins)


def _without(match: re.Match[str]) -> Hours | None:
    minutes = 15 if "четверт" in match[0] else int(match["minutes"])
    meant = _hour(int(match["hour"] or 1), match["part"])
    if meant is None or not 0 < minutes < 60:  # noqa: PLR2004 - minutes
        return None
    at = _at(meant * 60 - minutes)
    return Hours(at, at)


def _in_hour(match: re.Match[str]) -> Hours | None:
    """«В шестом часу» is from five to six."""
    meant = _hour(int(match["hour"]), match["part"])
    return None if meant is None or not 1 <= int(match["hour"]) <= 24 else Hours(_at(meant * 60 - 60), _at(meant * 60))  # noqa: PLR2004 - hours


def _interval(match: re.Match[str]) -> Hours | None:
    part = match["part"]
    last = int(match["hour"] or 1)
    ends = _point(last, int(match["minute"] or 0), part)
    first = int(match["first"])
    begins = _point(
        first, int(match["first_minute"] or 0), match["first_part"] or (part if part and part.startswith(("утр", "ноч")) else None)
    )
    if ends is None or begins is None:
        return None
    since, until = begins.begins, ends.ends
    if part is None and since > until:
        if until.hour < _NOON:  # «с 9 до 5»
            until = until.replace(hour=until.hour + _NOON)
        elif first < _OFFICE and not match["first_part"]:  # «с 6 до 12» begins before offices open
            since = since.replace(hour=first)
        elif first > _NOON and last < _OFFICE:  # «с 22 до 6»
            until = until.replace(hour=last)
    return Hours(since, until) if since != until else None


def _part_of(begins: time, ends: time) -> Callable[[re.Match[str]], Hours | None]:
    return lambda _: Hours(begins, ends)


_RULES = tuple(
    _Rule(re.compile(expression), make)
    for expression, make in (
        (rf"\b(?:с|со|от)\s+(?P<first>{_HOUR})(?:[:.-](?P<first_minute>[0-5]\d))?{_POINT}(?:\s*(?P<first_part>утра|дня|вечера|ночи))?\s+(?:до|по)\s+(?:(?P<hour>{_HOUR})(?:[:.-](?P<minute>[0-5]\d))?\b(?!\s*[./]\d|-?\s?(?:го|е|м|ое)\b|\d){_POINT}|часу?\b){_PART}?(?!\s+(?:{_MONTH}|числа|руб))", _interval),
        (rf"\bмежду\s+(?P<first>{_HOUR})(?:[:.-](?P<first_minute>[0-5]\d))?{_POINT}(?P<first_part>)?\s+и\s+(?P<hour>{_HOUR})(?:[:.-](?P<minute>[0-5]\d))?{_POINT}{_PART}?\b", _interval),
        (rf"\b(?P<first>{_HOUR}):(?P<first_minute>[0-5]\d)(?P<first_part>)?\s?[-–—]\s?(?P<hour>{_HOUR}):(?P<minute>[0-5]\d)\b{_PART}?", _interval),
        (rf"\b(?:в\s+)?(?:пол|половин[аеу])[\s-]+(?P<hour>\d{{1,2}})-(?:го|й)\b(?!\s+дня){_PART}?", _half),
        (rf"\b(?:в\s+)?без\s+(?:четверти|(?P<minutes>\d{{1,2}})(?:-?ти)?(?:\s+минут[ыа]?)?)\s+(?:(?P<hour>\d{{1,2}})|час)\b{_POINT}{_PART}?", _without),
        (rf"\b(?:в\s+)?(?:четверть|(?P<minutes>\d{{1,2}})\s+минут[ыау]?)\s+(?P<hour>\d{{1,2}})-го\b{_PART}?", _quarter),
        (rf"\bв\s+(?P<hour>\d{{1,2}})-м\s+часу\b{_PART}?", _in_hour),
        (rf"(?<![\d.,:/-])(?P<hour>{_HOUR}):(?P<minute>[0-5]\d)(?![\d:]){_PART}?", _clock),
        (rf"\b(?:в|во|к|на|до|после|с|около|часов\s+в)\s+{_CLOCK}(?![\d:]|[./-]\d|\s+\d|\s*(?:руб|числ)){_PART}?", _clock),
        (rf"\b(?P<hour>{_HOUR})\s+час(?:ов|а)?\s+(?P<minute>[0-5]?\d)\s+мин(?:ут[аыу]?)?\b{_PART}?", _clock),
        (rf"\b(?:(?:в|во|к|на|до|после|с|около)\s+)?(?P<hour>{_HOUR})\s*час(?:ов|а|ам|у)?\s+(?P<part>утра|дня|вечера|ночи)\b", _o_clock),
        (rf"\b(?:(?:в|во|к|до|после|с|около)\s+)?(?P<hour>{_HOUR})\s+(?P<part>утра|вечера|ночи)\b", _o_clock),
        (rf"\b(?:в|к|до|после|с|около)\s+(?P<hour>{_HOUR})\s+(?P<part>дня)\b", _o_clock),
        (r"\b(?:в|во|к|на|до|после|с|около)\s+(?P<hour>(?!))?час(?:у)?\s+(?P<part>дня|ночи)\b", _o_clock),
        (rf"\b(?:в|во|к|на|до|после|с|около)\s+(?P<hour>{_HOUR})\s?(?:час(?:ов|а|ам)?|ч)\b(?P<part>(?!))?", _o_clock),
        (rf"\bчас(?:ов|ам|а|ика)?\s+(?:в|к|на|до)\s+(?P<hour>{_HOUR})\b(?!-)(?P<part>(?!))?", _o_clock),
        (r"\b(?:в|ко?|около|после|до)\s+(?P<hour>(?!))?час(?:у)?\b(?P<part>(?!))?(?=\s*(?:[,.!?]|$|завтра|сегодня))", _o_clock),
        (rf"\b(?:в|во|к|около|после|до)\s+(?P<hour>{_HOUR})\b(?![.:,/-]\d|-?\s?(?:го|м|й|е)\b|\s*(?:{_COUNTED}|{_MONTH}))(?P<part>(?!))?", _o_clock),
        *((rf"\b(?:{expression})\b", _part_of(begins, ends)) for expression, begins, ends in _PARTS),
    )
)  # fmt: skip
_BEFORE = re.compile(r"(?:\b(?:не\s+позже|не\s+позднее|до|к|ко)\s+)$")
_AFTER = re.compile(r"(?:\b(?:не\s+раньше|начиная\s+с|после|позже|с|со|от)\s+)$")
_NEAR = re.compile(r"(?:\b(?:около|примерно\s+(?:в|к)|где-то\s+(?:в|к)|приблизительно\s+(?:в|к))\s+)$")
_BACK = 40
"""Characters before an hour in which «до», «после» or «около» is looked for."""
_LEAD = re.compile(r"(?:до|к|ко|после|с|со|от|около|в|во|на)\s+")
_EVENING = time(22)
"""The end of «после пяти»."""
_MORNING = time(6)
"""The beginning of «до пяти»."""


def find_hours(text: str) -> list[tuple[int, int, Hours]]:
    """The hours in a plain text, from left to right, without overlaps."""
    found = [
        (rank, match.start(), match.end(), hours)
        for rank, rule in enumerate(_RULES)
        for match in rule.expression.finditer(text)
        if (hours := rule.make(match)) is not None
    ]
    found.sort(key=lambda one: one[:2])
    kept = list[tuple[int, int, Hours]]()
    for _, start, end, hours in found:
        if all(end <= other[0] or start >= other[1] for other in kept):
            kept.append((start, end, hours))
    kept.sort(key=lambda one: one[0])
    return _narrowed([_bounded(text, *one) for one in kept], text)


def _bounded(text: str, start: int, end: int, hours: Hours) -> tuple[int, int, Hours]:
    """«До», «после» and «около» before a time make an interval of it."""
    if hours.begins != hours.ends or (hours.begins in {time(12), time(0)} and "пол" in text[start:end]):
        return start, end, hours
    head = _LEAD.match(text[start:end])
    before = text[:start] + (head[0] if head else "")
    at = hours.begins
    if match := _BEFORE.search(before, max(0, start - _BACK)):
        if match[0].startswith(("к ", "ко ")):
            return start, end, hours
        return min(match.start(), start), end, Hours(min(_MORNING, at), at)
    if match := _AFTER.search(before, max(0, start - _BACK)):
        return min(match.start(), start), end, Hours(at, max(_EVENING, at))
    if match := _NEAR.search(before, max(0, start - _BACK)):
        minutes = at.hour * 60 + at.minute
        return min(match.start(), start), end, Hours(_at(minutes - _AROUND), _at(minutes + _AROUND))
    return start, end, hours


def _narrowed(found: list[tuple[int, int, Hours]], text: str) -> list[tuple[int, int, Hours]]:
    """A part of the day beside a time tells morning from evening: «утром, часов в семь»."""
    joined = list[tuple[int, int, Hours]]()
    for start, end, hours in found:
        if joined and not text[joined[-1][1] : start].strip(" ,"):
            last = joined[-1][2]
            wide, narrow = (last, hours) if _wider(last, hours) else (hours, last)
            if _wider(wide, narrow) and (meant := _within(narrow, wide)):
                joined[-1] = (joined[-1][0], end, meant)
                continue
        joined.append((start, end, hours))
    return joined


def _wider(one: Hours, other: Hours) -> bool:
    return _minutes(one) > _minutes(other)


def _minutes(hours: Hours) -> int:
    return (hours.ends.hour - hours.begins.hour) * 60 + hours.ends.minute - hours.begins.minute


def _within(narrow: Hours, wide: Hours) -> Hours | None:
    for half in (0, 12 * 60):
        begins, ends = (_at(each.hour * 60 + each.minute + half) for each in (narrow.begins, narrow.ends))
        if wide.begins <= begins <= ends <= wide.ends:
            return Hours(begins, ends)
    return None
