"""What AMI tells of trunks, as Asterisk 22 has written it (CH-19, SL-07)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bots.russian import Russian
from channels.voice.ami import Ami, AmiEndpoint
from channels.voice.trunks.monitor import TrunkMonitor
from hub.monitoring.trunk import RefusedCall, TrunkHour
from storage.memory import MemoryStore
from tests.peers.asterisk import PASSWORD, USER
from tests.peers.manager import Asked, Manager, error, manager, message, success
from tests.rig import eventually

WAYS = ("PJSIP/{number}@trunk", "PJSIP/{number}@trunk2")


def event(name: str, leg: int, state: str, *more: str, context: str = "from-trunk", number: str = "79160000003", exten: str = "88001002030",
          endpoint: str = "trunk") -> bytes:
    return message(
        f"Event: {name}", "Privilege: call,all", f"Channel: PJSIP/{endpoint}-{leg:08x}", f"ChannelStateDesc: {state}", f"CallerIDNum: {number}", "CallerIDName: <unknown>",
        "ConnectedLineNum: <unknown>", "Language: ru_RU_f_IvrvoiceRU", "AccountCode: ", f"Context: {context}", f"Exten: {exten}", "Priority: 1",
        f"Uniqueid: 1796136712.{leg}", f"Linkedid: 1796136712.{leg}", *more)


def answered(leg: int, endpoint: str = "trunk") -> bytes:
    return event("Newchannel", leg, "Ring", endpoint=endpoint) + event("Newstate", leg, "Up", endpoint=endpoint)


def turned_away(leg: int, number: str = "79160000003", cause: int = 17) -> bytes:
    return event("Newchannel", leg, "Ring", number=number) + event("Hangup", leg, "Ring", f"Cause: {cause}", "Cause-txt: User busy", context="hub-busy", exten="s", number=number)


def hung_up(leg: int) -> bytes:
    return event("Hangup", leg, "Up", "Cause: 16", "Cause-txt: Normal Clearing", context="hub-bye", exten="s")


def lines(asked: Asked) -> bytes:
    """As Asterisk with TRUNK_LINES=2: of the second trunk nothing is declared."""
    return success(asked, f"Variable: {asked['Variable']}", f"Value: {'2' if asked['Variable'] == 'LINES_trunk' else ''}")


@asynccontextmanager
async def listening(far: Manager, store: MemoryStore) -> AsyncIterator[TrunkMonitor]:
    ami = Ami(AmiEndpoint("127.0.0.1", far.port, USER, PASSWORD), lambda told: monitor.told(told))
    monitor = TrunkMonitor("a1", ami, WAYS, "RU", store)
    far.answers.setdefault("Getvar", lines)
    await ami.connect()
    monitor.resume([])
    await monitor.declare()
    yield monitor
    await monitor.close()
    ami.close()


@pytest.fixture
async def far() -> AsyncIterator[Manager]:
    async with manager() as running:
        yield running


@pytest.fixture
async def store() -> MemoryStore:
    return MemoryStore(Russian())


async def test_who_is_refused_is_stored_with_number_and_cause(far: Manager, store: MemoryStore) -> None:
    # CH-19
    async with listening(far, store) as monitor:
        far.tell(answered(0) + answered(1) + turned_away(2) + turned_away(3, "anonymous", 34))

        async def stored() -> bool:
            return len(await store.all(RefusedCall)) == 2
        await eventually(stored)
        first, second = sorted(await store.all(RefusedCall), key=lambda each: each.key)
        assert (first.key, first.trunk, first.number, first.dialled, first.cause) == ("a1-1796136712.2", "a1/trunk", "+79160000003", "88001002030", 17)
        assert (second.number, second.cause) == ("", 34)
        trunk, other = monitor.now()
        assert (trunk.trunk, trunk.lines, trunk.in_use, trunk.refused) == ("a1/trunk", 2, 2, 2)
        assert (other.trunk, other.lines, other.in_use) == ("a1/trunk2", 0, 0)


async def test_the_hours_outlive_the_hub(far: Manager, store: MemoryStore) -> None:
    # SL-07
    async with listening(far, store) as monitor:
        far.tell(answered(0) + answered(1) + event("Newchannel", 9, "Down", number="<unknown>", exten="s") + hung_up(0))

        async def three() -> bool:
            return monitor.now()[0].in_use == 2
        await eventually(three)
    async with listening(far, store) as monitor:
        far.tell(answered(4))

        async def one() -> bool:
            return monitor.now()[0].in_use == 1
        await eventually(one)
    hours = await store.all(TrunkHour)
    assert max(hour.most for hour in hours) == 3
    assert sum(hour.calls for hour in hours) == 3


async def test_telephones_and_other_centres_are_no_trunks(far: Manager, store: MemoryStore) -> None:
    async with listening(far, store) as monitor:
        far.tell(answered(0, "op1") + answered(1, "centre-501") + answered(2, "trunk2"))

        async def there() -> bool:
            return [each.in_use for each in monitor.now()] == [0, 1]
        await eventually(there)


async def test_an_asterisk_without_declared_lines(far: Manager, store: MemoryStore) -> None:
    far.answers["Getvar"] = lambda asked: error(asked, "No such variable")
    async with listening(far, store) as monitor:
        assert [each.lines for each in monitor.now()] == [0, 0]
