"""What today still brings, by what has come, and who is there for it (SL-01, MC-02)."""

from collections.abc import Sequence
from datetime import date
from itertools import repeat

from msgspec import Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.workforce.forecast import Part
from hub.workforce.forecast_service import Choice, ForecastService
from hub.workforce.intraday_service import IntradayService, RestOfDay
from hub.workforce.roster_service import RosterService
from hub.workforce.volumes import QUARTER_MIN


class IntradayQuery(Struct, frozen=True):
    """Empty is all. Topics are known when contacts end, so there is no choice of them."""

    centre: Part = ""
    channel: Part = ""


class RestQuarterOut(Struct, frozen=True):
    """`minute` of the day. What `came` in those that are over; of the others what is to come, nine of ten between `low` and `high`.

    `operators` are needed, `rostered` those of the published roster, where there is one and the whole centre is asked for.
    """

    minute: int
    expected: float
    came: int | None = None
    corrected: float | None = None
    low: float | None = None
    high: float | None = None
    operators: int | None = None
    rostered: int | None = None


class IntradayOut(Struct, frozen=True):
    """Up to `minute` of the day so many `came` where so many were `expected`; the rest is taken `level` times.

    `incident` is the probability that the day is none of the usual ones.
    """

    day: date
    minute: int
    came: int
    expected: float
    level: float
    incident: float
    rest: float
    rest_expected: float
    quarters: tuple[RestQuarterOut, ...]


@endpoint("GET", "/api/workforce/intraday", Permission.PLAN_SHIFTS)
async def rest_of_day(service: IntradayService, forecasts: ForecastService, rosters: RosterService, authorization: Authorization,
                      call: Call, query: IntradayQuery) -> IntradayOut:
    """The forecast of the rest of today, corrected by what came until the last quarter of an hour."""
    choice, below = Choice(query.centre, query.channel), authorization.below(call.who)
    found = await service.rest(await forecasts.outlook(choice, below), choice, below)
    asked = {query.centre} if query.centre else below
    whole = not query.channel and asked == {authorization.centre(call.who)}
    return _out(found, await rosters.there(call.who, found.day) if whole else None)


def _out(of: RestOfDay, rostered: Sequence[int] | None) -> IntradayOut:
    over, minutes = len(of.came), range(0, len(of.expected) * QUARTER_MIN, QUARTER_MIN)
    expected, came = [round(float(each), 2) for each in of.expected], [int(each) for each in of.came]
    past = [RestQuarterOut(*each) for each in zip(minutes, expected, came, strict=False)]
    ahead = [RestQuarterOut(minute, told, None, round(float(mean), 2), round(float(low), 2), round(float(high), 2), operators, there)
             for minute, told, mean, low, high, operators, there in zip(
                 minutes[over:], expected[over:], of.mean, of.low, of.high, of.operators,
                 rostered[over:] if rostered is not None else repeat(None), strict=False)]
    return IntradayOut(of.day, over * QUARTER_MIN, sum(came), round(sum(expected[:over]), 1), round(of.level.mean, 3),
                       round(of.level.incident, 3), round(float(of.mean.sum()), 1), round(sum(expected[over:]), 1), (*past, *ahead))


ENDPOINTS = (rest_of_day,)
