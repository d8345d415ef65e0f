"""A disk that fails: whoever hands something in is told, nothing is shown that is not stored, and it all works again after."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hub.conversations.conversation import WithOperator
from hub.conversations.message import Author
from hub.conversations.ports import Stored
from hub.kernel.errors import UnavailableStoreError
from storage.sqlite import SqliteStore
from tests.rig import ANNA, Rig, eventually


@contextmanager
def failing(disk: SqliteStore) -> Iterator[None]:
    disk._db.execute("PRAGMA query_only = 1")
    try:
        yield
    finally:
        disk._db.execute("PRAGMA query_only = 0")


async def test_a_message_that_is_not_stored_is_refused_and_not_shown(on_disk: Rig, disk: SqliteStore) -> None:
    # CH-06
    conversation = await on_disk.stored("Первый", "k1")
    await on_disk.settled()
    shown = list(on_disk.screen.shown)
    with failing(disk):
        for _ in range(3):
            assert isinstance(await on_disk.say("Второй", "k2"), UnavailableStoreError)
        assert on_disk.screen.shown == shown
        assert disk.broken
    assert isinstance(await on_disk.say("Второй", "k2"), Stored)
    await on_disk.settled()
    assert await on_disk.said(conversation) == ["Здравствуйте", "Первый", "Ответ на «Первый»", "Второй", "Ответ на «Второй»"]


async def test_a_conversation_that_could_not_be_opened_is_opened_later(on_disk: Rig, disk: SqliteStore) -> None:
    # CH-06
    with failing(disk):
        outcomes = await asyncio.gather(*(on_disk.say(f"сообщение {n}", f"k{n}") for n in range(3)), on_disk.say("Вопрос", "k9", who="b"))
        assert all(isinstance(outcome, UnavailableStoreError) for outcome in outcomes)
        assert on_disk.screen.shown == []
    for number in range(3):
        conversation = await on_disk.stored(f"сообщение {number}", f"k{number}")
    assert await on_disk.said(conversation, Author.CITIZEN) == ["сообщение 0", "сообщение 1", "сообщение 2"]
    assert len(await disk.recent()) == 1


async def test_messages_on_their_way_all_fail_and_all_come_in_order_when_sent_again(on_disk: Rig, disk: SqliteStore) -> None:
    # CH-06, CH-10
    conversation = await on_disk.stored("Здравствуйте", "k")
    with failing(disk):
        outcomes = await asyncio.gather(*(on_disk.say(f"сообщение {n}", f"k{n}") for n in range(20)))
        assert all(isinstance(outcome, UnavailableStoreError) for outcome in outcomes)
    outcomes = await asyncio.gather(*(on_disk.say(f"сообщение {n}", f"k{n}") for n in range(20)))
    assert all(isinstance(outcome, Stored) for outcome in outcomes)
    await on_disk.settled()
    assert await on_disk.said(conversation, Author.CITIZEN) == ["Здравствуйте", *(f"сообщение {n}" for n in range(20))]
    assert len(await on_disk.said(conversation, Author.BOT)) == 22


async def test_an_answer_that_could_not_be_stored_comes_once_the_disk_is_back(on_disk: Rig, disk: SqliteStore) -> None:
    # CH-06
    conversation = await on_disk.stored("Здравствуйте", "k0")
    await on_disk.settled()
    fault = failing(disk)
    failed_before = on_disk.sequencer.refused_steps
    on_disk.sequencer.on_commit.project.subscribe(lambda _live, change: fault.__enter__() if change.owed else None)  # the question is stored: now it fails
    await on_disk.say("Вопрос", "k1")

    async def failed_a_few_times() -> bool:
        return on_disk.sequencer.refused_steps >= failed_before + 3

    await eventually(failed_a_few_times)
    assert await on_disk.said(conversation, Author.BOT) == ["Здравствуйте", "Ответ на «Здравствуйте»"]
    fault.__exit__(None, None, None)
    await on_disk.settled()
    assert await on_disk.said(conversation, Author.BOT) == ["Здравствуйте", "Ответ на «Здравствуйте»", "Ответ на «Вопрос»"]


async def test_an_operators_step_fails_as_a_whole_and_can_be_done_again(on_disk: Rig, disk: SqliteStore) -> None:
    # CH-09
    await disk.put(ANNA)
    conversation = await on_disk.waiting()
    on_disk.ready(ANNA)
    with failing(disk), pytest.raises(UnavailableStoreError):
        await on_disk.actions.accept(ANNA, conversation)
    assert on_disk.dispatch.held("anna") == 0
    await on_disk.actions.accept(ANNA, conversation)
    holder = (await on_disk.holds(conversation)).holder
    assert isinstance(holder, WithOperator)
    with failing(disk), pytest.raises(UnavailableStoreError):
        await on_disk.actions.say(ANNA, conversation, "k", "Ответ", internal=False)
    first = await on_disk.actions.say(ANNA, conversation, "k", "Ответ", internal=False)
    assert await on_disk.actions.say(ANNA, conversation, "k", "Ответ", internal=False) == first
    assert await on_disk.said(conversation, Author.OPERATOR) == ["Ответ"]
    assert [d.what for _, d in await disk.audit_entries()].count("reply") == 1
