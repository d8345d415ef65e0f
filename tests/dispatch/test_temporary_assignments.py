"""Operators are lent to other lines and given back: by the clock, over restarts, early, and exactly once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from bots.russian import Russian
from hub.access.operator import Operator, Presence, Role, with_own
from hub.conversations.ports import Store
from hub.dispatch.temporary_assignments import AssignmentWish, TemporaryAssignments
from hub.kernel.errors import RefusedError
from hub.organisation.queue import Lines, Queue
from storage.memory import MemoryStore
from tests.authorization_rules import authorization_of
from tests.rig import ANNA, BOSS, OLGA, QUEUES, Clock, Rig, eventually

HOUR = timedelta(hours=1)
LINES = Lines([*QUEUES, Queue("old", "Закрытая", successor="general"), Queue("letters", "Письма", skills={"letters": 2})])


def lending_of(rig: Rig, amending: asyncio.Lock | None = None) -> TemporaryAssignments:
    made = TemporaryAssignments(rig.store, rig.clock, rig.actions.authorization, rig.dispatch, LINES, amending or asyncio.Lock())
    made.on_change.subscribe(rig.dispatch.renew)
    return made


@pytest.fixture
async def temporary_assignments(rig: Rig) -> AsyncIterator[TemporaryAssignments]:
    for each in (ANNA, OLGA, BOSS):
        await rig.store.put(each)
        rig.dispatch.renew(each)
    made = lending_of(rig)
    await made.start()
    yield made
    await made.close()


def wish(rig: Rig, *lines: str, hours: float = 1, keeps: bool = False) -> AssignmentWish:
    return AssignmentWish(lines, rig.clock() + hours * HOUR, keeps)


async def account(rig: Rig, login: str = "anna") -> Operator:
    found = await rig.store.get(Operator, login)
    assert found is not None
    return found


async def audit_entries(store: Store) -> list[tuple[str, str]]:
    """Oldest first: by whom, and what."""
    return [(audit_entry.by, audit_entry.what) for _, audit_entry in reversed(await store.audit_entries()) if audit_entry.what.startswith("operator_")]


async def test_whoever_is_lent_answers_the_other_line_until_his_time_is_over(rig: Rig, temporary_assignments: TemporaryAssignments, clock: Clock) -> None:  # MC-01 SL-03 CH-08
    rig.dispatch.set_presence(ANNA, Presence.READY)
    assert await temporary_assignments.lend(BOSS, ["anna"], wish(rig, "passports")) == []
    loan = (await account(rig)).loan
    assert loan is not None
    assert (loan.own, loan.by, loan.until) == (("general",), "boss", clock() + HOUR)
    assert (rig.dispatch.operator("anna"), rig.dispatch.presence("anna")) == (await account(rig), Presence.READY)
    clock.forward(3599)
    await temporary_assignments.start()
    assert (await account(rig)).queues == ("passports",)
    clock.forward(1)
    temporary_assignments.look()

    async def back() -> bool:
        return rig.dispatch.operator("anna") == ANNA
    await eventually(back)
    assert await account(rig) == ANNA
    assert await audit_entries(rig.store) == [("boss", "operator_lent"), ("", "operator_returned")]


async def test_his_own_lines_can_go_on_besides(rig: Rig, temporary_assignments: TemporaryAssignments) -> None:  # MC-01
    await temporary_assignments.lend(BOSS, ["anna", "anna"], wish(rig, "passports", keeps=True))
    assert (await account(rig)).queues == ("general", "passports")
    assert await temporary_assignments.give_back(BOSS, ["anna"]) == []
    assert await temporary_assignments.give_back(BOSS, ["anna"]) == []
    assert await account(rig) == ANNA
    assert await audit_entries(rig.store) == [("boss", "operator_lent"), ("boss", "operator_returned")]


async def test_a_hub_that_was_away_takes_back_at_its_start(rig: Rig, temporary_assignments: TemporaryAssignments, clock: Clock) -> None:  # MC-01
    await temporary_assignments.lend(BOSS, ["anna", "olga"], wish(rig, "letters"))
    await temporary_assignments.close()
    clock.forward(7200)
    for _ in range(2):
        again = lending_of(rig)
        await again.start()
        await again.close()
    assert (await account(rig), await account(rig, "olga")) == (ANNA, OLGA)
    assert (await audit_entries(rig.store)).count(("", "operator_returned")) == 2


async def test_the_outlook_is_what_then_comes_to_be_and_changes_nothing(rig: Rig, temporary_assignments: TemporaryAssignments) -> None:  # MC-01 SL-03
    for each in (ANNA, OLGA):
        rig.dispatch.set_presence(each, Presence.READY)
    asked: list[Any] = []

    def expects(line: str, linking: Any, leaving: Any) -> float:
        asked.append((line, list(linking), list(leaving)))
        return len(asked)
    temporary_assignments._expects = expects
    outlook = temporary_assignments.outlook(BOSS, ["anna", "olga", "nobody"], wish(rig, "letters"))
    assert [(each.before.login, each.after.queues, each.lacks) for each in outlook.people] == [
        ("anna", ("letters",), ("letters",)), ("olga", ("letters",), ("letters",))]
    assert [(each.login, each.code) for each in outlook.refused] == [("nobody", "no_such_operator")]
    assert [(each.queue, each.at_work, each.at_work_then) for each in outlook.lines] == [("letters", 0, 2), ("general", 2, 0), ("passports", 1, 0)]
    assert asked[1::2] == [("letters", ["anna", "olga"], []), ("general", [], ["anna", "olga"]), ("passports", [], ["olga"])]
    assert (await account(rig)).loan is None
    await temporary_assignments.lend(BOSS, ["anna", "olga"], wish(rig, "letters"))
    assert [each.queues for each in rig.dispatch.operators() if each.login in {"anna", "olga"}] == [("letters",)] * 2


@pytest.mark.parametrize(("lines", "hours", "code"), [
    (("nowhere",), 1, "no_such_queue"), (("old",), 1, "no_such_queue"), ((), 1, "no_such_queue"), (("letters",), 25, "bad_moment"),
    (("letters",), 0, "bad_moment")])
async def test_a_wish_that_cannot_be_is_refused_as_a_whole(rig: Rig, temporary_assignments: TemporaryAssignments, lines: tuple[str, ...], hours: float, code: str) -> None:  # MC-01
    with pytest.raises(RefusedError) as refused:
        await temporary_assignments.lend(BOSS, ["anna"], wish(rig, *lines, hours=hours))
    assert refused.value.code == code
    assert await account(rig) == ANNA


async def test_nobody_lends_what_is_not_his_to_lend(rig: Rig, temporary_assignments: TemporaryAssignments) -> None:  # SE-01
    assert [each.code for each in await temporary_assignments.lend(BOSS, ["anna"], wish(rig, "general"))] == ["nothing_new"]
    await temporary_assignments.lend(BOSS, ["anna"], wish(rig, "passports"))
    assert [each.code for each in await temporary_assignments.lend(BOSS, ["anna"], wish(rig, "letters"))] == ["lent_before"]
    with pytest.raises(RefusedError, match="центра"):
        await temporary_assignments.lend(OLGA, ["anna"], wish(rig, "letters"))
    assert [each.code for each in await temporary_assignments.give_back(OLGA, ["anna"])] == ["forbidden"]
    assert (await account(rig)).queues == ("passports",)


HOMES = Lines([Queue("a", "А", centre="001"), Queue("b", "Б", centre="001"), Queue("c", "В", centre="002")])
HERE, THERE = Operator("here", "Здесь", Role.OPERATOR, ("a",)), Operator("there", "Там", Role.OPERATOR, ("c",))
LEADS, LEADS_BOTH = Operator("leads", "Ведёт", Role.SUPERVISOR, ("a",)), Operator("both", "Оба", Role.SUPERVISOR, ("a", "c"))


async def test_another_centres_people_and_lines_are_never_ones_own(rig: Rig) -> None:  # SE-01 LV-05
    made = TemporaryAssignments(rig.store, rig.clock, authorization_of(HOMES.values()), rig.dispatch, HOMES, asyncio.Lock())
    for each in (HERE, THERE):
        await rig.store.put(each)
    with pytest.raises(RefusedError, match="другого центра"):
        await made.lend(LEADS, ["here"], wish(rig, "c"))
    assert [each.code for each in await made.lend(LEADS, ["here", "there"], wish(rig, "b"))] == ["forbidden"]
    assert [each.code for each in await made.lend(LEADS_BOTH, ["there"], wish(rig, "a"))] == ["other_centre"]
    assert [each.code for each in await made.give_back(Operator("x", "x", Role.SUPERVISOR, ("c",)), ["here"])] == ["forbidden"]
    assert await rig.store.get(Operator, "there") == THERE
    await made.close()


STEPS = st.lists(st.one_of(
    st.tuples(st.just("lend"), st.sampled_from(("anna", "olga")), st.integers(1, 180), st.booleans()),
    st.tuples(st.just("back"), st.sampled_from(("anna", "olga"))),
    st.tuples(st.just("pass"), st.integers(1, 120)),
    st.tuples(st.just("restart")),
    st.tuples(st.just("settle"), st.sampled_from(("anna", "olga"))),
    st.tuples(st.just("directory"), st.sampled_from(("anna", "olga")))), max_size=12)


class House:
    """Accounts as people change them, and what must come of it."""

    def __init__(self, store: Store) -> None:
        self.rig, self.amending = Rig(store, Clock()), asyncio.Lock()
        self.own = {"anna": ("general",), "olga": ("general", "passports")}
        self.due: dict[str, datetime] = {}
        self.lent = self.settled = 0

    async def begin(self) -> None:
        for each in (ANNA, OLGA):
            await self.rig.store.put(each)
        await self.rig.dispatch.start((), ())
        await self.restart()

    async def restart(self) -> None:
        self.temporary_assignments = lending_of(self.rig, self.amending)
        await self.temporary_assignments.start()

    async def does(self, what: str, *more: Any) -> None:
        now = self.rig.clock()
        match what:
            case "lend":
                login, minutes, keeps = more
                if not await self.temporary_assignments.lend(BOSS, [login], AssignmentWish(("letters",), now + timedelta(minutes=minutes), keeps)):
                    self.lent += 1
                    self.due[login] = now + timedelta(minutes=minutes)
            case "back":
                await self.temporary_assignments.give_back(BOSS, [more[0]])
                self.due.pop(more[0], None)
            case "pass":
                self.rig.clock.forward(more[0] * 60)
                await self.temporary_assignments.start()
            case "restart":
                await self.temporary_assignments.close()
                await self.restart()
            case "settle":  # an administrator gives him other lines
                await self.rig.store.put(replace(await account(self.rig, more[0]), queues=("passports",), loan=None))
                self.own[more[0]] = ("passports",)
                self.settled += self.due.pop(more[0], None) is not None
            case "directory":  # and a directory says which are his own
                await self.rig.store.put(with_own(await account(self.rig, more[0]), ("general",)))
                self.own[more[0]] = ("general",)
        now = self.rig.clock()
        self.due = {login: until for login, until in self.due.items() if until > now}
        for login, own in self.own.items():
            known = await account(self.rig, login)
            assert known.own_queues == own
            assert (known.loan is not None) == (login in self.due) == ("letters" in known.queues)


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_whatever_happens_each_loan_is_taken_back_exactly_once(russian: Russian, steps: list[tuple[Any, ...]]) -> None:  # MC-01 SL-03
    async def all_of_it() -> None:
        house = House(MemoryStore(russian))
        await house.begin()
        for step in steps:
            await house.does(*step)
        await house.does("pass", 24 * 60)
        told = [what for _, what in await audit_entries(house.rig.store)]
        assert (told.count("operator_lent"), told.count("operator_returned")) == (house.lent, house.lent - house.settled)
        assert {(await account(house.rig, login)).queues for login in house.own} == set(house.own.values())
        await house.temporary_assignments.close()
        house.rig.dispatch.close()
    asyncio.run(all_of_it())
