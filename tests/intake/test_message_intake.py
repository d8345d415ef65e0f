"""Taking in: acknowledged once stored, stored once, in order, in one conversation."""

import asyncio
from collections.abc import Callable

import pytest

from bots.russian import Russian
from hub.access.operator import Operator
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import InQueue, WithBot
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit, Incoming, OnCommitted, Store, Stored
from hub.conversations.sequencer import TAIL
from hub.kernel.errors import OknoError, RefusedError
from storage.memory import MemoryStore
from storage.text_analyzer import TextAnalyzer
from tests.rig import Clock, Rig, Screen


async def test_a_first_message_opens_a_conversation_with_a_number(rig: Rig) -> None:
    # CH-06, RQ-01
    conversation = await rig.stored("Где мой паспорт?", "k1")
    head = await rig.holds(conversation)
    assert head.number.startswith("077-260101-00001-")
    assert head.citizen.name == "Иван"
    assert (await rig.said(conversation))[:2] == ["Здравствуйте", "Где мой паспорт?"]
    assert (await rig.message_intake.find(head.address)) is not None


async def test_a_repeated_key_is_acknowledged_and_not_stored_again(rig: Rig) -> None:
    # CH-06
    first = await rig.say("Вопрос", "k1")
    assert await rig.say("Вопрос", "k1") == first
    assert await rig.say("Вопрос", "k1", who="somebody else") != first
    assert isinstance(first, Stored)
    assert (await rig.said(first.conversation, Author.CITIZEN)) == ["Вопрос"]


async def test_the_last_records_at_hand_are_those_of_the_store(rig: Rig, store: Store) -> None:
    # CH-09
    live = await rig.sequencer.load(await rig.stored("Вопрос", "k0"))
    await rig.settled()
    for n in range(1, TAIL + 2):
        await rig.sequencer.tails([live.head])
        await rig.say(f"Ещё вопрос {n}", f"k{n}")
        await rig.settled()
        assert live.tail
        assert {live.head.id: list(live.tail)} == await store.tails([live.head], TAIL)
        assert await rig.sequencer.tails([live.head]) == {live.head.id: live.tail}


async def test_who_writes_a_long_letter_does_not_hold_up_others(rig: Rig) -> None:
    # F1: its words are looked up piece by piece
    for who in ("long", "short"):
        await rig.say("Здравствуйте", "k0", who=who)
    stored: list[str] = []
    done = asyncio.Event()

    def told(name: str) -> Callable[[Stored | OknoError], None]:
        def accepted(_: Stored | OknoError) -> None:
            stored.append(name)
            if len(stored) == 3:
                done.set()
        return accepted

    letter, after, other = ("long", "слово " * 400, "k1"), ("long", "и ещё", "k2"), ("short", "Вопрос", "k1")
    for name, (who, text, key) in {"letter": letter, "after": after, "other": other}.items():
        rig.message_intake.accept(Incoming(Address(Screen.name, who), key, text), told(name))
    await done.wait()
    assert stored == ["other", "letter", "after"]


class Noting(MemoryStore):
    """Notes which steps may wait for others."""

    def __init__(self, words: TextAnalyzer) -> None:
        super().__init__(words)
        self.patient: list[bool] = []

    def submit(self, change: Commit, done: OnCommitted, *, patient: bool = False) -> None:
        self.patient.append(patient)
        super().submit(change, done, patient=patient)


async def test_only_what_a_person_reads_waits_for_other_commits(clock: Clock, russian: Russian) -> None:
    # CH-10
    store = Noting(russian)
    rig = await Rig(store, clock).start()
    await rig.say("Где мой паспорт?", "k0")
    assert isinstance((await rig.holds(await rig.waiting(who="other"))).holder, InQueue)
    await rig.settled()
    store.patient.clear()
    await rig.say("Где мой паспорт?", "k1")
    await rig.settled()
    assert not any(store.patient)
    store.patient.clear()
    await rig.say("Я жду", "k2", who="other")
    assert store.patient == [True]
    await rig.stop()


async def test_a_key_repeated_in_flight_is_acknowledged_with_the_first(rig: Rig) -> None:
    # CH-06
    await rig.say("Здравствуйте", "k0")
    outcomes = await asyncio.gather(*(rig.say("Вопрос", "k1") for _ in range(5)), *(rig.say("Другой", "k2") for _ in range(5)))
    assert len({o.id for o in outcomes if isinstance(o, Stored)}) == 2
    first = outcomes[0]
    assert isinstance(first, Stored)
    assert await rig.said(first.conversation, Author.CITIZEN) == ["Здравствуйте", "Вопрос", "Другой"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_letter_is_not_asked_back(rig: Rig, store: Store, clock: Clock, restarted: bool) -> None:
    # CH-05: what the robot does not know goes to a person at once, after a crash before its turn, too
    if restarted:
        rig.sequencer.on_commit.react.unsubscribe(rig.reactions.committed)
    stored = await rig.say("???", "k1", written=True)
    assert isinstance(stored, Stored)
    if restarted:
        await rig.stop()
        rig = await Rig(store, clock, await store.newest()).start()
    await rig.settled()
    assert isinstance((await rig.holds(stored.conversation)).holder, InQueue)
    assert "Уточните" not in await rig.said(stored.conversation, Author.BOT)
    if restarted:
        await rig.stop()


async def test_a_letter_that_the_robot_knows_is_answered_and_the_next_one_is_not_asked_back_either(rig: Rig) -> None:
    # CH-05
    stored = await rig.say("Вопрос", "k1", written=True)
    assert isinstance(stored, Stored)
    await rig.settled()
    assert isinstance((await rig.holds(stored.conversation)).holder, WithBot)
    await rig.say("???", "k2", written=True)
    await rig.settled()
    assert isinstance((await rig.holds(stored.conversation)).holder, InQueue)


async def test_a_key_repeated_after_a_restart_is_known(rig: Rig, store: Store, clock: Clock) -> None:
    # CH-06
    first = await rig.say("Вопрос", "k1")
    await rig.stop()
    again = await Rig(store, clock, await store.newest()).start()
    assert await again.say("Вопрос", "k1") == first
    assert isinstance(first, Stored)
    assert await again.said(first.conversation, Author.CITIZEN) == ["Вопрос"]
    await again.stop()


async def test_the_first_messages_at_once_open_one_conversation(rig: Rig) -> None:
    # CH-06, CH-10
    outcomes = await asyncio.gather(*(rig.say(f"сообщение {n}", f"k{n}") for n in range(20)))
    conversations = {o.conversation for o in outcomes if isinstance(o, Stored)}
    assert len(conversations) == 1
    assert await rig.said(conversations.pop(), Author.CITIZEN) == [f"сообщение {n}" for n in range(20)]


@pytest.mark.parametrize("turns", range(0, 24, 2))
async def test_messages_keep_their_order_whenever_they_come(rig: Rig, turns: int) -> None:
    # CH-12: while the conversation is being opened, the next message must not overtake
    told = [asyncio.create_task(rig.say(f"сообщение {n}", f"k{n}")) for n in range(3)]
    for number in range(3, 30):
        for _ in range(turns):
            await asyncio.sleep(0)
        told.append(asyncio.create_task(rig.say(f"сообщение {number}", f"k{number}")))
    outcomes = [await task for task in told]
    assert isinstance(outcomes[0], Stored)
    assert await rig.said(outcomes[0].conversation, Author.CITIZEN) == [f"сообщение {n}" for n in range(30)]


async def test_many_citizens_at_once_all_progress(rig: Rig) -> None:
    # CH-10
    outcomes = await asyncio.gather(*(rig.say("Вопрос", "k", who=f"citizen {n}") for n in range(200)))
    assert len({o.conversation for o in outcomes if isinstance(o, Stored)}) == 200
    heads = await rig.store.recent(limit=500)
    assert len({head.number for head in heads}) == 200


async def test_a_known_question_is_answered_in_the_same_step(rig: Rig) -> None:
    # CH-06
    await rig.stored("Вопрос", "k1", who="first")
    conversation = await rig.stored("Здравствуйте", "k0")
    rig.bot.known.add("Вопрос")
    stored = await rig.say("Вопрос", "k1")
    assert isinstance(stored, Stored)
    records = await rig.store.records(conversation, upto=(await rig.holds(conversation)).last, limit=2)
    assert [r.entry.text for r in records if isinstance(r.entry, Message)] == ["Вопрос", "Ответ на «Вопрос»"]
    assert records[0].id not in {r.id for r in await rig.store.owed()}


async def test_what_the_citizen_may_see(rig: Rig) -> None:
    # SE-01
    conversation = await rig.waiting()
    boss = await rig.store.get(Operator, "boss")
    assert boss is not None
    await rig.actions.say(boss, conversation, "n1", "между нами", internal=True)
    seen = await rig.message_intake.transcript(conversation, 0)
    assert "между нами" not in [r.entry.text for r in seen if isinstance(r.entry, Message)]
    assert all(isinstance(r.entry, Message) for r in seen)
    assert await rig.message_intake.transcript(conversation, seen[-1].id) == []
    assert await rig.message_intake.transcript(conversation, seen[0].id) == seen[1:]


async def test_a_long_transcript_is_whole(rig: Rig) -> None:
    # CH-12
    conversation = await rig.waiting()
    for number in range(450):
        await rig.say(f"ещё {number}", f"m{number}")
    texts = [r.entry.text for r in await rig.message_intake.transcript(conversation, 0) if isinstance(r.entry, Message)]
    assert texts[-450:] == [f"ещё {n}" for n in range(450)]
    assert texts[0] == "Здравствуйте"


async def test_opening_before_anything_is_said(rig: Rig) -> None:
    address = Address(Screen.name, "early")
    heads = await asyncio.gather(*(rig.message_intake.open(address, Citizen()) for _ in range(3)))
    assert len({head.id for head in heads}) == 1
    assert (await rig.holds(heads[0].id)).holder == WithBot()
    assert await rig.said(heads[0].id) == ["Здравствуйте"]


async def test_nobody_has_seen_what_was_never_said(rig: Rig) -> None:
    conversation = await rig.stored("Вопрос", "k1")
    rig.message_intake.seen(conversation, 1)
    for wrong in (lambda: rig.message_intake.seen(conversation, 1 << 62), lambda: rig.message_intake.seen(12345, 1)):
        with pytest.raises(RefusedError):
            wrong()


async def test_accepting_gives_its_answer_in_the_loop_and_once(rig: Rig) -> None:
    # CH-06
    told: list[Stored | OknoError] = []
    done = asyncio.Event()

    def accepted(outcome: Stored | OknoError) -> None:
        told.append(outcome)
        done.set()

    rig.message_intake.accept(Incoming(Address(Screen.name, "x"), "k", "Вопрос"), accepted)
    assert told == []
    await asyncio.wait_for(done.wait(), 20)
    await rig.say("ещё", "k2", who="x")
    assert len(told) == 1


async def test_whoever_comes_again_has_the_topic_of_his_new_question(rig: Rig) -> None:
    # CH-04
    conversation = await rig.stored("Где мой паспорт?", "k1")
    await rig.settled()
    await rig.message_intake.left(Address(Screen.name, "citizen"))
    await rig.stored("Где мой паспорт?", "k2")  # now the robot knows the answer at once
    assert (await rig.holds(conversation)).topic == "other"


async def test_halves_of_signs_stop_nobody(rig: Rig) -> None:
    # CH-06: JSON and UCS-2 can carry a lone surrogate, and no storage takes it
    conversation = await rig.stored("Паспорт \ud83d готов?", "1")
    await rig.settled()
    assert await rig.said(conversation, Author.CITIZEN) == ["Паспорт � готов?"]
