"""Whether an office is open at a moment or on a day, and when it opens next, in its own zone (AL-01). Pure."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from hub.organisation.opening_hours import LOOK_AHEAD_DAYS, Span, Timetable
from hub.organisation.opening_words import MONTHS, WEEKDAYS, clock

Language = Literal["ru", "en"]
DAY = timedelta(days=1)
ENGLISH_DAYS = ("on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday", "on Sunday")
NEAR_DAYS = 7
"""Days nearer than this are named by their weekday."""


class OpenNow(Struct, frozen=True):
    """The state of an office at a moment; all times are in the office's own zone."""

    at: datetime
    open: bool
    closes: datetime | None = None
    """Closing time, lunch ignored; None while it is closed, and where it never closes."""
    lunch: tuple[datetime, datetime] | None = None
    """The next lunch break of the day, or the current one."""
    opens: datetime | None = None
    """Next opening; None while it is open, and where there is none within a year."""


def open_now(hours: Timetable, at: datetime) -> OpenNow:
    here = at.astimezone(ZoneInfo(hours.zone))
    today = spans_on(hours, here.date())
    # A span may begin yesterday: «20:00-08:00».
    around = [*spans_on(hours, here.date() - DAY), *today]
    inside = next((span for span in around if span.begins <= here < span.ends), None)
    pauses = ((one.ends, other.begins) for one, other in pairwise(today) if one.ends < other.begins)
    lunch = next((pause for pause in pauses if here < pause[1]), None)
    if inside in today:
        return OpenNow(here, open=True, closes=_closes(hours, today[-1].ends), lunch=lunch)
    if inside:
        return OpenNow(here, open=True, closes=_closes(hours, inside.ends))
    paused = lunch if lunch and lunch[0] <= here else None
    return OpenNow(here, open=False, lunch=paused, opens=_next(hours, here))


def spans_on(hours: Timetable, day: date) -> list[Span]:
    """The spans of a day in the office's own zone, earliest first."""
    zone = ZoneInfo(hours.zone)
    return [Span(span.begins.astimezone(zone), span.ends.astimezone(zone)) for span in hours.spans(day)]


def _closes(hours: Timetable, ends: datetime) -> datetime | None:
    """The end of adjoining spans; None where they continue for a week."""
    for _ in range(NEAR_DAYS):
        following = next((span for span in spans_on(hours, ends.date()) if span.begins <= ends < span.ends), None)
        if following is None:
            return ends
        ends = following.ends
    return None


def _next(hours: Timetable, here: datetime) -> datetime | None:
    days = (here.date() + timedelta(days=ahead) for ahead in range(LOOK_AHEAD_DAYS))
    return next((span.begins for day in days for span in spans_on(hours, day) if span.begins > here), None)


def said(state: OpenNow, language: Language = "ru") -> str:
    """«Открыто до 18:00, обед 13:00–14:00»; the zone is named where it may differ from the listener's."""
    russian = language == "ru"
    if state.open and state.closes is None:
        return "Открыто круглосуточно" if russian else "Open round the clock"
    if state.closes:
        lunch = f", {'обед' if russian else 'lunch'} {_span(*state.lunch)}" if state.lunch else ""
        return f"{'Открыто до' if russian else 'Open until'} {_end(state.closes, state.at)}{lunch}"
    if state.lunch:
        return f"{'Обед до' if russian else 'Lunch until'} {_clock(state.lunch[1])}"
    if state.opens is None:
        return "Закрыто" if russian else "Closed"
    when = f"{_day(state.opens, state.at, language)} {'в' if russian else 'at'} {_clock(state.opens)}"
    return f"Закрыто, откроется {when}" if russian else f"Closed, opens {when}"


def said_on(hours: Timetable, day: date, language: Language = "ru") -> str:
    """The hours of a day: «9:00–13:00, 14:00–18:00», or that it is closed."""
    spans = spans_on(hours, day)
    if not spans:
        return "закрыто" if language == "ru" else "closed"
    if sum((span.ends - span.begins for span in spans), timedelta()) >= DAY:
        return "круглосуточно" if language == "ru" else "round the clock"
    return ", ".join(_span(*span) for span in spans)


def whose_clock(state: OpenNow) -> str:
    """«по московскому времени»."""
    return clock(state.at)


def _span(begins: datetime, ends: datetime) -> str:
    return f"{_clock(begins)}–{_end(ends, begins)}"


def _end(ends: datetime, since: datetime) -> str:
    """The midnight that ends a day belongs to that day."""
    midnight = ends.date() > since.date() and not (ends.hour or ends.minute)
    return "24:00" if midnight else _clock(ends)


def _clock(moment: datetime) -> str:
    return f"{moment.hour}:{moment:%M}"


def _day(moment: datetime, here: datetime, language: Language) -> str:
    ahead = (moment.date() - here.date()).days
    russian = language == "ru"
    if ahead <= 1:
        return (("сегодня", "завтра") if russian else ("today", "tomorrow"))[ahead]
    if ahead < NEAR_DAYS:
        return (WEEKDAYS if russian else ENGLISH_DAYS)[moment.weekday()]
    return f"{moment.day} {MONTHS[moment.month - 1]}" if russian else f"on {moment:%Y-%m-%d}"
