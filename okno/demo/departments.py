"""A simulated system of a department: a real HTTP server with the API that Okno proposes (docs/systems.md), to try it and to test with.

Its data are invented. How it behaves is set by `moods`: one for each exchange to come.
"""

import asyncio
from datetime import UTC, date, datetime
from typing import Self, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from hub import bodies
from hub.systems import Applicant, Standing, Submission, Submitted

BODY_LIMIT = 1 << 18
VERSION = "1.0"
NAME = "Иванова Мария Петровна"


T = TypeVar("T")


class Application(msgspec.Struct, frozen=True):
    """One that the system knows, and whose."""

    applicant: Applicant
    standing: Standing


class Wanted(msgspec.Struct, frozen=True):
    number: str
    applicant: Applicant


def invented() -> dict[str, Application]:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    return {each.number: Application(Applicant(NAME, "000-000-000 00"), each) for each in (
        Standing("2026-0001", "Заграничный паспорт на 10 лет", "in_work", "Документы проверяются", at, date(2026, 12, 18)),
        Standing("2026-0002", "Выписка из ЕГРН", "ready", "Готово", at, result="Выдаётся в МФЦ, где подано заявление"),
        Standing("2026-0003", "Единое пособие", "refused", "Отказано: нет сведений о доходах", at))}


class Departments:
    """Serves on a port of its own, 0 is any free one."""

    def __init__(self, port: int = 0, token: str = "") -> None:
        self._port, self._token = port, token
        self.applications = invented()
        self.submissions: dict[str, tuple[Submission, Submitted]] = {}
        self.moods: list[int | str] = []
        """Statuses to answer with, "hang" for no answer at all, or "nonsense"."""
        self.asked = 0
        self._never = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        application = web.Application(client_max_size=BODY_LIMIT, middlewares=[self._behave])
        application.add_routes([
            web.get("/contract", self._contract), web.post("/applications/state", self._state),
            web.put("/submissions/{key}", self._submit)])
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @web.middleware
    async def _behave(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked += 1
        mood = self.moods.pop(0) if self.moods else 200
        if mood == "hang":
            await self._never.wait()
        if mood == "nonsense":
            return web.Response(text="<html>")
        if isinstance(mood, int) and mood != 200:  # noqa: PLR2004 - RFC 9110
            return web.Response(status=mood)
        if self._token and request.headers.get("Authorization") != f"Bearer {self._token}":
            return web.Response(status=401)
        return await handler(request)

    async def _contract(self, _: web.Request) -> web.Response:
        return _json({"version": VERSION})

    async def _state(self, request: web.Request) -> web.Response:
        wanted = await _decoded(request, Wanted)
        known = self.applications.get(wanted.number)
        # One answer for a number that there is not and for somebody else's: it does not say that an application is there (ST-02).
        if known is None or (known.applicant.name, known.applicant.snils) != (wanted.applicant.name, wanted.applicant.snils):
            return _json({"error": "not_found"}, 404)
        return _json(known.standing)

    async def _submit(self, request: web.Request) -> web.Response:
        submission = await _decoded(request, Submission)
        if submission.key != request.match_info["key"]:
            raise web.HTTPBadRequest
        made = Submitted(f"ВХ-{len(self.submissions) + 1:05}", datetime.now(UTC))
        return _json(self.submissions.setdefault(submission.key, (submission, made))[1])


async def _decoded(request: web.Request, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(await request.read(), type=kind)
    except bodies.UNREADABLE as error:
        raise web.HTTPBadRequest from error


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json")
