"""Alarms in the desk's form."""

from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call
from hub.desk.http.parts import Clock
from hub.desk.organisation.centre import Centre
from hub.dispatch.dispatcher import Dispatch
from hub.monitoring.alarm import Alarm
from hub.monitoring.alarm_service import KEPT, AlarmMonitor
from hub.organisation.alarm_thresholds import OF_HUB, AlarmKind


class AlarmOut(Struct, frozen=True):
    """`about` is a line, a channel, a trunk or a conversation's id (`danger`), and `title` the title of the line.

    `value` broke the `limit`, and `worst` is the worst since. `mine` may be acknowledged by the caller.
    """

    id: str
    trouble: AlarmKind
    about: str
    line: str
    """The line of the conversation it is about; else ""."""
    title: str
    began: datetime
    ended: datetime | None
    limit: int
    value: float
    worst: float
    acknowledged: datetime | None
    acknowledged_by: str
    word: str
    quiet_until: datetime | None
    quiet_by: str
    mine: bool


class AlarmLogQuery(Struct, frozen=True):
    """Number of days, including today."""

    days: Annotated[int, Meta(ge=1, le=KEPT.days)] = 7


class AlarmView:
    def __init__(self, dispatch: Dispatch, authorization: Authorization, alarm_monitor: AlarmMonitor, centre: Centre, clock: Clock) -> None:
        self._dispatch, self._authorization, self._alarm_monitor, self._centre = dispatch, authorization, alarm_monitor, centre
        self._clock = clock

    def out(self, call: Call, alarm: Alarm) -> AlarmOut:
        """Without names for a wall display."""
        named, name = self._authorization.may(call.who, Permission.SEE_ALL), self._dispatch.name
        said, quiet = alarm.acknowledged, alarm.quiet
        title = "" if alarm.trouble in OF_HUB else self._centre.lines.title(alarm.queue)
        return AlarmOut(
            alarm.id, alarm.trouble, alarm.about, alarm.line, title, alarm.began, alarm.ended, alarm.limit, alarm.value, alarm.worst,
            said.at if said else None, name(said.by) if said and named else "", said.word if said and named else "",
            quiet.until if quiet else None, name(quiet.by) if quiet and named else "", self._alarm_monitor.steers(call.who, alarm))

    async def log(self, call: Call, query: AlarmLogQuery) -> list[AlarmOut]:
        zone, now = ZoneInfo(self._centre.timezone), self._clock()
        first = now.astimezone(zone).date() - timedelta(days=query.days - 1)
        return [self.out(call, each) for each in await self._alarm_monitor.log(call.who, datetime.combine(first, time(), zone), now)]
