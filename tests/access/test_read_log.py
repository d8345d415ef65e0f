"""Whoever reads what a citizen said has a ground, which is stored before he sees anything (SE-01, SE-03, ST-05)."""

import asyncio

import pytest

from hub.access.read_log import GOOD, TOGETHER
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError, UnavailableStoreError
from tests.rig import ANNA, BOSS, OLGA, Clock, Rig


async def opened(rig: Rig, conversation: int) -> list[tuple[str, str]]:
    """Who opened it on what ground, oldest first."""
    found = [(audit_entry.by, audit_entry.ground) for _, audit_entry in await rig.store.audit_entries() if (audit_entry.what, audit_entry.about) == ("open", str(conversation))]
    return found[::-1]


async def refusal(rig: Rig, conversation: int) -> str:
    with pytest.raises(RefusedError) as refused:
        await rig.actions.open(BOSS, conversation)
    return refused.value.code


async def test_ones_own_work_is_a_ground(rig: Rig) -> None:
    rig.ready(ANNA)
    conversation = await rig.waiting()
    await rig.actions.open(ANNA, conversation)
    await rig.actions.accept(ANNA, conversation)
    await rig.actions.open(ANNA, conversation)
    assert await opened(rig, conversation) == [("anna", "line"), ("anna", "held")]


async def test_a_reason_is_good_as_long_as_it_is_used(rig: Rig, clock: Clock) -> None:
    conversation = await rig.waiting()
    await rig.actions.take(ANNA, conversation)
    assert await refusal(rig, conversation) == "no_ground"
    await rig.actions.state(BOSS, conversation, "жалоба")
    for _ in range(3):
        await rig.actions.open(BOSS, conversation)
        clock.forward(GOOD.total_seconds())
    assert await opened(rig, conversation) == [("boss", "жалоба")] * 3
    clock.forward(1)
    assert await refusal(rig, conversation) == "no_ground"
    other = await rig.waiting(who="other")
    await rig.actions.take(OLGA, other)
    assert await refusal(rig, other) == "no_ground"  # for one conversation only


async def test_what_was_his_own_work_he_may_look_at_again(rig: Rig) -> None:
    conversation = await rig.waiting()
    await rig.actions.take(BOSS, conversation)
    await rig.actions.open(BOSS, conversation)
    await rig.actions.close(BOSS, conversation, "other")
    await rig.actions.open(BOSS, conversation)
    assert set(await opened(rig, conversation)) == {("boss", "held"), ("boss", "served")}


async def test_a_senior_who_is_asked_needs_no_other_reason(rig: Rig) -> None:
    conversation = await rig.waiting()
    await rig.actions.take(ANNA, conversation)
    rig.actions.readings.asked.answer_by({conversation}.__contains__)
    await rig.actions.open(BOSS, conversation)
    assert await opened(rig, conversation) == [("boss", "asked")]


async def test_the_same_within_minutes_is_one_reading(rig: Rig, clock: Clock) -> None:
    conversation = await rig.waiting()
    await rig.actions.take(ANNA, conversation)
    await asyncio.gather(*(rig.actions.open(ANNA, conversation) for _ in range(20)))
    clock.forward(TOGETHER.total_seconds() - 1)
    await rig.actions.open(ANNA, conversation)
    assert len(await opened(rig, conversation)) == 1
    clock.forward(1)
    await rig.actions.open(ANNA, conversation)
    assert len(await opened(rig, conversation)) == 2


async def test_nobody_sees_what_could_not_be_stored(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = await rig.waiting()
    await rig.actions.take(ANNA, conversation)
    note = rig.store.note

    async def full(audit_entry: AuditEntry) -> None:
        message = f"no room for {audit_entry.what}"
        raise UnavailableStoreError(message)
    with monkeypatch.context() as patched:
        patched.setattr(rig.store, "note", full)
        for _ in range(2):
            with pytest.raises(UnavailableStoreError):
                await rig.actions.open(ANNA, conversation)
    assert rig.store.note == note
    await rig.actions.open(ANNA, conversation)  # tried again, and not remembered as done
    assert len(await opened(rig, conversation)) == 1


async def test_who_goes_away_meanwhile_takes_nothing_back(rig: Rig) -> None:
    conversation = await rig.waiting()
    await rig.actions.take(ANNA, conversation)
    gone = asyncio.ensure_future(rig.actions.open(ANNA, conversation))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, rig.actions.open(ANNA, conversation), return_exceptions=True)
    assert len(await opened(rig, conversation)) == 1
