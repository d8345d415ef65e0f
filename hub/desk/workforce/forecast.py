"""Forecast of contacts and of the operators that they need, with its past errors (MC-02, SL-03)."""

import asyncio
from datetime import date, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.conversations.channel_traits import TraitRegistry
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import NamedOut
from hub.desk.organisation.centre import Centre
from hub.kernel.errors import RefusedError
from hub.reporting.days import Days
from hub.workforce.back_test import LeadError, day_interval, interval
from hub.workforce.calendar_effects import WEEK, Mark, marks
from hub.workforce.forecast_service import SHOWN_DAYS, Choice, ForecastService, Outlook
from hub.workforce.operator_need import Need
from hub.workforce.roster_service import RosterService
from hub.workforce.what_if import Change, WhatIf, what_if

Part = Annotated[str, Meta(max_length=100)]
NO_TOPIC = "-"


class ForecastQuery(Struct, frozen=True):
    """Empty is all; the topic "-" is those without one. Without a day it is the first."""

    centre: Part = ""
    channel: Part = ""
    topic: Part = ""
    day: date | None = None


class WhatIfQuery(ForecastQuery, frozen=True):
    """`closed` is a channel; `moved` per cent of its contacts come by the others; `more` is per cent of all contacts."""

    absent: Annotated[int, Meta(ge=0, le=1000)] = 0
    more: Annotated[int, Meta(ge=-90, le=900)] = 0
    closed: Part = ""
    moved: Annotated[int, Meta(ge=0, le=100)] = 50


class ForecastQuarterOut(Struct, frozen=True):
    """`minute` of the day; nine of ten numbers fall between `low` and `high`; `before` came a week earlier, if that is over."""

    minute: int
    expected: float
    low: float
    high: float
    before: int | None
    operators: int


class ForecastDayOut(Struct, frozen=True):
    """`marks` are of the production calendar and of payments."""

    day: date
    expected: float
    low: float
    high: float
    marks: tuple[str, ...]


class ForecastOut(Struct, frozen=True):
    """`since` is the first day of the history; `methods` counts the series by the method that erred least."""

    day: date
    since: date
    timezone: str
    quarters: tuple[ForecastQuarterOut, ...]
    days: tuple[ForecastDayOut, ...]
    errors: tuple[LeadError, ...]
    methods: dict[str, int]
    paid_hours: float
    """Of the day, with leave, illness, training and breaks."""


class ForecastChoicesOut(Struct, frozen=True):
    """`days_left` of contacts until there is a forecast."""

    days_left: int
    centres: tuple[NamedOut, ...]
    channels: tuple[NamedOut, ...]
    topics: tuple[NamedOut, ...]


@endpoint("GET", "/api/workforce/choices", Permission.PLAN_SHIFTS)
async def forecast_choices(service: ForecastService, authorization: Authorization, centre: Centre, traits: TraitRegistry,
                           days: Days, call: Call) -> ForecastChoicesOut:
    """Centres, channels and topics that there were contacts of."""
    names = await service.names(authorization.below(call.who))
    called = centre.centres(days.today)
    return ForecastChoicesOut(
        await service.days_left(), tuple(NamedOut(code, called.get(code, code)) for code in sorted({each.centre for each in names})),
        tuple(NamedOut(channel, traits.named(channel).title) for channel in sorted({each.channel for each in names})),
        tuple(NamedOut(topic or NO_TOPIC, centre.topics[topic].title if topic in centre.topics else topic)
              for topic in sorted({each.topic for each in names})))


@endpoint("GET", "/api/workforce/forecast", Permission.PLAN_SHIFTS)
async def contact_forecast(service: ForecastService, authorization: Authorization, centre: Centre, call: Call,
                           query: ForecastQuery) -> ForecastOut:
    """A day by quarters of an hour, and the 28 days from today on."""
    found, at = await _asked(service, authorization, call.who, query)
    return _forecast_out(found, at, await service.needs(found, at), centre.timezone)


@endpoint("GET", "/api/workforce/what-if", Permission.PLAN_SHIFTS)
async def forecast_what_if(service: ForecastService, rosters: RosterService, authorization: Authorization, call: Call,
                           query: WhatIfQuery) -> WhatIf:
    """A day of the forecast with other numbers, and what would help: people called in, lent, or an overflow of contacts.

    Its people are those of the published roster where the whole centre is asked for, otherwise those whom the forecast needs.
    """
    found, at = await _asked(service, authorization, call.who, query)
    asked = {query.centre} if query.centre else authorization.below(call.who)
    whole = not query.channel and not query.topic and asked == {authorization.centre(call.who)}
    there = await rosters.there(call.who, found.forecast.first + timedelta(days=at)) if whole else None
    return await asyncio.to_thread(what_if, found, at, Change(query.absent, query.more, query.closed, query.moved), there)


async def _asked(service: ForecastService, authorization: Authorization, who: Operator, query: ForecastQuery) -> tuple[Outlook, int]:
    topic = None if not query.topic else "" if query.topic == NO_TOPIC else query.topic
    found = await service.outlook(Choice(query.centre, query.channel, topic), authorization.below(who))
    first = found.forecast.first
    at = ((query.day or first) - first).days
    if not 0 <= at < SHOWN_DAYS:
        raise RefusedError("bad_day", f"Прогноз есть на {SHOWN_DAYS} дней, начиная с {first:%d.%m.%Y}.")
    return found, at


def _forecast_out(of: Outlook, at: int, needs: list[Need], timezone: str) -> ForecastOut:
    expected = of.forecast.expected.sum(axis=0)
    before = of.history.counts[:, at - WEEK].sum(axis=0) if at < WEEK else None
    low, high = interval(expected[at], of.test.deviations[at])
    dates = [of.forecast.first + timedelta(days=number) for number in range(SHOWN_DAYS)]
    table = marks(dates)
    return ForecastOut(
        dates[at], of.history.first, timezone,
        tuple(ForecastQuarterOut(quarter * 15, round(float(expected[at, quarter]), 2), round(float(low[quarter]), 2),
                                 round(float(high[quarter]), 2), None if before is None else int(before[quarter]), each.operators)
              for quarter, each in enumerate(needs)),
        tuple(ForecastDayOut(each, *_rounded(float(expected[number].sum()), of.test.deviations[number]),
                             tuple(mark.name.lower() for mark in Mark if table[number, mark])) for number, each in enumerate(dates)),
        of.test.errors, {name: of.forecast.methods.count(name) for name in sorted(set(of.forecast.methods))},
        round(sum(each.paid for each in needs) / 4, 1))


def _rounded(expected: float, deviation: float) -> tuple[float, float, float]:
    low, high = day_interval(expected, deviation)
    return round(expected, 1), round(low, 1), round(high, 1)


ENDPOINTS = (forecast_choices, contact_forecast, forecast_what_if)
