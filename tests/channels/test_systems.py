"""Drivers of systems keep one contract, against a server that behaves as badly as it is told (IN-03)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from channels.systems import department
from channels.systems.breaker import Breaker
from channels.systems.http_client import SystemClient, SystemClientSettings
from hub.integrations.department_systems import Applicant, Contract, Standing, Submission, System
from hub.kernel.errors import RefusedError, UnavailableError
from okno.demo.departments import NAME, VERSION, Departments

CONTRACT = Contract("1.0", "отдел", limit_s=0.3)
MARIA = Applicant(NAME, "000-000-000 00")
COMPLAINT = Submission("077-1.0", "complaint", "077-1", "Не выдают паспорт", datetime(2026, 11, 26, tzinfo=UTC))


class SystemContract:
    """Inherited by each driver, which gives `system` and `far_end`."""

    async def test_an_application_is_told_to_its_applicant_alone(self, system: System) -> None:
        # IN-03, ST-02
        standing = await system.state("2026-0001", MARIA)
        assert standing is not None
        assert (standing.state, standing.at) == ("in_work", datetime(2026, 11, 20, 9, tzinfo=UTC))
        assert await system.state("2026-0001", Applicant("Другой Человек")) is None
        assert await system.state("none", MARIA) is None

    async def test_what_is_handed_in_twice_is_there_once(self, system: System, far_end: Departments) -> None:
        # IN-01, IN-03
        first, again = await asyncio.gather(system.submit(COMPLAINT), system.submit(COMPLAINT))
        assert (first, len(far_end.submissions)) == (again, 1)
        assert far_end.submissions[COMPLAINT.key][0] == COMPLAINT

    async def test_it_names_its_contract(self, system: System) -> None:
        # IN-04
        assert await system.version() == VERSION

    @pytest.mark.parametrize("mood", ["hang", "nonsense", 500, 503, 429, 302, 204])
    async def test_whatever_is_wrong_there_is_away(self, system: System, far_end: Departments, mood: str | int) -> None:
        # IN-03
        far_end.moods = [mood]
        with pytest.raises(UnavailableError):
            await system.state("2026-0001", MARIA)
        assert await system.state("2026-0001", MARIA) is not None

    @pytest.mark.parametrize("mood", [400, 401, 403, 422])
    async def test_a_refusal_is_one(self, system: System, far_end: Departments, mood: int) -> None:
        # IN-03
        far_end.moods = [mood]
        with pytest.raises(RefusedError) as refused:
            await system.submit(COMPLAINT)
        assert refused.value.code == "system_refused"

    async def test_a_far_end_that_is_gone_is_away_and_soon_not_asked_any_more(self, system: System, far_end: Departments) -> None:
        # IN-03
        far_end.moods = [500] * 5
        for _ in range(8):
            with pytest.raises(UnavailableError):
                await system.state("2026-0001", MARIA)
        assert far_end.asked == 5


class TestDepartment(SystemContract):
    @pytest.fixture
    async def far_end(self) -> AsyncIterator[Departments]:
        async with Departments(token="secret") as departments:
            yield departments

    @pytest.fixture
    async def system(self, far_end: Departments, tmp_path: Path) -> AsyncIterator[System]:
        (tmp_path / "token").write_text("secret\n")
        system = department.connect({"url": far_end.url, "token_file": str(tmp_path / "token")}, CONTRACT)
        yield system
        await system.close()

    async def test_an_answer_about_another_application_is_none(self, system: System, far_end: Departments) -> None:
        # ST-03
        far_end.applications["2026-0009"] = far_end.applications["2026-0001"]
        with pytest.raises(UnavailableError):
            await system.state("2026-0009", MARIA)

    @pytest.mark.parametrize("settings", [{}, {"url": "ftp://a"}, {"url": "https://a?b=c"}, {"url": "https://a", "token_file": "/none"}, {"url": "https://a", "other": 1}])
    def test_bad_settings_are_named(self, settings: dict[str, object]) -> None:
        with pytest.raises(msgspec.ValidationError):
            department.connect(settings, CONTRACT)


async def test_what_is_too_long_is_not_read() -> None:
    # IN-03
    async with Departments() as far_end:
        standing = far_end.applications["2026-0001"].standing
        far_end.applications["2026-0001"] = msgspec.structs.replace(
            far_end.applications["2026-0001"], standing=msgspec.structs.replace(standing, words="x" * (1 << 21)))
        caller = SystemClient(SystemClientSettings(far_end.url), 5)
        with pytest.raises(UnavailableError, match="длинно"):
            await caller.ask("POST", "/applications/state", Standing, {"number": "2026-0001", "applicant": MARIA})
        await caller.close()


class TestBreaker:
    def test_after_its_pause_one_is_let_through(self) -> None:
        # IN-03
        now_s = 100.0
        breaker = Breaker(2, 20, lambda: now_s)
        for _ in range(2):
            with pytest.raises(UnavailableError), breaker.call():
                raise UnavailableError("away")
        assert breaker.open
        now_s = 120.0
        with breaker.call():  # one tries, and nobody else meanwhile
            assert breaker.open
            with pytest.raises(UnavailableError, match="подряд"), breaker.call():
                pytest.fail("let through")
        assert not breaker.open
        with pytest.raises(UnavailableError), breaker.call():
            raise UnavailableError("away")
        assert not breaker.open

    def test_whoever_fails_at_the_first_try_is_left_alone_again(self) -> None:
        # IN-03
        now_s = 0.0
        breaker = Breaker(1, 20, lambda: now_s)
        with pytest.raises(UnavailableError, match="away"), breaker.call():
            raise UnavailableError("away")
        now_s = 20.0
        with pytest.raises(UnavailableError, match="away"), breaker.call():
            raise UnavailableError("away")
        now_s = 39.9
        assert breaker.open

    def test_who_gives_up_waiting_leaves_it_as_it_was(self) -> None:
        # IN-03
        now_s = 0.0
        breaker = Breaker(1, 20, lambda: now_s)
        with pytest.raises(UnavailableError), breaker.call():
            raise UnavailableError("away")
        now_s = 20.0
        with pytest.raises(asyncio.CancelledError), breaker.call():
            raise asyncio.CancelledError
        with breaker.call():
            pass
        assert not breaker.open

    def test_a_refusal_is_an_answer(self) -> None:
        # IN-03
        breaker = Breaker(2, 20, lambda: 0.0)
        for error in (UnavailableError("away"), RefusedError("system_refused", ""), UnavailableError("away")):
            with pytest.raises(type(error)), breaker.call():
                raise error
        assert not breaker.open
