"""Trunks of the telephone network, and the callers whom they refused (CH-19, SL-07)."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.conversations.address import masked
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Channels, Clock
from hub.desk.organisation.centre import Centre
from hub.dispatch.dispatcher import Dispatch
from hub.monitoring.ports import TrunkChannel
from hub.monitoring.trunk import TrunkHour, TrunkNow, merged
from hub.telephony.refused_calls import CallbackState, RefusedCaller, RefusedCalls
from hub.workforce.trunk_need import DAYS, TrunkNeed, need

BUSY = frozenset({17, 34, 42})
"""Q.850: user busy, no circuit, switch congested."""
HOURS = DAYS * 24
"""Stored hours of a trunk that are read."""
CallKey = Annotated[str, Meta(min_length=1, max_length=200)]


class TrunkOut(Struct, frozen=True):
    """A trunk of an exchange. `lines` is the declared number of calls at once, 0 where Asterisk has no limit.

    Of the last 7 days: the load of the `busiest` hour in `erlang`, how many lines it `needs` with at most 1 % refused, and the share that
    the declared lines refuse (`blocked`).
    """

    trunk: str
    lines: int
    in_use: int
    most_today: int
    calls_today: int
    refused_today: int
    busiest: datetime | None
    erlang: float
    needs: int
    blocked: float


class RefusedCallOut(Struct, frozen=True):
    """A caller who was not answered. `number` is "" where it was withheld; `by_name` has decided to call back, `done_by` has ended it."""

    id: str
    at: datetime
    trunk: str
    number: str
    dialled: str
    why: Literal["busy", "failed"]
    state: CallbackState
    conversation: str
    by_name: str
    done_by: str
    done: datetime | None


class RefusedCallQuery(Struct, frozen=True):
    """Number of days, including today."""

    days: Annotated[int, Meta(ge=1, le=DAYS)] = 1


class OwedCallOut(Struct, frozen=True):
    """The conversation that owes the call."""

    conversation: str


@endpoint("GET", "/api/trunks", Permission.SEE_ALL)
async def trunks(channels: Channels, store: Store, clock: Clock, centre: Centre) -> list[TrunkOut]:
    """The trunks of all exchanges, as they are now."""
    found = [trunk for channel in channels.values() if isinstance(channel, TrunkChannel) for trunk in channel.trunks()]
    today, now = _midnight(centre, clock(), 1), clock()
    stored = await store.marked(TrunkHour, "hour", since=now - timedelta(days=DAYS), newest=True, limit=HOURS * len(found)) if found else []
    return [_trunk_out(trunk, stored, today) for trunk in found]


@endpoint("GET", "/api/refused-calls", Permission.SEE_ALL)
async def refused_calls(refused_calls: RefusedCalls, authorization: Authorization, dispatch: Dispatch, clock: Clock, centre: Centre,
                        call: Call, query: RefusedCallQuery) -> list[RefusedCallOut]:
    """Callers whom the exchange did not answer, newest first; numbers are masked as everywhere."""
    found = await refused_calls.listed(call.who, _midnight(centre, clock(), query.days))
    hides = call.who.contractor or authorization.federal(call.who)
    return [_caller_out(each, dispatch, hides=bool(hides)) for each in found]


@endpoint("POST", "/api/refused-calls/{key}/call-back", Permission.PROMISE)
async def call_back_refused(refused_calls: RefusedCalls, call: Call, key: CallKey) -> OwedCallOut:
    """Owe the caller a call within a day, in the promises of the callers' queue. The first decision counts."""
    return OwedCallOut(str(await refused_calls.owe(call.who, key)))


def _midnight(centre: Centre, now: datetime, days: int) -> datetime:
    """The beginning of today at the centre, or of a day before."""
    zone = ZoneInfo(centre.timezone)
    day: date = now.astimezone(zone).date() - timedelta(days=days - 1)
    return datetime.combine(day, time(), zone)


def _trunk_out(trunk: TrunkNow, stored: list[TrunkHour], today: datetime) -> TrunkOut:
    hours = {hour.key: hour for hour in stored if hour.trunk == trunk.trunk}
    hours |= {hour.key: merged(hour, hours.get(hour.key)) for hour in trunk.unsaved}
    of_today = [hour for hour in hours.values() if hour.hour >= today]
    needs: TrunkNeed | None = need(hours.values())
    return TrunkOut(
        trunk.trunk, trunk.lines, trunk.in_use, max((hour.most for hour in of_today), default=trunk.in_use),
        sum(hour.calls for hour in of_today), sum(hour.refused for hour in of_today), needs.hour if needs else None,
        needs.erlang if needs else 0, needs.lines if needs else 0, needs.blocked(trunk.lines) if needs and trunk.lines else 0)


def _caller_out(caller: RefusedCaller, dispatch: Dispatch, *, hides: bool) -> RefusedCallOut:
    call = caller.call
    return RefusedCallOut(
        call.key, call.at, call.trunk, masked(call.number) if hides else call.number, call.dialled,
        "busy" if call.cause in BUSY else "failed", caller.state, str(caller.conversation or ""),
        dispatch.name(call.by) if call.by else "", dispatch.name(caller.done_by) if caller.done_by else "", caller.done)


ENDPOINTS = (trunks, refused_calls, call_back_refused)
