"""Many who wait are moved at once, each by himself: with their clocks, only from where they were seen, and back again."""

from typing import Any

import pytest

from hub.access.operator import Operator
from hub.actions.bulk_transfer import BulkTransfer, TransferTarget
from hub.conversations.conversation import InQueue
from hub.conversations.journal import HandedOver
from hub.conversations.message import Message
from tests.rig import ANNA, BOSS, OLGA, Clock, Rig

GENERAL, PASSPORTS = TransferTarget("general"), TransferTarget("passports")


async def waiting(rig: Rig, clock: Clock, *names: str) -> list[int]:
    """They come one after the other, ten seconds apart, and wait in the general line."""
    found = []
    for name in names:
        found.append(await rig.stored("оператор", "k", who=name))
        await rig.settled()
        clock.forward(10)
    return found


async def place(rig: Rig, conversation: int) -> Any:
    return (await rig.holds(conversation)).holder


@pytest.fixture
def rearranging(rig: Rig) -> BulkTransfer:
    return BulkTransfer(rig.actions, rig.store)


async def test_clocks_go_along_and_so_the_place_is_the_one_of_the_wait(rig: Rig, rearranging: BulkTransfer, clock: Clock) -> None:  # CH-09 CH-08 SL-03
    first, second, third = await waiting(rig, clock, "а", "б", "в")
    since = {each: (await place(rig, each)).since for each in (first, second, third)}
    assert await rearranging.move(BOSS, {second: GENERAL}, PASSPORTS, "Там свободнее") == []
    assert await rearranging.move(BOSS, {third: GENERAL, first: GENERAL}, PASSPORTS, "Там свободнее") == []
    await rig.settled()
    assert {each: (await place(rig, each)).since for each in since} == since
    assert rig.dispatch.line("passports") == [first, second, third]
    told = [record.entry for record in await rig.store.records(first, limit=100)][-2:]
    assert [(type(each), getattr(each, "text", ""), each.by) for each in told if isinstance(each, Message | HandedOver)] == [
        (Message, "Там свободнее", "boss"), (HandedOver, "", "boss")]
    assert [audit_entry.what for _, audit_entry in await rig.store.audit_entries()].count("transfer") == 3


async def test_whoever_is_not_where_he_was_seen_stays_and_is_named(rig: Rig, rearranging: BulkTransfer, clock: Clock) -> None:  # CH-09
    taken, moved, stays = await waiting(rig, clock, "а", "б", "в")
    await rig.actions.take(ANNA, taken)
    await rig.actions.transfer(BOSS, moved, queue="passports", operator="", note="")
    seen = {taken: GENERAL, moved: GENERAL, stays: GENERAL, 12345: GENERAL}
    wanted = [(taken, "not_waiting"), (moved, "not_waiting"), (12345, "no_such_conversation")]
    assert [(each.conversation, each.code) for each in await rearranging.staying(BOSS, seen, TransferTarget(operator="olga"))] == wanted
    assert await place(rig, stays) == InQueue("general", (await place(rig, stays)).since)
    assert [(each.conversation, each.code) for each in await rearranging.move(BOSS, seen, TransferTarget(operator="olga"), "Ольге")] == wanted
    assert (await place(rig, stays)).wanted == "olga"
    assert (await place(rig, taken)).operator == "anna"


async def test_the_way_back_is_the_same_way(rig: Rig, rearranging: BulkTransfer, clock: Clock) -> None:  # CH-09
    one, two = await waiting(rig, clock, "а", "б")
    before = await place(rig, one), await place(rig, two)
    for_olga = TransferTarget("passports", "olga")
    assert await rearranging.move(BOSS, {one: GENERAL, two: GENERAL}, for_olga, "Ольге") == []
    assert await rearranging.move(BOSS, {one: for_olga, two: for_olga}, GENERAL, "Перевод отменён") == []
    assert (await place(rig, one), await place(rig, two)) == before
    assert [each.code for each in await rearranging.move(BOSS, {one: GENERAL}, GENERAL, "И снова")] == ["nothing_new"]


@pytest.mark.parametrize(("who", "to", "code"), [
    (OLGA, PASSPORTS, "not_yours"), (BOSS, TransferTarget("nowhere"), "no_such_queue"), (BOSS, TransferTarget(operator="nobody"), "no_such_operator"),
    (BOSS, TransferTarget(operator="boss"), "no_such_operator")])
async def test_what_a_transfer_is_refused_for_these_are_too(rig: Rig, rearranging: BulkTransfer, clock: Clock, who: Operator, to: TransferTarget, code: str) -> None:  # SE-01
    one, = await waiting(rig, clock, "а")
    assert [each.code for each in await rearranging.move(who, {one: GENERAL}, to, "Почему")] == [code]
    assert await place(rig, one) == InQueue("general", (await place(rig, one)).since)
