"""Every subscription is told what happens, in order, at least once, whatever befalls it or the hub (IN-01)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from channels.ssrf_guard import networks
from channels.web.webhook_transport import HttpWebhookTransport
from hub.cases.state import Act
from hub.desk.cases.parts import Cases
from hub.integrations.webhook_delivery import WebhookDispatcher
from hub.integrations.webhook_events import LAST_PAUSE, TRIES, TYPES, DeliveryAttempt, EventState, Subscription, pause
from hub.kernel.audit_entry import AuditEntry
from tests.cases.test_actions import cases as _cases
from tests.cases.test_actions import draft, held, refused
from tests.channels.test_webhook_transport import SECRET
from tests.peers.listener import Listener
from tests.rig import ANNA, Rig, eventually

cases = _cases
AT = datetime(2026, 1, 1, tzinfo=UTC)


def subscription(listener: Listener, key: str = "portal", types: tuple[str, ...] = ("ru.okno.case.",)) -> Subscription:
    return Subscription(key, "Портал", listener.url, SECRET, types, "boss", AT, 0)


class Told:
    """One start of what tells; another one over the same store is the next start."""

    def __init__(self, rig: Rig, cases: Cases) -> None:
        self.rig, self.cases, self.running = rig, cases, True
        self.webhooks = self._made()
        self.cases.case_registration.on_change.subscribe(lambda _: self.webhooks.look())
        self.cases.work.on_change.subscribe(lambda _: self.webhooks.look())
        self._people = 0

    def _made(self) -> WebhookDispatcher:
        return WebhookDispatcher(self.rig.store, HttpWebhookTransport("077", networks(["127.0.0.0/8"]), 0.3), self.rig.clock, paused=lambda _: timedelta(milliseconds=1), reread_s=60)

    async def again(self) -> None:
        await self.webhooks.close()
        self.webhooks = self._made()
        await self.webhooks.start()

    async def case(self, *acts: Act) -> str:
        self._people += 1
        case, _ = await self.cases.case_registration.register(ANNA, await held(self.rig, citizen=f"citizen{self._people}"), draft())
        for act in acts:
            await self.act(case.number, act)
        return case.number

    async def act(self, number: str, act: Act) -> None:
        self.rig.clock.forward(1)
        await self.cases.work.act(ANNA, number, act, why="готово")


@pytest.fixture
async def told(rig: Rig, cases: Cases) -> AsyncIterator[Told]:
    told = Told(rig, cases)
    yield told
    await told.webhooks.close()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with Listener(SECRET) as listener:
        yield listener


async def test_it_is_told_in_order_from_then_on(told: Told, listener: Listener) -> None:
    # IN-01
    await told.case()
    await told.webhooks.add(subscription(listener), "boss")
    number = await told.case(Act.TAKE, Act.ANSWER, Act.CLOSE)
    await listener.wait(lambda: len(listener.got) == 4)
    assert listener.types == ["registered", "taken", "answered", "closed"]
    assert {event.get_subject() for event in listener.got} == {number}
    states = [data["state"] for event in listener.got if isinstance(data := event.get_data(), dict)]
    assert states == ["registered", "in_work", "answered", "closed"]
    assert len({event.get_id() for event in listener.got}) == 4


async def test_only_of_what_it_wants(told: Told, listener: Listener) -> None:
    # IN-01
    await told.webhooks.add(subscription(listener, types=("ru.okno.case.answered",)), "boss")
    await told.case(Act.TAKE, Act.ANSWER)
    await told.case(Act.TAKE, Act.ANSWER)
    await listener.wait(lambda: len(listener.got) == 2)
    assert listener.types == ["answered", "answered"]


async def test_while_nobody_is_there_it_waits_and_nothing_is_lost(told: Told, listener: Listener) -> None:
    # IN-01: down, slow, cut off, over a restart of the hub
    await told.webhooks.add(subscription(listener), "boss")
    await listener.stop()
    number = await told.case(Act.TAKE)
    await eventually(lambda: _true(bool(told.webhooks.wrong)))
    await told.again()
    listener.moods = ["hang", "cut"]
    await listener.start()
    await listener.wait(lambda: listener.types == ["registered", "taken"])
    await told.act(number, Act.ANSWER)
    await listener.wait(lambda: len(listener.got) == 3)
    assert told.webhooks.wrong == {}
    assert listener.types == ["registered", "taken", "answered"]


async def test_what_was_taken_as_the_hub_died_comes_twice_with_the_same_id(told: Told, listener: Listener) -> None:
    # IN-01: at least once
    made = await told.webhooks.add(subscription(listener), "boss")
    await told.case()
    await listener.wait(lambda: len(listener.got) == 1)
    await eventually(lambda: _caught_up(told))
    await told.webhooks.close()
    await told.rig.store.put(made)  # its place was not stored
    await told.again()
    await listener.wait(lambda: len(listener.got) == 2)
    assert len({event.get_id() for event in listener.got}) == 1


async def test_who_says_not_now_too_often_gets_the_next_one(told: Told, listener: Listener) -> None:
    # IN-01: what has failed
    await told.webhooks.add(subscription(listener), "boss")
    listener.moods = [500] * TRIES
    number = await told.case(Act.TAKE)
    await listener.wait(lambda: listener.types == ["taken"])
    assert listener.tried[:TRIES] == [listener.tried[0]] * TRIES
    (failed,) = await told.webhooks.log("portal", EventState.FAILED, limit=9)
    assert (failed.what, failed.subject, failed.why, failed.tries) == (TYPES["case_register"], number, "ответ с кодом 500", TRIES)
    listener.moods = [503]
    assert await refused(told.webhooks.send_again("portal", failed.number, "boss")) == "not_taken"
    await told.webhooks.send_again("portal", failed.number, "boss")
    assert listener.types == ["taken", "registered"]
    assert await told.webhooks.log("portal", EventState.FAILED, limit=9) == []
    assert [(each.tries, each.why) for each in await told.webhooks.log("portal", EventState.TAKEN, limit=9)] == [(1, ""), (TRIES + 2, "")]
    assert await refused(told.webhooks.send_again("portal", 1_000_000, "boss")) == "no_such_event"


async def test_what_happened_in_a_period_is_told_once_more_and_nothing_else(told: Told, listener: Listener) -> None:
    # IN-01: replay of one and of a period, with the same ids
    await told.webhooks.add(subscription(listener), "boss")
    await told.case(Act.TAKE, Act.ANSWER, Act.CLOSE)
    await listener.wait(lambda: len(listener.got) == 4)
    await eventually(lambda: _logged(told, EventState.TAKEN, 4))
    closed, answered, taken, _ = await told.webhooks.log("portal", limit=9)
    assert [each.number for each in await told.webhooks.log("portal", before=answered.number, limit=1)] == [taken.number]
    assert await told.webhooks.log("portal", EventState.FAILED, before=answered.number, limit=1) == []
    assert await told.webhooks.send_all_again("portal", "boss", (taken.at, closed.at)) == 2
    await told.webhooks.send_again("portal", closed.number, "boss")
    assert listener.types[4:] == ["taken", "answered", "closed"]
    assert [event.get_id() for event in listener.got[4:]] == [event.get_id() for event in listener.got[1:4]]
    assert [each.tries for each in await told.webhooks.log("portal", limit=9)] == [2, 2, 2, 1]
    listener.moods = [400]
    assert await refused(told.webhooks.send_again("portal", closed.number, "boss")) == "not_taken"
    assert (await told.webhooks.log("portal", limit=1))[0].state is EventState.TAKEN  # it was, once


async def test_what_is_refused_is_set_aside_at_once(told: Told, listener: Listener) -> None:
    # IN-01
    await told.webhooks.add(subscription(listener), "boss")
    listener.moods = [400]
    await told.case(Act.TAKE)
    await listener.wait(lambda: listener.types == ["taken"])
    assert [each.why for each in await told.webhooks.log("portal", EventState.FAILED, limit=9)] == ["ответ с кодом 400"]


async def test_gone_ends_it_until_it_is_told_once_more(told: Told, listener: Listener) -> None:
    # IN-01: 410
    await told.webhooks.add(subscription(listener), "boss")
    listener.moods = [410]
    await told.case(Act.TAKE)
    await eventually(lambda: _ended(told))
    await told.again()
    assert listener.got == []
    assert ("", "subscription_ended") in [(audit_entry.by, audit_entry.what) for _, audit_entry in await told.rig.store.audit_entries(limit=1000)]
    await told.webhooks.replay("portal", AT, "boss")
    await listener.wait(lambda: listener.types == ["registered", "taken"])


async def test_all_since_a_moment_is_told_once_more_with_the_same_ids(told: Told, listener: Listener) -> None:
    # IN-01: replay
    await told.webhooks.add(subscription(listener), "boss")
    first = await told.case(Act.TAKE)
    await listener.wait(lambda: len(listener.got) == 2)
    told.rig.clock.forward(3600)
    since = told.rig.clock()
    await told.case()
    await listener.wait(lambda: len(listener.got) == 3)
    await told.webhooks.replay("portal", since, "boss")
    await listener.wait(lambda: len(listener.got) == 4)
    assert listener.got[3].get_id() == listener.got[2].get_id()
    await told.webhooks.replay("portal", AT, "boss")
    await listener.wait(lambda: len(listener.got) == 7)
    assert [event.get_id() for event in listener.got[4:]] == [event.get_id() for event in listener.got[:3]]
    assert listener.got[0].get_subject() == first
    assert await refused(told.webhooks.replay("none", AT, "boss")) == "no_such_subscription"


async def test_one_that_fails_holds_up_no_other(told: Told, listener: Listener) -> None:
    # IN-01
    async with Listener(SECRET) as other:
        await told.webhooks.add(subscription(other, "slow"), "boss")
        await told.webhooks.add(subscription(listener), "boss")
        await other.stop()
        await told.case(Act.TAKE)
        await listener.wait(lambda: listener.types == ["registered", "taken"])


async def test_dropped_it_is_told_nothing_any_more(told: Told, listener: Listener) -> None:
    # IN-01
    await told.webhooks.add(subscription(listener), "boss")
    assert await refused(told.webhooks.add(subscription(listener), "boss")) == "exists"
    assert await refused(told.webhooks.add(replace(subscription(listener), key="no", url="ftp://a"), "boss")) == "bad_address"
    listener.moods = [400]
    await told.case()
    await eventually(lambda: _logged(told, EventState.FAILED, 1))
    await told.webhooks.drop("portal", "boss")
    await told.case()
    assert (await told.webhooks.all(), await told.rig.store.all(DeliveryAttempt)) == ([], [])
    assert len(listener.tried) == 1


async def test_a_long_stretch_of_other_deeds_is_passed_over(told: Told, listener: Listener) -> None:
    # IN-01
    await told.webhooks.add(subscription(listener), "boss")
    before = (await told.webhooks.find("portal")).upto
    await asyncio.gather(*(told.rig.store.note(replace(_audit_entry(told), about=str(number))) for number in range(2300)))
    told.webhooks.look()
    await eventually(lambda: _moved(told, before + 2000))
    await told.case()
    await listener.wait(lambda: listener.types == ["registered"])


def test_pauses_grow_up_to_an_hour() -> None:
    # IN-01
    assert [pause(number).total_seconds() for number in (1, 2, 3)] == [2, 4, 8]
    assert pause(TRIES) == pause(1000) == LAST_PAUSE


async def _true(value: bool) -> bool:
    return value


async def _caught_up(told: Told) -> bool:
    return (await told.webhooks.find("portal")).upto > 0 and await told.webhooks.behind(await told.webhooks.find("portal")) < 3


async def _ended(told: Told) -> bool:
    return bool((await told.webhooks.find("portal")).ended)


async def _logged(told: Told, state: EventState, number: int) -> bool:
    return len(await told.webhooks.log("portal", state, limit=9)) == number


async def _moved(told: Told, upto: int) -> bool:
    return (await told.webhooks.find("portal")).upto >= upto


def _audit_entry(told: Told) -> AuditEntry:
    return AuditEntry(told.rig.clock(), "anna", "open")
