"""A carrier takes each message at least once and in order, whatever happens to it, to us and to the disk."""

import asyncio
from collections.abc import Callable

import pytest

from hub.conversations.conversation import Closed, InQueue
from hub.conversations.delivery import FAULTS
from hub.conversations.delivery_status import Delivery, Receipt
from hub.conversations.journal import Carried
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from storage.sqlite import SqliteStore
from tests.conversations.test_failing_store import failing
from tests.rig import ANNA, AWAY, NEVER, Carrier, Clock, Rig, eventually

SMS = Carrier.name


def texts(rig: Rig) -> list[str]:
    return [r.entry.text for r in rig.carrier.carried if isinstance(r.entry, Message)]


async def fates(rig: Rig, conversation: int) -> list[tuple[int, Delivery, str]]:
    entries = [record.entry for record in await rig.store.records(conversation, limit=1000)]
    return [(entry.record, entry.state, entry.why) for entry in entries if isinstance(entry, Carried)]


async def message(rig: Rig, conversation: int, text: str) -> int:
    found = [r.id for r in await rig.store.records(conversation, limit=1000) if isinstance(r.entry, Message) and r.entry.text == text]
    return found[0]


async def answered(rig: Rig, text: str) -> tuple[int, int]:
    """A conversation in which Anna said something, and her message."""
    conversation = await rig.waiting(channel=SMS)
    rig.ready(ANNA)
    await rig.actions.accept(ANNA, conversation)
    await rig.actions.say(ANNA, conversation, text, text, internal=False)
    await rig.settled()
    return conversation, await message(rig, conversation, text)


async def test_what_is_said_at_once_is_carried_at_once(rig: Rig) -> None:
    # CH-05
    await rig.stored("Вопрос", "k1", channel=SMS, who="one")
    await rig.settled()
    rig.bot.known.add("Ещё вопрос")
    rig.clock.forward(1)
    before = rig.carrier.times
    await rig.stored("Ещё вопрос", "k2", channel=SMS, who="two")
    await rig.settled()
    assert rig.carrier.times == before + 1
    assert texts(rig)[-2:] == ["Здравствуйте", "Ответ на «Ещё вопрос»"]


async def test_a_receipt_is_kept_once_and_never_goes_back(rig: Rig) -> None:
    # CH-05
    conversation, said = await answered(rig, "Готово")
    states = [Delivery.FAILED, Delivery.DELIVERED, Delivery.DELIVERED, Delivery.FAILED, Delivery.READ, Delivery.DELIVERED]
    await asyncio.gather(*(rig.message_intake.delivered(Receipt(conversation, said, state)) for state in states))
    await rig.message_intake.delivered(Receipt(conversation, said + 12345, Delivery.FAILED))
    assert [state for _, state, _ in await fates(rig, conversation)] == [Delivery.FAILED, Delivery.DELIVERED, Delivery.READ]


async def test_every_try_is_kept_until_it_is_known_what_became_of_it(rig: Rig) -> None:
    # CH-02
    conversation, said = await answered(rig, "Готово")
    for state, why in ((Delivery.WAITING, "1 из 3"), (Delivery.WAITING, "2 из 3"), (Delivery.DELIVERED, "1 стр."), (Delivery.WAITING, "поздно")):
        await rig.message_intake.delivered(Receipt(conversation, said, state, why))
    assert [why for _, _, why in await fates(rig, conversation)] == ["1 из 3", "2 из 3", "1 стр."]


async def test_an_answer_that_never_arrived_brings_the_conversation_back(rig: Rig) -> None:
    # CH-05, CH-06
    conversation, said = await answered(rig, "Готово")
    await rig.actions.close(ANNA, conversation, "other")
    await rig.message_intake.delivered(Receipt(conversation, said, Delivery.FAILED, "абонент заблокирован"))
    assert (await rig.holds(conversation)).holder == InQueue("general", rig.clock())
    assert await fates(rig, conversation) == [(said, Delivery.FAILED, "абонент заблокирован")]


async def test_what_the_robot_said_in_vain_wakes_nobody(rig: Rig) -> None:
    # CH-05
    conversation, _ = await answered(rig, "Готово")
    await rig.actions.close(ANNA, conversation, "other")
    await rig.message_intake.delivered(Receipt(conversation, await message(rig, conversation, "Здравствуйте"), Delivery.FAILED))
    assert isinstance((await rig.holds(conversation)).holder, Closed)


async def test_what_the_robot_and_operators_say_is_carried_in_order(rig: Rig) -> None:
    # CH-05
    await rig.stored("Вопрос", "k1", channel=SMS)
    conversation = await rig.waiting(channel=SMS)
    rig.ready(ANNA)
    await rig.actions.accept(ANNA, conversation)
    await rig.actions.say(ANNA, conversation, "n1", "только между нами", internal=True)
    for number in range(5):
        await rig.actions.say(ANNA, conversation, f"a{number}", f"Ответ {number}", internal=False)
    await rig.settled()
    assert texts(rig)[:2] == ["Здравствуйте", "Ответ на «Вопрос»"]
    assert texts(rig)[-5:] == [f"Ответ {n}" for n in range(5)]
    assert "только между нами" not in texts(rig)


async def test_a_carrier_that_is_away_gets_everything_later_in_order(rig: Rig) -> None:
    # CH-05, CH-06
    rig.carrier.faults = [AWAY, AWAY, RuntimeError, AWAY]
    for number in range(4):
        await rig.stored(f"Вопрос {number}", f"k{number}", channel=SMS)
    await rig.settled()
    assert texts(rig) == ["Здравствуйте", *(f"Ответ на «Вопрос {n}»" for n in range(4))]
    assert rig.carrier.tries == sorted(rig.carrier.tries)


async def test_what_will_never_be_delivered_is_noted_and_holds_up_nothing(rig: Rig) -> None:
    # CH-05
    rig.carrier.faults = [NEVER]
    conversation = await rig.stored("Вопрос", "k1", channel=SMS)
    await rig.stored("Ещё вопрос", "k2", channel=SMS)
    await rig.settled()
    assert texts(rig) == ["Ответ на «Ещё вопрос»"]
    failed = [await message(rig, conversation, text) for text in ("Здравствуйте", "Ответ на «Вопрос»")]
    assert await fates(rig, conversation) == [(each, Delivery.FAILED, "занято") for each in failed]


def unwritable(words: str) -> UnicodeEncodeError:
    return UnicodeEncodeError("ascii", words, 0, 1, "ordinal not in range(128)")


KINDS = (RuntimeError, KeyError, TypeError, ValueError, AssertionError, RecursionError, AttributeError)
assert len(KINDS) < FAULTS


# The count is right only where each of these kinds is one of the faults that are counted.
@pytest.mark.parametrize("faults", [[RuntimeError, *KINDS][-FAULTS:], [unwritable]], ids=["any kind", "unwritable"])
async def test_every_fault_of_a_driver_ends_and_a_person_is_told(rig: Rig, faults: list[Callable[[str], Exception]]) -> None:
    # Whatever a driver raises: the citizen is not left without an answer for ever, and nobody else waits behind it
    rig.carrier.faults = list(faults)
    conversation = await rig.stored("Вопрос", "k1", channel=SMS)
    await rig.settled()
    assert len(rig.carrier.tries) == len(faults)
    told = await fates(rig, conversation)
    assert {state for _, state, _ in told} == {Delivery.FAILED}
    assert all("ошибка канала" in why and "занято" not in why for _, _, why in told)
    assert isinstance((await rig.holds(conversation)).holder, InQueue)
    assert rig.deliveries.unsendable == {SMS: len(told)}
    # A restart begins none of it anew.
    assert await rig.store.owed() == []


async def test_what_is_away_is_tried_however_long_it_takes(rig: Rig) -> None:
    # CH-06: a far end or a disk that is away is no fault
    rig.carrier.faults = [AWAY, ConnectionResetError, OSError] * 3  # more than a fault has
    await rig.stored("Вопрос", "k1", channel=SMS)
    await rig.settled()
    assert texts(rig) == ["Здравствуйте", "Ответ на «Вопрос»"]


async def test_carriers_of_different_conversations_do_not_wait_for_each_other(rig: Rig) -> None:
    # CH-10
    rig.carrier.always = AWAY
    await rig.stored("Вопрос", "k1", channel=SMS, who="one")
    await rig.stored("Вопрос", "k1", channel=SMS, who="two")
    assert await rig.stored("Вопрос", "k1") > 0
    rig.carrier.always = None
    await rig.settled()
    assert len(texts(rig)) == 4


async def test_what_was_not_carried_before_a_restart_is_carried_after(rig: Rig, store: Store, clock: Clock) -> None:
    # CH-06
    rig.carrier.gate.clear()
    conversation = await rig.stored("Вопрос", "k1", channel=SMS)

    async def under_way() -> bool:
        return len(await rig.said(conversation, Author.BOT)) == 2 and rig.carrier.given > 0

    await eventually(under_way)
    await rig.stop()
    assert rig.carrier.carried == []
    again = await Rig(store, clock, await store.newest()).start()
    await again.settled()
    assert texts(again) == ["Здравствуйте", "Ответ на «Вопрос»"]
    await again.stop()
    last = await Rig(store, clock, await store.newest()).start()
    assert texts(last) == []
    await last.stop()


async def test_a_refusal_that_could_not_be_noted_is_noted_later(on_disk: Rig, disk: SqliteStore) -> None:
    # CH-06
    conversation = await on_disk.stored("Вопрос", "k1", channel=SMS)
    await on_disk.settled()
    await disk.put(ANNA)
    await on_disk.waiting(channel=SMS)
    on_disk.ready(ANNA)
    await on_disk.actions.accept(ANNA, conversation)
    await on_disk.settled()
    on_disk.carrier.always = NEVER
    on_disk.carrier.gate.clear()
    await on_disk.actions.say(ANNA, conversation, "a", "Ответ", internal=False)
    tried = len(on_disk.carrier.tries)
    with failing(disk):
        on_disk.carrier.gate.set()

        async def tried_again() -> bool:
            return len(on_disk.carrier.tries) >= tried + 3

        await eventually(tried_again)
    await on_disk.settled()
    assert [why for _, _, why in await fates(on_disk, conversation)] == ["занято"]
    on_disk.carrier.always = None
    await on_disk.actions.say(ANNA, conversation, "b", "Ещё", internal=False)
    await on_disk.settled()
    assert texts(on_disk)[-1] == "Ещё"
