"""Faults of the way between a citizen and the disk: what is lost and doubled of it, counted over the transcript (CH-06)."""



import pytest

from channels.sms.duplicates import KEPT_S, TIMER_S, DuplicateDetector
from hub.conversations.delivery_status import Fragment
from tests.channels.sms.phone import ucs2
from tests.channels.sms.test_incoming import LONG, bring, parts
from tests.channels.sms.wires import Started, Wires

TEXTS = [f"Сообщение {n}" for n in range(20)]


@pytest.mark.peers
async def test_the_smsc_dies_in_the_middle_and_brings_again_what_was_not_acknowledged(wires: Wires) -> None:
    async with wires.started() as hub:
        for n, text in enumerate(TEXTS):
            hub.deliver(str(n), **ucs2(text))
            if n == 10:
                await hub.acknowledged("3")
                hub.smsc.tell("drop")
                await hub.smsc.hear("closed")
                await hub.smsc.hear("bound")
        acknowledged = {event["key"] for event in hub.smsc.told("answer")} | {"3"}
        for n in range(11, len(TEXTS)):
            await hub.acknowledged(str(n))
            acknowledged.add(str(n))
        for n, text in enumerate(TEXTS):
            if str(n) not in acknowledged:
                hub.deliver(f"again {n}", **ucs2(text))
                await hub.acknowledged(f"again {n}")
        assert sorted(await hub.said()) == sorted(TEXTS)


@pytest.mark.peers
async def test_an_answer_that_was_lost_with_the_link_makes_no_second_message(wires: Wires) -> None:
    async with wires.started() as hub:
        hub.room.store.shut = True
        hub.deliver("lost", **ucs2("Да"))
        await hub.room.store.reached.wait()
        hub.smsc.tell("drop")
        await hub.smsc.hear("closed")
        await hub.smsc.hear("bound")
        hub.deliver("again", **ucs2("Да"))
        hub.room.store.open()
        await hub.acknowledged("again")
        await hub.says("Да", "a new one")
        assert await hub.said() == ["Да", "Да"]


@pytest.mark.peers
async def test_two_of_the_same_words_whose_answers_were_lost_stay_two(wires: Wires) -> None:
    async with wires.started() as hub:
        hub.room.store.shut = True
        for key in ("lost 1", "lost 2"):
            hub.deliver(key, **ucs2("Да"))
        await hub.room.store.reached.wait()
        hub.smsc.tell("enquire")
        await hub.smsc.hear("enquire_link_resp")
        hub.smsc.tell("drop")
        await hub.smsc.hear("closed")
        await hub.smsc.hear("bound")
        for key in ("again 1", "again 2"):
            hub.deliver(key, **ucs2("Да"))
        hub.room.store.open()
        for key in ("again 1", "again 2"):
            await hub.acknowledged(key)
        assert await hub.said() == ["Да", "Да"]


@pytest.mark.peers
async def test_what_was_surely_acknowledged_before_the_link_was_lost_is_no_repetition(wires: Wires) -> None:
    async with wires.started(smsc={"enquire_s": 0.02}) as hub:
        await hub.says("Да")
        await hub.smsc.hear("enquire_link")
        await hub.smsc.hear("enquire_link")
        hub.smsc.tell("drop")
        await hub.smsc.hear("closed")
        await hub.smsc.hear("bound")
        await hub.says("Да")
        assert await hub.said() == ["Да", "Да"]


async def killed(hub: Started) -> None:
    """The process is gone at this moment: no unbind, no answer, and nothing of its memory."""
    for smsc in hub.channel._smscs.values():
        for session in list(smsc._sessions.values()):
            assert session._transport is not None
            session._transport.abort()
    hub.smsc.tell("bind_status", status=0x0D)  # nobody comes back
    hub.smsc.tell("drop")
    await hub.smsc.hear("closed")


@pytest.mark.smoke
@pytest.mark.peers
async def test_killed_between_commit_and_acknowledgement(wires: Wires) -> None:
    async with wires.started() as hub:
        await hub.talks()
        hub.room.store.hushed = True
        hub.deliver("untold", **ucs2("Где моя справка?"))
        await hub.room.store.reached.wait()
        await killed(hub)
        assert not hub.smsc.told("answer")
    wires.smsc.tell("bind_status", status=0)
    async with wires.started() as hub:
        await hub.says("Где моя справка?")
        assert (await hub.said())[1:] == ["Где моя справка?"]
        await hub.says("Где моя справка?")
        assert (await hub.said())[1:] == ["Где моя справка?"] * 2


@pytest.mark.peers
async def test_after_an_orderly_restart_the_same_words_are_a_new_message(wires: Wires) -> None:
    for n in range(3):
        async with wires.started() as hub:
            await hub.says("Да")
            assert await hub.said() == ["Да"] * (n + 1)


@pytest.mark.peers
async def test_killed_between_the_commit_of_a_long_message_and_the_acknowledgement_of_its_last_part(wires: Wires) -> None:
    pieces = parts(LONG, "udh16")
    async with wires.started() as hub:
        await hub.talks()
        await bring(hub, pieces[:-1])
        hub.room.store.hushed = True
        hub.deliver("last", **pieces[-1])
        await hub.room.store.reached.wait()
        await killed(hub)
    wires.smsc.tell("bind_status", status=0)
    async with wires.started() as hub:
        await bring(hub, pieces[-1:])
        assert (await hub.said())[1:] == [LONG]


@pytest.mark.peers
async def test_a_store_that_fails_in_the_middle_of_a_long_message(wires: Wires) -> None:
    pieces = parts(LONG, "udh8")
    async with wires.started() as hub:
        await bring(hub, pieces[:-1])
        hub.room.store.full = True
        hub.deliver("last", **pieces[-1])
        await hub.acknowledged("last", 0x64)
        hub.room.store.open()
        await bring(hub, pieces[-1:])
        assert await hub.said() == [LONG]
        assert len(await hub.room.store.all(Fragment)) == len(pieces)


@pytest.mark.peers
async def test_the_link_is_lost_at_every_second_reply_and_each_reaches_the_citizen(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        heard: list[str] = []
        for n in range(4):
            if n % 2:
                hub.smsc.tell("drop_next")
            await hub.room.anna_writes(conversation, f"Ответ {n}")
            heard.append((await hub.smsc.hear("submit"))["text"])
        assert heard == [f"Ответ {n}" for n in range(4)]


@pytest.mark.peers
async def test_a_receipt_is_told_again_when_it_could_not_be_stored(wires: Wires) -> None:
    async with wires.started() as hub:
        conversation = await hub.talks()
        await hub.room.anna_writes(conversation, "Готово")
        [submit] = await hub.hears("Готово")
        await hub.settled()
        hub.room.store.full = True
        text = f"id:{submit['id']} stat:DELIVRD"
        hub.deliver("full", esm_class=4, short_message=text)
        await hub.acknowledged("full", 0x64)
        hub.room.store.open()
        for key in ("first", "second"):
            hub.deliver(key, esm_class=4, short_message=text)
            await hub.acknowledged(key)
        assert [fate[0] for fate in await hub.fates(conversation)] == ["Готово"]


class Link:
    confirmed = 0


def test_what_comes_again_on_the_same_link_was_answered_too_late() -> None:
    doubts, link = DuplicateDetector(), Link()
    doubts.answered("digest", "key", link, came_at=0, at=TIMER_S + 2, answer=1)
    assert doubts.key("digest", link, TIMER_S + 1) == "key"
    assert doubts.key("digest", link, TIMER_S - 1) == ""
    assert doubts.key("digest", link, TIMER_S + 3) == ""


def test_on_another_link_it_is_the_same_until_the_answer_was_surely_heard() -> None:
    doubts, lost, link = DuplicateDetector(), Link(), Link()
    doubts.answered("digest", "key", lost, came_at=0, at=1, answer=3)
    assert doubts.key("digest", link, 2) == "key"
    assert doubts.key("digest", link, KEPT_S + 2) == ""
    lost.confirmed = 3
    assert doubts.key("digest", link, 2) == ""


def test_two_that_say_the_same_come_again_as_two() -> None:
    doubts, lost, link = DuplicateDetector(), Link(), Link()
    for n in (1, 2):
        doubts.answered("digest", f"key {n}", lost, came_at=n, at=n, answer=n)
    found = []
    for n in (1, 2, 3):
        found.append(doubts.key("digest", link, 10 + n))
        doubts.answered("digest", found[-1] or "new", link, came_at=10 + n, at=10 + n, answer=n)
    assert found == ["key 1", "key 2", ""]


def test_what_can_be_doubted_no_more_takes_no_memory() -> None:
    doubts, link = DuplicateDetector(), Link()
    link.confirmed = 10**9
    for n in range(50_000):
        doubts.answered(f"{n}", "key", link, came_at=n, at=n, answer=n)
    assert len(doubts._known) < 2048
