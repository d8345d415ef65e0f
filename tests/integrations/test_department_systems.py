"""What is asked of systems is measured by their contracts, and nobody waits for one that is away (IN-03, IN-04)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from hub.cases.case import CaseKind, Subject
from hub.cases.state import Act, CaseState
from hub.desk.desk import Cases
from hub.integrations.case_submission import CaseSubmission
from hub.integrations.department_client import DepartmentClients, ServiceContract
from hub.integrations.department_systems import (
    STEPS_S,
    Applicant,
    Contract,
    Standing,
    Submission,
    Submitted,
    counted,
    first_of,
    fits,
    quantile_s,
    share_in_time,
)
from hub.kernel.errors import RefusedError, UnavailableError
from tests.cases.test_actions import cases as _cases
from tests.cases.test_actions import draft, held, refused, registered
from tests.rig import ANNA, OLGA, Rig

cases = _cases
CONTRACT = Contract("1.2", "Отдел информатизации", answer_s=0.3, limit_s=5)
AT = datetime(2026, 11, 20, tzinfo=UTC)


class Ministry:
    """hub.integrations.department_systems.System: answers, is away, or is silent, as it is told for each exchange."""

    def __init__(self) -> None:
        self.moods: list[Any] = []
        self.got: dict[str, Submission] = {}
        self.contract = "1.0"

    async def _behave(self) -> None:
        mood = self.moods.pop(0) if self.moods else None
        if mood == "silent":
            await asyncio.Event().wait()
        if mood is not None:
            raise mood

    async def state(self, number: str, applicant: Applicant) -> Standing | None:
        await self._behave()
        return Standing(number, "Паспорт", "in_work", "Проверяется", AT) if applicant.name else None

    async def submit(self, submission: Submission) -> Submitted:
        await self._behave()
        self.got[submission.key] = submission
        return Submitted(f"ВХ-{len(self.got)}", AT)

    async def version(self) -> str:
        await self._behave()
        return self.contract

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def ministry() -> Ministry:
    return Ministry()


@pytest.fixture
async def systems(rig: Rig, ministry: Ministry) -> AsyncIterator[DepartmentClients]:
    systems = DepartmentClients({"mvd": ServiceContract("МВД", CONTRACT, ministry)}, rig.store, rig.clock)
    await systems.start()
    yield systems
    await systems.close()


async def test_an_answer_names_its_source_and_moment(systems: DepartmentClients) -> None:
    # IN-03, ST-01
    standing = await systems.state("mvd", "1", Applicant("Иван"))
    assert standing is not None
    assert (standing.source, standing.at) == ("МВД", AT)


async def test_a_system_that_is_away_is_said_so_and_a_call_offered(systems: DepartmentClients, ministry: Ministry) -> None:
    # IN-03
    ministry.moods = [UnavailableError("недоступна")]
    with pytest.raises(RefusedError, match=r"не отвечает.*перезвонить") as told:
        await systems.state("mvd", "1", Applicant("Иван"))
    assert told.value.code == "system_away"
    assert systems.wrong == {"mvd": "недоступна"}
    await systems.state("mvd", "1", Applicant("Иван"))
    assert systems.wrong == {}


async def test_nobody_waits_longer_than_the_contract_says(rig: Rig, ministry: Ministry) -> None:
    # IN-03
    systems = DepartmentClients({"mvd": ServiceContract("МВД", Contract("1.0", "отдел", limit_s=0.01), ministry)}, rig.store, rig.clock)
    ministry.moods = ["silent"]
    assert await refused(systems.state("mvd", "1", Applicant("Иван"))) == "system_away"
    await systems.close()


async def test_all_is_counted_and_kept(rig: Rig, systems: DepartmentClients, ministry: Ministry) -> None:
    # IN-04
    ministry.moods = [None, UnavailableError("нет"), RefusedError("system_refused", "")]
    await systems.state("mvd", "1", Applicant())  # there is none: that is an answer
    for _ in range(2):
        with pytest.raises(RefusedError):
            await systems.state("mvd", "1", Applicant("Иван"))
    day = (await systems.days("mvd"))[0]
    assert (day.asked, day.answered, day.in_time, day.failed) == (3, 2, 2, 1)
    await rig.told()
    again = DepartmentClients(systems.agreed, rig.store, rig.clock)
    await again.start()
    assert (await again.days("mvd"))[0] == day
    rig.clock.forward(24 * 3600)
    assert [each.asked for each in await again.days("mvd")] == [0, 3]


async def test_another_contract_is_named(systems: DepartmentClients, ministry: Ministry) -> None:
    # IN-04
    assert await systems.check("mvd") == "1.0"
    ministry.contract = "2.0"
    assert await refused(systems.check("mvd")) == "other_contract"
    assert await refused(systems.check("fns")) == "no_such_system"


def test_figures_of_a_day() -> None:
    # IN-04
    day = first_of("mvd", date(2026, 11, 26))
    assert (share_in_time(day), quantile_s(day, 0.95)) == (None, None)
    for took_s in [0.04] * 18 + [0.3, 0.31]:
        day = counted(day, took_s, CONTRACT)
    day = counted(day, None, CONTRACT)
    assert share_in_time(day) == 19 / 21
    assert (quantile_s(day, 0.9), quantile_s(day, 0.95), quantile_s(day, 1)) == (0.05, 0.3, 0.5)
    assert sum(day.took) == day.answered == 20
    assert quantile_s(counted(first_of("mvd", day.day), 1e9, CONTRACT), 0.95) == STEPS_S[-1]


def test_versions_fit_by_their_first_number() -> None:
    # IN-04
    assert fits("1.0", "1.7")
    assert not fits("1.0", "10.0")


class TestSubmitting:
    @pytest.fixture
    def submitting(self, rig: Rig, cases: Cases, systems: DepartmentClients) -> CaseSubmission:
        return CaseSubmission(cases.work, systems, rig.store, rig.clock)

    async def taken(self, rig: Rig, cases: Cases, citizen: str = "citizen", **more: Any) -> str:
        number = (await cases.case_registration.register(ANNA, await held(rig, citizen=citizen), draft(**more)))[0].number
        await cases.work.act(ANNA, number, Act.TAKE)
        return number

    async def test_the_receipt_is_a_step_and_the_citizen_is_told(self, rig: Rig, cases: Cases, submitting: CaseSubmission, ministry: Ministry) -> None:
        # IN-03
        number = await self.taken(rig, cases)
        case = await submitting.submit(ANNA, number, "mvd")
        assert (case.state, case.steps[-1].to, case.steps[-1].why) == (CaseState.SENT, "МВД", "Принято под № ВХ-1, 20.11.2026")
        assert [each.number for each in ministry.got.values()] == [number]
        assert any("передано: МВД" in each for each in await rig.said(case.conversation))

    async def test_where_it_does_not_answer_nothing_is_changed_and_again_is_once(self, rig: Rig, cases: Cases, submitting: CaseSubmission, ministry: Ministry) -> None:
        # IN-01, IN-03
        number = await self.taken(rig, cases)
        ministry.moods = [UnavailableError("нет")]
        assert await refused(submitting.submit(ANNA, number, "mvd")) == "system_away"
        assert (await cases.work.find(ANNA, number)).state is CaseState.IN_WORK
        (failed,) = await submitting.handed_in(ANNA, ANNA.queues)
        assert (failed.number, failed.system, failed.taken, "не отвечает" in failed.told) == (number, "mvd", False, True)
        assert await submitting.handed_in(replace(ANNA, login="vera", queues=("passports",)), ["general"]) == []  # not hers to see
        await submitting.submit(ANNA, number, "mvd")
        (taken,) = await submitting.handed_in(ANNA, ANNA.queues)
        assert (taken.number, taken.taken, taken.told) == (number, True, "Принято под № ВХ-1, 20.11.2026")
        await cases.work.act(ANNA, number, Act.RETURN, why="не наше")
        await cases.work.act(ANNA, number, Act.TAKE)
        await submitting.submit(ANNA, number, "mvd")
        assert list(ministry.got) == [f"{number}.0", f"{number}.1"]

    async def test_what_may_not_be_sent_is_not_handed_in(self, rig: Rig, cases: Cases, submitting: CaseSubmission, ministry: Ministry) -> None:
        # IN-03, CM-03
        answered = (await registered(rig, cases)).number
        for act in (Act.TAKE, Act.ANSWER):
            await cases.work.act(ANNA, answered, act, why="Готово")
        assert await refused(submitting.submit(ANNA, answered, "mvd")) == "bad_step"
        number = await self.taken(rig, cases, citizen="other", kind=CaseKind.COMPLAINT, matter=Subject(authority="мвд"))
        assert await refused(submitting.submit(ANNA, number, "mvd")) == "own_judge"
        assert await refused(submitting.submit(OLGA, number, "mvd")) == "not_yours"
        assert await refused(submitting.submit(ANNA, number, "fns")) == "no_such_system"
        assert ministry.got == {}
