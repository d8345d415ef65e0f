"""What a stall has left owed: the poison is found and set aside, its neighbours are answered, whichever store keeps it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.conversation import InQueue, WithBot
from hub.conversations.journal import Carried
from hub.conversations.message import BOT, CITIZEN, Author, Message
from hub.conversations.ports import Incoming, Store
from hub.conversations.redaction import HIDDEN
from hub.conversations.redelivery import Redelivery
from hub.intake.acceptance import UNREAD
from hub.intake.reactions import STALLED
from hub.intake.redeliveries import KEPT, Redeliveries, key_of
from hub.intake.robot_replies import SET_ASIDE
from hub.robot.ports import DialogueAnswer, DialogueTurn, HandOff, Reply
from storage.memory import MemoryStore
from storage.mongo.store import MongoStore
from storage.sqlite import SqliteStore
from tests.peers.mongo import Replicas, replicas
from tests.rig import AWAY, Carrier, Clock, NoDialogue, Rig, Screen, eventually

POISON = "яд"


class Fragile:
    """hub.robot.ports.DialogueEngine: it never comes back from the poison, as code that stands still; told to, from nothing."""

    def __init__(self, *, stands: bool = False) -> None:
        self._stands = stands
        self.heard: list[str] = []
        self.stood = asyncio.Event()

    def talks(self, dialogue: str) -> bool:
        del dialogue
        return True

    def greeting(self, channel: str) -> None:
        """Knowledge greets."""

    def steers(self, words: str) -> HandOff | None:
        del words

    async def turn(self, asked: DialogueTurn) -> DialogueAnswer:
        self.heard.append(asked.words)
        if self._stands or asked.words == POISON:
            self.stood.set()
            await asyncio.Event().wait()
        return DialogueAnswer((Reply(f"Ответ на «{asked.words}»"),), None)


@pytest.fixture(scope="module")
def servers() -> Iterator[Replicas]:
    with replicas() as running:
        yield running


@pytest.fixture(params=["memory", "sqlite", pytest.param("mongodb", marks=pytest.mark.peers)])
async def store(request: pytest.FixtureRequest, tmp_path: Path, russian: Russian) -> AsyncIterator[Store]:
    store: Store
    match request.param:
        case "memory":
            store = MemoryStore(russian)
        case "sqlite":
            store = SqliteStore(tmp_path / "okno.db", russian)
        case _:
            store = MongoStore(request.getfixturevalue("servers").uri, tmp_path.name[-30:], russian)
    yield store
    await store.close()


class Run:
    """The processes of a hub, one after the other; each is ended in the midst of what it does."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self.rig: Rig
        self.talker: Fragile

    async def begin(self, *, stands: bool = False, crashed: bool = True) -> Rig:
        self.talker = Fragile(stands=stands)
        self.rig = await Rig(self._store, self._clock, await self._store.newest(), talker=self.talker, crashed=crashed).start()
        return self.rig

    async def ended(self) -> None:
        async with asyncio.timeout(20):
            await self.talker.stood.wait()
        await self.rig.stop()


# F3: what was begun twice without an end goes to a person; its neighbours do not.
async def test_the_poison_is_found_among_its_neighbours(store: Store, clock: Clock) -> None:
    run = Run(store, clock)
    rig = await run.begin(stands=True, crashed=False)
    talks = {who: await rig.stored(POISON if who == "c" else f"вопрос {who}", "k", who=who) for who in "abcde"}
    await run.ended()

    rig = await run.begin()
    await eventually(lambda: _is(POISON in run.talker.heard))
    assert [mark.key for mark in await store.all(Redelivery)] == [f"owed/{talks['c']}"]
    await run.ended()

    rig = await run.begin()
    await rig.settled()
    assert POISON not in run.talker.heard
    for who, conversation in talks.items():
        said = await rig.said(conversation, BOT)
        if who == "c":
            head = await rig.holds(conversation)
            assert isinstance(head.holder, InQueue)
            assert said[-1] == f"{SET_ASIDE}\nНомер обращения: {head.number}."
            assert STALLED in await rig.said(conversation, Author.SYSTEM)
        else:
            assert said[-1] == f"Ответ на «вопрос {who}»"
            assert isinstance((await rig.holds(conversation)).holder, WithBot)
            assert not await rig.said(conversation, Author.SYSTEM)
    await eventually(lambda: _none(store))
    assert rig.redeliveries.set_aside == 1
    assert not rig.redeliveries.health().up
    await rig.stop()


# F3: however much is owed, few marks are written, and the poison is found in one start more.
async def test_the_poison_is_found_in_a_crowd(store: Store, clock: Clock) -> None:
    run = Run(store, clock)
    rig = await run.begin(stands=True, crashed=False)
    for number in range(450):
        await rig.stored(POISON if number == 333 else f"вопрос {number}", "k", who=f"citizen {number}")
    await run.ended()

    rig = await run.begin()
    await eventually(lambda: _is(POISON in run.talker.heard))
    marks = await store.all(Redelivery)
    assert {mark.alone for mark in marks} == {False}
    assert len(marks) <= 3
    await run.ended()

    rig = await run.begin()
    await eventually(lambda: _is(POISON in run.talker.heard))
    await run.ended()

    rig = await run.begin()
    await rig.settled()
    queued = [head for head in await store.recent(limit=1000) if isinstance(head.holder, InQueue)]
    assert len(queued) == 1
    await rig.stop()


# F3: whatever the citizen says meanwhile waits behind what he has said before, and is the person's, too.
async def test_what_is_said_meanwhile_waits_behind_it(store: Store, clock: Clock) -> None:
    run = Run(store, clock)
    rig = await run.begin(stands=True, crashed=False)
    await rig.stored("первый", "1")
    await run.ended()
    rig = await run.begin()
    conversation = await rig.stored("второй", "2")
    await rig.settled()
    assert await rig.said(conversation, BOT) == ["Здравствуйте", "Ответ на «первый»", "Ответ на «второй»"]
    await eventually(lambda: _none(store))
    await rig.stop()


async def test_a_plain_start_marks_nothing(store: Store, clock: Clock) -> None:
    run = Run(store, clock)
    rig = await run.begin(stands=True, crashed=False)
    conversation = await rig.stored("вопрос", "1")
    await run.ended()
    rig = await run.begin(crashed=False)
    assert not rig.redeliveries.wary
    await rig.settled()
    assert (await rig.said(conversation, BOT))[-1] == "Ответ на «вопрос»"
    assert not await store.all(Redelivery)
    await rig.stop()


# F3: a hub that takes over from one which was ended sees what that one was at.
async def test_another_hub_goes_on_where_the_first_was_ended(store: Store, clock: Clock) -> None:
    run = Run(store, clock)
    rig = await run.begin(stands=True, crashed=False)
    conversation = await rig.stored(POISON, "1")
    await run.ended()
    await run.begin()
    await eventually(lambda: _is(POISON in run.talker.heard))
    await run.ended()
    rig = await run.begin(crashed=False)
    await rig.settled()
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    await rig.stop()


async def test_a_carrier_that_is_away_is_no_poison(store: Store, clock: Clock) -> None:
    run = Run(store, clock)
    rig = await run.begin(crashed=False)
    rig.carrier.always = AWAY
    conversation = await rig.stored("вопрос", "1", channel=Carrier.name)
    await eventually(partial(_has_tried, rig))
    await rig.stop()
    for _ in range(3):
        rig = await run.begin()
        rig.carrier.always = AWAY
        await eventually(partial(_has_tried, rig))
        await eventually(lambda: _none(store))
        await rig.stop()
    rig = await run.begin()
    await rig.settled()
    assert not [r for r in await store.records(conversation, limit=100) if isinstance(r.entry, Carried)]
    await rig.stop()


async def test_an_orderly_stop_is_no_stall(store: Store, clock: Clock) -> None:
    run = Run(store, clock)
    await (await run.begin(stands=True, crashed=False)).stored("вопрос", "1")
    await run.ended()
    rig = await run.begin(stands=True)
    await run.ended()
    await rig.redeliveries.close()
    rig = await run.begin(crashed=False)
    await rig.settled()
    assert rig.redeliveries.set_aside == 0
    await rig.stop()


async def test_old_marks_are_forgotten(store: Store, clock: Clock) -> None:
    await store.put(Redelivery("in/ab", clock(), alone=True))
    clock.forward(KEPT.total_seconds())
    await (redeliveries := Redeliveries(store, clock)).start()
    assert not redeliveries.wary
    assert not await store.all(Redelivery)


async def _is(so: bool) -> bool:
    return so


async def _has_tried(rig: Rig) -> bool:
    return bool(rig.carrier.tries)


async def _none(store: Store) -> bool:
    return not await store.all(Redelivery)


# F3: what a sender brings again and again is taken in unread in the end, and answered by a person. F1: the words are kept.
async def test_what_is_brought_again_is_taken_in_unread(store: Store, clock: Clock) -> None:
    did = list[bytes]()
    rig = await Rig(store, clock, does=did.append).start()
    await rig.stored("вопрос", "1", who="neighbour")
    assert did[-1] == b""
    await rig.stop()
    brought = Incoming(Address(Screen.name, "citizen"), "2", POISON)
    for start in range(2):  # each time the process is ended before anything is stored
        rig = await Rig(store, clock, await store.newest(), crashed=True, did=key_of(brought)).start()
        assert [mark.alone for mark in await store.all(Redelivery)] == [bool(start)]
        if not start:
            await rig.stop()
    conversation = await rig.stored(POISON, "2")
    await rig.stored("вопрос", "3", who="neighbour")
    await rig.settled()
    said = [r.entry for r in await store.records(conversation, limit=100) if isinstance(r.entry, Message) and r.entry.author is CITIZEN]
    assert [(each.text, each.key) for each in said] == [("", "2")]
    assert await rig.files.get(said[0].attachments[0].file) == POISON.encode()
    assert UNREAD in await rig.said(conversation, Author.SYSTEM)
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    assert await rig.stored(POISON, "2") == conversation
    assert await rig.said(conversation, Author.SYSTEM) == [UNREAD]
    await eventually(lambda: _none(store))
    await rig.stop()


class Listening(NoDialogue):
    """Nothing is published, and nobody asks for a person."""

    def steers(self, words: str) -> None:
        del words


# ST-04: what may be a code or a СНИЛС is stored nowhere, whatever it has done to the hub.
async def test_of_a_proof_that_ends_the_hub_nothing_is_kept(store: Store, clock: Clock) -> None:
    rig = await Rig(store, clock, talker=Listening()).start()
    conversation = await rig.stored("вопрос", "1")
    live = await rig.sequencer.load(conversation)
    await rig.sequencer.committed_step(live, (Message(Author.BOT, "Назовите код", clock()),), head=replace(live.head, holder=WithBot(proving=True)))
    await rig.stop()
    for _ in range(2):
        rig = await Rig(store, clock, await store.newest(), talker=Listening(), crashed=True, did=key_of(Incoming(Address(Screen.name, "citizen"), "2", POISON))).start()
        if len([mark for mark in await store.all(Redelivery) if mark.alone]) == 0:
            await rig.stop()
    await rig.stored(POISON, "2")
    await rig.settled()
    said = [r.entry for r in await store.records(conversation, limit=100) if isinstance(r.entry, Message) and r.entry.author is CITIZEN]
    assert await rig.files.get(said[-1].attachments[0].file) == HIDDEN.encode()
    await rig.stop()
