"""Days: «завтра», «в следующий понедельник», «через две недели», «до конца месяца», «пятого марта».

A day without a year is the next one to come. A week begins on Monday, and «в следующую пятницу» is that of the next week.
Each rule is an expression over a plain text, and a function that turns its match into days, or None where there is no such day.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from msgspec import Struct

from bots.grammar.values import Days

_DAY = timedelta(days=1)
_MONTHS = r"(?P<month>январ[ьяюе]|феврал[ьяюе]|март[ае]?|апрел[ьяюе]|ма[йяюе]|июн[ьяюе]|июл[ьяюе]|август[ае]?|сентябр[ьяюе]|октябр[ьяюе]|ноябр[ьяюе]|декабр[ьяюе]|янв|фев|апр|авг|сент?|окт|ноя|дек)\b"
_MONTH = ("янв", "фев", "мар", "апр", "ма", "июн", "июл", "авг", "сен", "окт", "ноя", "дек")
_WEEKDAYS = r"(?P<weekday>понедельник[аеу]?|вторник[аеу]?|сред[аеуы]|четверг[аеу]?|пятниц[аеуы]|суббот[аеуы]|воскресень[еяю])\b"
_WEEKDAY = ("пон", "вто", "сре", "чет", "пят", "суб", "вос")
_ORDINAL = r"(?:\s?-?\s?(?:го|ого|е|ое|му|м))"
_YEAR = r"(?:\s+(?P<year>(?:19|20)\d\d)(?:-?го)?(?:\s*(?:года|год|г\b\.?))?)?"
_WHICH = r"(?P<which>эт(?:от|у|о|ом|ой|ого)|следующ(?:ий|ую|ее|ем|ей|его)|будущ(?:ий|ую|ее|ем|ей|его)|ближайш(?:ий|ую|ее|ем|ей|его)|прошл(?:ый|ую|ое|ом|ой|ого)|текущ(?:ий|ую|ее|ем|ей|его))"
_NEXT, _LAST = ("следующ", "будущ"), ("прошл",)
_UNIT = r"(?P<unit>дн(?:я|ей)|день|сут(?:ки|ок)|недел(?:ю|и|ь|ьку)|месяц(?:а|ев)?|год(?:а|ик)?|лет)\b"
_FEW = {"пару": 2, "пара": 2, "несколько": 3, "полтора": 1}

_RELATIVE = {"позавчера": -2, "вчера": -1, "сегодня": 0, "завтра": 1, "послезавтра": 2, "послепослезавтра": 3}
_PARTS = {"начал": 0, "середин": 1, "конц": 2}
_SEASONS = {"весн": 3, "лет": 6, "осен": 9, "зим": 12}
_SATURDAY = 5


class _Rule(Struct, frozen=True):
    expression: re.Pattern[str]
    make: Callable[[re.Match[str], date], Days | None]


def _one(day: date | None) -> Days | None:
    return None if day is None else Days(day, day)


def _day(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] else None  # noqa: PLR2004 - months


def _coming(day: int, month: int, today: date) -> date | None:
    """The next such day; 29 February may be four or eight years ahead."""
    years = range(today.year, today.year + 9)
    return next((found for year in years if (found := _day(year, month, day)) and found >= today), None)


def month_after(day: date, months: int) -> date:
    """The same day of the month after some months, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _month_of(word: str) -> int:
    return next(i for i, stem in reversed(list(enumerate(_MONTH, 1))) if word.startswith(stem)) if word[:3] != "мар" else 3


def _whole_month(first: date) -> Days:
    first = first.replace(day=1)
    return Days(first, month_after(first, 1) - _DAY)


def _week(day: date, weeks: int = 0) -> Days:
    monday = day - _DAY * day.weekday() + 7 * weeks * _DAY
    return Days(monday, monday + 6 * _DAY)


def _shift(which: str | None) -> int:
    return 1 if which and which.startswith(_NEXT) else -1 if which and which.startswith(_LAST) else 0


def _dated(match: re.Match[str], today: date) -> Days | None:
    day, month = int(match["day"]), _month_of(match["month"])
    return _one(_day(int(match["year"]), month, day) if match["year"] else _coming(day, month, today))


def _between(match: re.Match[str], today: date) -> Days | None:
    last = _dated(match, today)
    if last is None or last.last is None:
        return None
    month = _month_of(match["earlier"]) if match["earlier"] else last.last.month
    first = _day(last.last.year, month, int(match["from"]))
    if first is not None and first > last.last:
        first = _day(last.last.year - 1, month, int(match["from"]))
    return Days(first, last.last) if first is not None and first <= last.last else None


def _figures(match: re.Match[str], today: date) -> Days | None:
    day, month, year = int(match["day"]), int(match["month"]), match["year"]
    if year is None:
        return _one(_coming(day, month, today))
    return _one(_day(int(year) + (2000 if len(year) == 2 else 0), month, day))  # noqa: PLR2004 - «26» is 2026


def _of_month(match: re.Match[str], today: date) -> Days | None:
    day, first = int(match["day"]), today.replace(day=1)
    if which := _shift(match["which"]):
        first = month_after(first, which)
        return _one(_day(first.year, first.month, day))
    months = (month_after(first, later) for later in range(12))
    return _one(next((found for month in months if (found := _day(month.year, month.month, day)) and found >= today), None))


def _after(match: re.Match[str], today: date) -> Days | None:
    unit, count = match["unit"], match["count"]
    number = 1 if count is None else _FEW[count] if count in _FEW else int(count)
    if number > 1000:  # noqa: PLR2004 - nobody plans further ahead, and a year has four digits
        return None
    if "назад" in match[0]:
        number = -number
    if unit.startswith(("дн", "ден", "сут")):
        return _one(today + number * _DAY)
    if unit.startswith("нед"):
        return _one(today + 7 * number * _DAY)
    months = number if unit.startswith("мес") else 12 * number
    return _one(month_after(today, months)) if 0 < today.year + months // 12 < 9999 else None  # noqa: PLR2004 - what a date can be


def _on_weekday(match: re.Match[str], today: date) -> Days | None:
    weekday = next(i for i, stem in enumerate(_WEEKDAY) if match["weekday"].startswith(stem))
    which = match["which"] or ""
    if which.startswith((*_NEXT, *_LAST)):
        return _one(_week(today, _shift(which)).first + weekday * _DAY)
    ahead = (weekday - today.weekday()) % 7
    return _one(today + (ahead or (0 if which.startswith("эт") else 7)) * _DAY)


def _that_week(match: re.Match[str], today: date) -> Days | None:
    week = _week(today, _shift(match["which"]))
    return week if _shift(match["which"]) else Days(today, week.last)


def _weekday_of_week(match: re.Match[str], today: date) -> Days | None:
    weekday = next(i for i, stem in enumerate(_WEEKDAY) if match["weekday"].startswith(stem))
    return _one(_week(today, _shift(match["which"])).first + weekday * _DAY)


def _span(match: re.Match[str], today: date) -> Days:
    """The whole week, month or year."""
    shift, unit = _shift(match["which"]), match["span"]
    if unit.startswith("нед"):
        return _week(today, shift)
    if unit.startswith("мес"):
        return _whole_month(month_after(today.replace(day=1), shift))
    return Days(date(today.year + shift, 1, 1), date(today.year + shift, 12, 31))


def _that_span(match: re.Match[str], today: date) -> Days | None:
    span = _span(match, today)
    return span if _shift(match["which"]) else Days(today, span.last)


def _until_end(match: re.Match[str], today: date) -> Days | None:
    last = _span(match, today).last
    return Days(today, last) if last is not None and last >= today else None


def _part(match: re.Match[str], today: date) -> Days | None:
    """A third of a month or of a year; of a week Monday and Tuesday, Wednesday and Thursday, or Friday to Sunday."""
    part = next(part for stem, part in _PARTS.items() if match["part"].startswith(stem))
    if match["month"]:
        month = _month_of(match["month"])
        whole = _whole_month(date(today.year + (month < today.month), month, 1))
    else:
        whole = _span(match, today)
    return _third(whole, part)


def _third(whole: Days, part: int) -> Days:
    first, last = whole.first, whole.last or whole.first
    length = (last - first).days + 1
    if length == 7:  # noqa: PLR2004 - a week
        bounds = (0, 2, 4, 7)
    elif length <= 31:  # noqa: PLR2004 - a month
        bounds = (0, 10, 20, length)
    else:
        return Days(date(first.year, 4 * part + 1, 1), month_after(date(first.year, 4 * part + 1, 1), 4) - _DAY)
    return Days(first + bounds[part] * _DAY, first + (bounds[part + 1] - 1) * _DAY)


def _in_month(match: re.Match[str], today: date) -> Days | None:
    month = _month_of(match["month"])
    year = int(match["year"]) if match["year"] else today.year + (month < today.month)
    whole = _whole_month(date(year, month, 1))
    if match[0].startswith(("до ", "к ")):
        return Days(today, whole.first - _DAY) if whole.first > today else None
    if match[0].startswith("с "):
        return Days(whole.first, None)
    return Days(today, whole.last) if whole.first < today and whole.last is not None and today <= whole.last else whole


def _month_of_year(match: re.Match[str], today: date) -> Days | None:
    return _whole_month(date(today.year + _shift(match["which"]), _month_of(match["month"]), 1))


def _weekday_after(match: re.Match[str], today: date) -> Days | None:
    """«Через две недели в понедельник» is the Monday of the week two weeks ahead."""
    after = _after(match, today)
    weekday = next(i for i, stem in enumerate(_WEEKDAY) if match["weekday"].startswith(stem))
    return None if after is None else _one(_week(after.first).first + weekday * _DAY)


def _weekend(match: re.Match[str], today: date) -> Days | None:
    week = _week(today, _shift(match["which"]))
    saturday = week.first + _SATURDAY * _DAY
    return Days(max(saturday, today) if not _shift(match["which"]) else saturday, saturday + _DAY)


def _season(match: re.Match[str], today: date) -> Days | None:
    begins = next(month for stem, month in _SEASONS.items() if match["season"].startswith(stem))
    year = today.year + _shift(match["which"])
    first = date(year, begins, 1)
    if not match["which"] and month_after(first, 3) <= today:
        first = date(year + 1, begins, 1)
    return Days(first, month_after(first, 3) - _DAY)


def _relative(match: re.Match[str], today: date) -> Days | None:
    return _one(today + _RELATIVE[match["relative"]] * _DAY)


_DATED = rf"(?P<day>\d{{1,2}}){_ORDINAL}?\s+(?:числа\s+)?{_MONTHS}{_YEAR}"
_SPAN = r"(?P<span>недел[июея]|месяц[ае]?|год[ау]?)\b"
_RULES = tuple(
    _Rule(re.compile(expression), make)
    for expression, make in (
        (rf"\b(?:с(?:о)?|от)\s+(?P<from>\d{{1,2}}){_ORDINAL}?(?:\s+(?P<earlier>{_MONTHS.replace('?P<month>', '?:')}))?\s+(?:по|до)\s+{_DATED}", _between),
        (rf"\b(?P<from>\d{{1,2}})(?P<earlier>)\s?[-–—]\s?{_DATED}", _between),
        (rf"\b{_DATED}", _dated),
        (r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b", _figures),
        (r"(?<![\d.,/])(?P<day>\d{1,2})(?P<sign>[./-])(?P<month>\d{1,2})(?P=sign)(?P<year>(?:19|20)\d\d|\d\d)(?![\d/-])(?:\s*(?:года|г\b\.?))?", _figures),
        (r"(?<![\d.,/:])(?<!\bв )(?P<day>[0-3]?\d)[./](?P<month>0?[1-9]|1[0-2])(?![\d/:]|[.,]\d)(?!\s*(?:руб|тыс|млн|миллион|процент|%|час|год|лет|метр|кг|км))(?P<year>)", lambda match, today: _one(_coming(int(match["day"]), int(match["month"]), today))),
        (rf"\b{_WEEKDAYS}\s+(?:на\s+)?{_WHICH}\s+недел[еи]\b", _weekday_of_week),
        (rf"\b(?:на\s+)?{_WHICH}\s+недел[еи],?\s+(?:в|во|на)\s+{_WEEKDAYS}", _weekday_of_week),
        (rf"\b(?P<day>\d{{1,2}}){_ORDINAL}?\s+числ(?:а|о|у)\b(?:\s+{_WHICH}\s+месяца)?", _of_month),
        (rf"\b(?P<day>\d{{1,2}}){_ORDINAL}\s+{_WHICH}\s+месяца\b", _of_month),
        (r"\b(?:на|до|с|к|по|после)\s+(?P<day>\d{1,2})\s?-\s?(?:го|е|му)\b(?P<which>)(?!\s+(?:час|утра|вечера|дня))", _of_month),
        (r"(?<!\S)(?P<day>\d{1,2})\s?-\s?(?:го)\b(?P<which>)(?=\s*(?:[,.!?]|$|в\s|утром|вечером|днем|после))", _of_month),
        (rf"\bчерез\s+(?:(?P<count>\d+|пару|несколько)\s+)?(?P<unit>недел[юиь])\s+(?:в|во)\s+{_WEEKDAYS}", _weekday_after),
        (rf"\b(?:через|спустя)\s+(?:(?P<count>\d+|пару|несколько)\s+)?(?:календарных\s+)?{_UNIT}", _after),
        (rf"\b(?:(?P<count>\d+|пару|несколько)\s+)?{_UNIT}\s+(?:тому\s+)?назад\b", _after),
        (r"\bчерез\s+полгода\b", lambda _, today: _one(month_after(today, 6))),
        (rf"\b(?:до|к)\s+конц[ау]\s+(?:{_WHICH}\s+)?{_SPAN}", _until_end),
        (rf"\b(?:в|к)\s+(?P<part>начал[еу]|середин[еу]|конц[еу])\s+(?:(?:{_WHICH}\s+)?{_SPAN}|{_MONTHS})", _part),
        (rf"\b(?:в|во)\s+{_MONTHS}\s+(?P<which>следующего|будущего|прошлого|этого)\s+года\b", _month_of_year),
        (rf"\b(?:в|во)\s+(?P<which>следующем|будущем|прошлом|этом)\s+году,?\s+(?:в|во)\s+{_MONTHS}\b", _month_of_year),
        (r"\b(?:в|на|до)\s+(?P<year>20\d\d)(?:-[ймге]о?)?\s+год[уа]?\b", lambda match, _: Days(date(int(match["year"]), 1, 1), date(int(match["year"]), 12, 31))),
        (rf"\b{_WHICH}\s+недел[еюи]\b", _that_week),
        (rf"\b{_WHICH}\s+{_SPAN}", _that_span),
        (rf"\b{_WHICH}\s+выходн(?:ые|ых)\b", _weekend),
        (r"\b(?P<which>)выходн(?:ые|ых)\b", _weekend),
        (rf"\b(?:(?:в|во|на|до|с|к|по|после)\s+)?{_WHICH}\s+{_WEEKDAYS}", _on_weekday),
        (rf"\b(?<!кажд)(?P<which>){_WEEKDAYS}", _on_weekday),
        (rf"\b(?:в|во|на|до|с|к)\s+{_MONTHS}{_YEAR}", _in_month),
        (rf"\b(?:{_WHICH}\s+)(?P<season>летом|осенью|зимой|весной)\b", _season),
        (r"\b(?P<which>)(?P<season>летом|осенью|зимой|весной)\b", _season),
        (r"\b(?:(?:в|на)\s+любой\s+день|как\s+можно\s+(?:раньше|скорее|быстрее)|(?:в|на)\s+ближайш(?:ий|ее|ую|ие)\s+(?:день|дни|время|дату))\b", lambda _, today: Days(today, None)),
        (r"\b(?P<relative>послепослезавтра|послезавтра|позавчера|сегодня|завтра|вчера)\b", _relative),
    )
)  # fmt: skip
"""The first rule that matches at a position wins there; a longer match that begins earlier wins over all."""
_UNTIL = re.compile(r"(?:\b(?:не\s+позже|не\s+позднее|до|к|ко|по)\s+)$")
_BACK = 40
"""Characters before a day in which «до», «с» or «после» is looked for."""
_FROM = re.compile(r"(?:\b(?:начиная\s+)?(?:не\s+раньше|с|со|от)\s+)$")
_LATER = re.compile(r"(?:\b(?:после|позже|позднее)\s+)$")


def find_days(text: str, today: date) -> list[tuple[int, int, Days]]:
    """The days in a plain text, from left to right, without overlaps."""
    found = [
        (match.start(), match.end(), rank, days)
        for rank, rule in enumerate(_RULES)
        for match in rule.expression.finditer(text)
        if (days := rule.make(match, today)) is not None
    ]
    found.sort(key=lambda one: (one[2], one[0]))
    kept = list[tuple[int, int, Days]]()
    for start, end, _, days in found:
        if all(end <= other[0] or start >= other[1] for other in kept):
            kept.append((start, end, days))
    kept.sort(key=lambda one: one[0])
    return _ranges(text, [_bounded(text, *one, today) for one in kept])


def _bounded(text: str, start: int, end: int, days: Days, today: date) -> tuple[int, int, Days]:
    """«До», «с» and «после» before a day make it the end or the beginning of an interval."""
    said = text[start:end]
    if days.first != days.last:
        return start, end, days
    head = re.match(r"(?:до|к|ко|по|с|со|от|после)\s+", said)
    before = text[:start] + (head[0] if head else "")
    last = days.first
    if (match := _UNTIL.search(before, max(0, start - _BACK))) and last >= today:
        return min(match.start(), start), end, Days(today, last)
    if match := _LATER.search(before, max(0, start - _BACK)):
        return min(match.start(), start), end, Days(last + _DAY, None)
    if match := _FROM.search(before, max(0, start - _BACK)):
        return min(match.start(), start), end, Days(days.first, None)
    return start, end, days


def _ranges(text: str, found: list[tuple[int, int, Days]]) -> list[tuple[int, int, Days]]:
    """«С понедельника» and «до пятницы» side by side are one interval; «25» and «26» of «25 или 26 ноября» are not."""
    joined = list[tuple[int, int, Days]]()
    for start, end, days in found:
        if joined and joined[-1][2].last is None and days.last is not None and text[joined[-1][1] : start].strip() in {"", ","}:
            first = joined[-1][2].first
            last = days.last if days.last >= first else days.last + 7 * _DAY
            if last >= first:
                joined[-1] = (joined[-1][0], end, Days(first, last))
                continue
        joined.append((start, end, days))
    return joined
