"""Mounts the desk on the HTTP server: its endpoints, signing in, the live socket, the description, its pages."""

from functools import cache
from importlib.resources import files as package_files
from pathlib import Path

import msgspec
from aiohttp import web

from hub.desk.access import operators as people
from hub.desk.access import roles as access
from hub.desk.access import scim
from hub.desk.access import service_accounts as keys
from hub.desk.actions import bulk_transfer as rearranging
from hub.desk.actions import canned_replies as canned
from hub.desk.actions import centre_transfer as ways
from hub.desk.actions import promises
from hub.desk.actions import script_runs as walks
from hub.desk.appointments import endpoints as appointments
from hub.desk.cases import complaints, topics
from hub.desk.cases import endpoints as cases
from hub.desk.cases import outdated_notices as outdated
from hub.desk.cases import reports as case_reports
from hub.desk.citizens import consents, identity
from hub.desk.citizens import conversation_merging as merging
from hub.desk.conversations import endpoints as conversations
from hub.desk.conversations import quarantine
from hub.desk.desk import Desk
from hub.desk.dispatch import temporary_assignments as loans
from hub.desk.http.endpoint import Endpoint, Handler, brought, handler, refused
from hub.desk.http.openapi import describe
from hub.desk.intake import blocks
from hub.desk.integrations import application_status as status
from hub.desk.integrations import departments as systems
from hub.desk.integrations import webhooks as events
from hub.desk.knowledge import articles as knowledge
from hub.desk.knowledge import catalogue, handbook, scripts
from hub.desk.live.notifier import DeskNotifier
from hub.desk.monitoring import alarms, channels, floor_people
from hub.desk.monitoring import broadcasts as floor_messages
from hub.desk.notifications import announcements, notices
from hub.desk.organisation import settings
from hub.desk.privacy import deletions
from hub.desk.privacy import subject_requests as rights
from hub.desk.quality import endpoints as quality
from hub.desk.quality import surveys
from hub.desk.reporting import days as figures
from hub.desk.reporting import mailings, periods
from hub.desk.robot import endpoints as robot
from hub.desk.robot import figures as robot_figures
from hub.desk.robot import phrases as lessons
from hub.desk.sign_in import account
from hub.desk.sign_in import second_factors as security
from hub.desk.telephony import consultations as talks
from hub.desk.telephony import softphone as phone
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError

ENDPOINTS: tuple[Endpoint, ...] = (
    *account.ENDPOINTS, *security.ENDPOINTS,
    *conversations.ENDPOINTS, *ways.ENDPOINTS, *identity.ENDPOINTS, *merging.ENDPOINTS, *promises.ENDPOINTS,
    *cases.ENDPOINTS, *case_reports.ENDPOINTS,
    *complaints.ENDPOINTS, *talks.ENDPOINTS, *topics.ENDPOINTS, *walks.ENDPOINTS, *systems.ENDPOINTS, *appointments.ENDPOINTS,
    *status.ENDPOINTS, *events.ENDPOINTS,
    *rights.ENDPOINTS, *deletions.ENDPOINTS, *consents.ENDPOINTS,
    *scripts.ENDPOINTS, *surveys.ENDPOINTS, *quality.ENDPOINTS,
    *knowledge.ENDPOINTS, *handbook.ENDPOINTS, *catalogue.ENDPOINTS, *outdated.ENDPOINTS, *announcements.ENDPOINTS, *canned.ENDPOINTS,
    *notices.ENDPOINTS, *people.ENDPOINTS, *access.ENDPOINTS, *keys.ENDPOINTS, *scim.ENDPOINTS,
    *figures.ENDPOINTS, *periods.ENDPOINTS, *mailings.ENDPOINTS, *floor_messages.ENDPOINTS, *floor_people.ENDPOINTS,
    *alarms.ENDPOINTS, *loans.ENDPOINTS, *rearranging.ENDPOINTS,
    *channels.ENDPOINTS, *quarantine.ENDPOINTS, *blocks.ENDPOINTS,
    *settings.ENDPOINTS, *phone.ENDPOINTS, *robot.ENDPOINTS, *lessons.ENDPOINTS, *robot_figures.ENDPOINTS)


@cache
def description() -> bytes:
    """The OpenAPI description as it is served: made once, since anybody may ask for it."""
    return msgspec.json.format(msgspec.json.encode(describe(ENDPOINTS)))


def routes(desk: Desk, notifier: DeskNotifier) -> list[web.AbstractRouteDef]:
    static = Path(str(package_files("hub.desk") / "static"))

    async def api(_: web.Request) -> web.Response:
        return web.Response(body=description(), content_type="application/json")

    async def page(_: web.Request) -> web.FileResponse:
        return web.FileResponse(static / "index.html", headers={"Cache-Control": "no-cache"})

    async def old_address(_: web.Request) -> web.Response:
        raise web.HTTPFound("/desk/")

    return [
        *(web.route(each.method, each.path, handler(desk, each)) for each in ENDPOINTS),
        web.get("/api/socket", _socket(desk, notifier)),
        web.get("/api/openapi.json", api),
        web.get("/desk", old_address),
        web.get("/desk/", page),
        *([web.static("/desk/", static)] if static.is_dir() else []),
    ]


def _socket(desk: Desk, notifier: DeskNotifier) -> Handler:
    @refused
    async def socket(request: web.Request) -> web.StreamResponse:
        sign_in, who = await desk.sessions.who(brought(desk, request))
        # A cookie comes along from any site's page; the Origin tells whose page it is (RFC 6455 §10.2).
        if request.headers.get("Origin", "").partition("://")[2] != request.host:
            await desk.store.note(AuditEntry(desk.now(), who.login, "refused", "GET /api/socket", "origin"))
            raise RefusedError("forbidden", "Сокет открывается только со страницы рабочего места.")
        if who.one_time:
            raise RefusedError("must_change_password", "Сначала смените одноразовый пароль.")
        if desk.sessions.second.lacking(sign_in, who):
            raise RefusedError("must_enrol", "Сначала подключите второй фактор.")
        if not web.WebSocketResponse().can_prepare(request).ok:
            raise RefusedError("not_a_socket", "Здесь ожидается WebSocket.")
        return await notifier.serve(request, who, sign_in)
    return socket
