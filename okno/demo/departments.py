"""A simulated system of a department, with the API that Okno proposes (docs/systems.md)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

import msgspec
from aiohttp import web

from hub.integrations.department_systems import Applicant, Standing, Submission, Submitted
from okno.demo.far_end import FarEnd, as_json, decoded

VERSION = "1.0"
NAME = "Иванова Мария Петровна"


class Application(msgspec.Struct, frozen=True):
    """A known application with its applicant."""

    applicant: Applicant
    standing: Standing


class StatusQuery(msgspec.Struct, frozen=True):
    number: str
    applicant: Applicant


def invented() -> dict[str, Application]:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    return {each.number: Application(Applicant(NAME, "000-000-000 00"), each) for each in (
        Standing("2026-0001", "Заграничный паспорт на 10 лет", "in_work", "Документы проверяются", at, date(2026, 12, 18)),
        Standing("2026-0002", "Выписка из ЕГРН", "ready", "Готово", at, result="Выдаётся в МФЦ, где подано заявление"),
        Standing("2026-0003", "Единое пособие", "refused", "Отказано: нет сведений о доходах", at))}


class Departments(FarEnd):
    def __init__(self, port: int = 0, token: str = "") -> None:
        super().__init__(port, token)
        self.applications = invented()
        self.submissions: dict[str, tuple[Submission, Submitted]] = {}

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return (web.get("/contract", self._contract), web.post("/applications/state", self._state),
                web.put("/submissions/{key}", self._submit))

    async def _contract(self, _: web.Request) -> web.Response:
        return as_json({"version": VERSION})

    async def _state(self, request: web.Request) -> web.Response:
        wanted = await decoded(request, StatusQuery)
        known = self.applications.get(wanted.number)
        # One answer for an unknown number and for another applicant's: it does not reveal that an application exists (ST-02).
        if known is None or not _his(known.applicant, wanted.applicant):
            return as_json({"error": "not_found"}, 404)
        return as_json(known.standing)

    async def _submit(self, request: web.Request) -> web.Response:
        submission = await decoded(request, Submission)
        if submission.key != request.match_info["key"]:
            raise web.HTTPBadRequest
        made = Submitted(f"ВХ-{len(self.submissions) + 1:05}", datetime.now(UTC))
        return as_json(self.submissions.setdefault(submission.key, (submission, made))[1])


def _his(whose: Applicant, asks: Applicant) -> bool:
    """Whether the applicant is the asking one. A citizen verified by a code word states no name."""
    return whose.snils == asks.snils and asks.name in {"", whose.name}
