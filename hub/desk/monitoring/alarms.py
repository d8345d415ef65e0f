"""Alarms of the floor: active ones, acknowledgement, log (SL-03, MC-01)."""

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Clock
from hub.desk.http.tables import as_csv
from hub.desk.monitoring.alarm_view import AlarmLogQuery, AlarmOut, AlarmView
from hub.desk.organisation.centre import Centre
from hub.kernel.web.download import download_headers
from hub.monitoring.alarm_service import AlarmMonitor
from hub.organisation.alarm_thresholds import AlarmKind

AlarmId = Annotated[str, Meta(min_length=1, max_length=200)]
HEADINGS = ("Тревога", "Линия или канал", "Началась", "Закончилась", "Длилась, с", "Порог", "Было", "Хуже всего", "Принял", "Когда",
            "Слова")
NAMES = {
    AlarmKind.WAIT: "Долго ждут, с", AlarmKind.WAITING: "Много ждут", AlarmKind.LEVEL: "Мало ответов за 20 с, %",
    AlarmKind.CALLS_LEVEL: "Мало звонков за 20 с от ответа, %", AlarmKind.CALLS_WAIT: "От ответа на звонок до оператора, с",
    AlarmKind.UNANSWERED: "Взяли и не ответили, с",
    AlarmKind.LEFT: "Не дожидаются, %", AlarmKind.NOBODY_FREE: "Ждут, а свободных нет, с", AlarmKind.STAFF: "Мало людей на линии",
    AlarmKind.DANGER: "Опасность для жизни", AlarmKind.AT_RISK: "Обещания на исходе", AlarmKind.CHANNEL: "Канал не работает, с",
    AlarmKind.TRUNK: "Не дозвонились", AlarmKind.CONTRACT: "Подрядчик не выдержал показателей",
    AlarmKind.SHORTAGE: "Мало людей в графике"}


class AcknowledgeIn(Struct, frozen=True):
    """What the operator does about it, optional."""

    word: Annotated[str, Meta(max_length=300)] = ""


class SilenceIn(Struct, frozen=True):
    """0 ends the silence."""

    minutes: Annotated[int, Meta(ge=0, le=1440)]


@endpoint("GET", "/api/floor/alarms", Permission.SEE_WALLBOARD)
async def floor_alarms(alarm_monitor: AlarmMonitor, alarm_view: AlarmView, call: Call) -> list[AlarmOut]:
    """Active alarms of one's centres and their subordinates, the longest first."""
    return [alarm_view.out(call, each) for each in alarm_monitor.lasting(call.who)]


@endpoint("POST", "/api/floor/alarms/{alarm}/acknowledge", Permission.STEER)
async def acknowledge_alarm(alarm_monitor: AlarmMonitor, alarm_view: AlarmView, call: Call, alarm: AlarmId,
                            body: AcknowledgeIn) -> AlarmOut:
    """Acknowledge an alarm; audited. The answer names the first one to acknowledge it."""
    return alarm_view.out(call, await alarm_monitor.acknowledge(call.who, alarm, body.word))


@endpoint("POST", "/api/floor/alarms/{alarm}/silence", Permission.STEER)
async def silence_alarm(alarm_monitor: AlarmMonitor, alarm_view: AlarmView, call: Call, alarm: AlarmId, body: SilenceIn) -> AlarmOut:
    """Silence its place for everybody for a time, including new alarms there; audited."""
    return alarm_view.out(call, await alarm_monitor.silence(call.who, alarm, body.minutes))


@endpoint("GET", "/api/floor/alarms/log", Permission.SEE_ALL)
async def alarm_log(alarm_view: AlarmView, call: Call, query: AlarmLogQuery) -> list[AlarmOut]:
    """Alarms of the last days, newest first."""
    return await alarm_view.log(call, query)


@endpoint("GET", "/api/floor/alarms/file", Permission.SEE_ALL)
async def alarm_file(clock: Clock, centre: Centre, alarm_view: AlarmView, call: Call, query: AlarmLogQuery) -> web.Response:
    """The same as CSV, by the clock of the centre."""
    zone, now = ZoneInfo(centre.timezone), clock()

    def at(moment: datetime | None) -> str:
        return f"{moment.astimezone(zone):%d.%m.%Y %H:%M:%S}" if moment else ""

    def row(each: AlarmOut) -> tuple[str | float, ...]:
        lasted_s = round(((each.ended or now) - each.began).total_seconds())
        return (NAMES[each.trouble], each.title or each.about, at(each.began), at(each.ended), lasted_s, each.limit, round(each.value),
                round(each.worst), each.acknowledged_by, at(each.acknowledged), each.word)

    rows = [row(each) for each in await alarm_view.log(call, query)]
    content = as_csv(rows, HEADINGS)
    return web.Response(body=content, content_type="text/csv", headers=download_headers("okno-alarms.csv", len(content)))


ENDPOINTS = (floor_alarms, acknowledge_alarm, silence_alarm, alarm_log, alarm_file)
