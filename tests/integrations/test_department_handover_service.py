"""A matter of a department goes to its own call centre and its answer comes back; whatever happens there, the answer stays owed here.

The other centre is a real HTTP server that behaves as badly as it is told (IN-03, IN-04, SL-05).
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from channels.systems import call_centre
from hub.actions.centre_transfer import CentreTransfer
from hub.conversations.callback_promise import DAY
from hub.conversations.conversation import InQueue, Promised, WithOperator
from hub.conversations.journal import HandedOver, PromiseGiven
from hub.conversations.message import Author, Message
from hub.conversations.promise_creation import HERE, MEANWHILE
from hub.integrations.department_client import DepartmentClients, ServiceContract
from hub.integrations.department_handover import TAKEN, DepartmentRelay, Reply, ReplyState
from hub.integrations.department_handover_service import DepartmentHandover, Draft
from hub.integrations.department_systems import Contract
from hub.kernel.errors import RefusedError
from hub.kernel.trace_context import traceparent
from hub.organisation.queue import Topic
from okno.demo.call_centre import CallCentreSystem
from routing.journey import Station
from routing.ladder import Ladder
from routing.reasons import Party
from tests.rig import ANNA, Rig

SFR = "СФР"
CONTRACT = Contract("1.0", "СФР, отдел клиентских служб", limit_s=1)
DRAFT = Draft("draft", SFR, "Когда выплатят пособие", "other", "+79161234567")
TOPICS = {"other": Topic("other", "Пособия")}


class Both:
    """Our centre and theirs."""

    def __init__(self, rig: Rig, there: CallCentreSystem) -> None:
        self.rig, self.there = rig, there
        driver = call_centre.connect({"url": there.url}, CONTRACT)
        self.systems = DepartmentClients({"sfr": ServiceContract("Контакт-центр СФР", CONTRACT, driver, department=SFR)}, rig.store, rig.clock)
        ladder = Ladder({"general": Station("077", Party.REGIONAL)}, departments=(SFR,))
        self.department_handover = DepartmentHandover(rig.sequencer, rig.store, rig.actions, CentreTransfer(rig.sequencer, rig.actions, ladder, TOPICS), self.systems, TOPICS)

    async def handed(self, draft: Draft = DRAFT) -> int:
        """A conversation of Anna's whose matter she has handed over."""
        conversation = await self.rig.waiting()
        self.rig.ready(ANNA)
        await self.rig.actions.take(ANNA, conversation)
        await self.rig.told()
        await self.department_handover.relay(ANNA, conversation, draft)
        await self.department_handover.start()
        return conversation

    async def later(self, after: timedelta) -> None:
        self.rig.clock.forward(after.total_seconds())
        await self.department_handover.start()

    async def notes(self, conversation: int) -> list[str]:
        records = await self.rig.store.records(conversation, limit=100)
        return [each.entry.text for each in records if isinstance(each.entry, Message) and each.entry.key.startswith("relay/")]


@pytest.fixture
async def both(rig: Rig) -> AsyncIterator[Both]:
    async with CallCentreSystem() as there:
        both = Both(rig, there)
        await both.systems.start()
        yield both
        await both.department_handover.close()
        await both.systems.close()


async def test_its_answer_comes_back_and_the_promise_holds_meanwhile(rig: Rig, both: Both) -> None:
    # IN-03, SL-05
    conversation = await both.handed()
    for _ in range(2):
        await both.department_handover.relay(ANNA, conversation, DRAFT)  # again is once
    await both.department_handover.start()
    (matter,) = both.there.matters.values()
    head = await rig.holds(conversation)
    assert (matter.number, matter.channel, matter.topic, matter.summary, matter.callback) == (
        head.number, "web", "Пособия", "Когда выплатят пособие", "+79161234567")
    assert both.there.traces[matter.key] == traceparent(head.number)
    assert isinstance(head.holder, Promised)
    records = await rig.store.records(conversation, limit=100)
    assert [each.entry.due - each.entry.at for each in records if isinstance(each.entry, PromiseGiven)] == [DAY]
    assert (await rig.said(conversation, Author.SYSTEM))[-3:-1] == [
        "Ваш вопрос передан: Контакт-центр СФР.",
        f"Мы ответим вам в течение суток. Номер обращения: {head.number}. {HERE} {MEANWHILE}"]
    both.there.says(matter.key, Reply(ReplyState.ANSWERED, "СФР-7", "Выплата 3 декабря"))
    for _ in range(2):
        await both.later(timedelta(minutes=2))
    assert await both.notes(conversation) == ["«Контакт-центр СФР» принял вопрос.", "«Контакт-центр СФР» ответил (№ СФР-7): Выплата 3 декабря."]
    after = await rig.holds(conversation)
    assert isinstance(after.holder, InQueue)
    assert after.promise == head.promise, "an operator brings the answer"
    assert [each.entry.why for each in await rig.store.records(conversation, limit=100) if isinstance(each.entry, HandedOver)][-2:] == [
        "departmental", "relay_answered"]
    assert await rig.store.all(DepartmentRelay) == []


@pytest.mark.parametrize(("moods", "said"), [
    ([], "не примет вопрос. Не наш вопрос. Ответ за нами."),
    ([422], "не примет вопрос. Система не приняла запрос (код 422). Ответ за нами.")])
async def test_a_refusal_brings_it_back_at_once(rig: Rig, both: Both, moods: list[int | str], said: str) -> None:
    # IN-03, SL-05
    both.there.first, both.there.moods = Reply(ReplyState.REFUSED, text="Не наш вопрос"), list(moods)
    conversation = await both.handed()
    assert await both.notes(conversation) == [f"«Контакт-центр СФР» {said}"]
    head = await rig.holds(conversation)
    assert isinstance(head.holder, InQueue)
    assert head.promise is not None


@pytest.mark.parametrize("mood", ["hang", "deaf", 503, "nonsense"])
async def test_a_centre_that_is_away_holds_up_nobody_and_gets_it_once(rig: Rig, both: Both, mood: int | str) -> None:
    # IN-03: an outage never blocks the operator; what was heard and not answered is the same matter
    both.there.moods = [mood]
    conversation = await both.handed()
    assert isinstance((await rig.holds(conversation)).holder, Promised)
    assert both.systems.wrong  # and «Системы» shows it
    while not await both.notes(conversation):
        await both.later(timedelta(seconds=31))
    assert len(both.there.matters) == 1
    assert await both.notes(conversation) == ["«Контакт-центр СФР» принял вопрос."]


async def test_what_nobody_takes_is_ours_again_and_not_left_there(rig: Rig, both: Both) -> None:
    # IN-03, SL-05
    both.there.moods = ["deaf", *[503] * 3]
    conversation = await both.handed()
    await both.later(TAKEN)
    assert (await both.notes(conversation))[-1].endswith("вопрос снова наш, ответ обещан заявителю.")
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    for _ in range(4):
        await both.later(timedelta(minutes=2))
    assert [each.state for each in both.there.replies.values()] == [ReplyState.WITHDRAWN]
    assert await rig.store.all(DepartmentRelay) == []


async def test_an_answer_that_crosses_the_taking_back_is_heard(rig: Rig, both: Both) -> None:
    # IN-03: never lost
    conversation = await both.handed()
    (key,) = both.there.matters
    both.there.moods = [503, 503]
    await both.later(timedelta(hours=12))
    both.there.says(key, Reply(ReplyState.ANSWERED, text="Выплата 3 декабря", told=True))
    for _ in range(3):
        await both.later(timedelta(minutes=2))
    assert [note.partition("» ")[2] for note in await both.notes(conversation)] == [
        "принял вопрос.", "не ответил вовремя: вопрос снова наш, ответ обещан заявителю.",
        "ответил: Выплата 3 декабря. Заявителю ответ уже сообщён."]


async def test_what_was_answered_here_meanwhile_is_taken_back(rig: Rig, both: Both) -> None:
    # IN-03: never doubled
    conversation = await both.handed()
    await rig.actions.take(ANNA, conversation)
    await rig.promise_actions.keep(ANNA, conversation, "answer", "Выплата 3 декабря")
    for _ in range(2):
        await both.later(timedelta(minutes=2))
    assert [each.state for each in both.there.replies.values()] == [ReplyState.WITHDRAWN]
    assert isinstance((await rig.holds(conversation)).holder, WithOperator)
    assert await both.notes(conversation) == ["«Контакт-центр СФР» принял вопрос."]


async def test_after_a_crash_it_is_sent_if_it_was_handed_over(rig: Rig, both: Both) -> None:
    # IN-03: an outbox after the commit
    both.there.moods = ["hang"]
    conversation = await both.handed()
    (sent,) = await rig.store.all(DepartmentRelay)
    await rig.store.put(DepartmentRelay("x", conversation, "never", "sfr", SFR, "anna", sent.at, sent.matter, next=sent.at))
    await both.department_handover.close()
    again = Both(rig, both.there)
    rig.clock.forward(31)
    await again.department_handover.start()
    assert list(both.there.matters) == [sent.key]
    assert [each.key for each in await rig.store.all(DepartmentRelay)] == [sent.key]
    await again.department_handover.close()
    await again.systems.close()


async def test_only_where_the_rules_allow_it(rig: Rig, both: Both) -> None:
    # RT-01, RT-10
    conversation = await both.handed(DRAFT)
    with pytest.raises(RefusedError) as refused:
        await both.department_handover.relay(ANNA, conversation, Draft("other", "ФНС", "Вопрос"))
    assert refused.value.code == "not_yours"
    await rig.actions.take(ANNA, conversation)
    with pytest.raises(RefusedError) as refused:
        await both.department_handover.relay(ANNA, conversation, Draft("other", "ФНС", "Вопрос"))
    assert refused.value.code == "no_such_department"
