"""An Asterisk that is busy, and a hub that dies while it sends (D14): AMI's bytes by hand, for the real one does this seldom."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from bots.russian import Russian
from channels.fax.asterisk import NAME, FaxLine, connect
from channels.intake import pump
from hub.carriage import Delivery
from hub.contacts import Address, Citizen
from hub.conversation import Conversation
from hub.errors import UnavailableStoreError
from hub.journal import Carried
from hub.message import Message
from hub.ports import Carrying, Files, Intake, Store
from storage.files import FileStore
from tests.channels.room import Room, ValvedSqlite, room_with
from tests.hub.rig import eventually
from tests.peers.manager import Asked, Manager, manager, message, success


@pytest.fixture
async def far() -> AsyncIterator[Manager]:
    async with manager() as running:
        running.answers["CoreShowChannels"] = lambda asked: success(asked, "EventList: start") + message(
            "Event: CoreShowChannelsComplete", f"ActionID: {asked['ActionID']}", "EventList: Complete", "ListItems: 0")
        yield running


def driver(folder: Path, port: int, intake: Intake, store: Store, files: Files) -> FaxLine:
    (folder / "password").write_text("x", encoding="utf8")
    return connect({"password_file": str(folder / "password"), "spool": str(folder), "port": port, "centre": "Центр", "tries": 2, "again_s": 0},
                   intake, store, files, limited=True)


@pytest.fixture
async def room(far: Manager, tmp_path: Path, russian: Russian) -> AsyncIterator[Room]:
    async with room_with(partial(driver, tmp_path, far.port), ValvedSqlite, tmp_path, russian) as ours:
        yield ours


async def connected(channel: object) -> "asyncio.Task[object]":
    assert isinstance(channel, Carrying)
    receiving = asyncio.ensure_future(anext(channel.receive()))

    async def up() -> bool:
        return channel.health().up

    await eventually(up)
    return receiving


def ended(cause: int) -> "partial[bytes]":
    return partial(_ended, cause)


def _ended(cause: int, asked: Asked) -> bytes:
    """The call is not answered."""
    key = asked["ChannelId"]
    return (success(asked) + message("Event: Hangup", "Channel: PJSIP/trunk-1", f"Uniqueid: {key}", f"Cause: {cause}")
            + message("Event: OriginateResponse", f"ActionID: {asked['ActionID']}", "Response: Failure", f"Uniqueid: {key}", "Reason: 5"))


async def written(room: Room) -> Conversation:
    """An operator has written to a fax, and the hub carries it."""
    head = await room.intake.open(Address(NAME, "+74951234567"), Citizen())
    await room.hand_to_anna(head.id)
    await room.anna_writes(head.id, "Справка готова.")
    return head


async def given_up(room: Room, head: Conversation) -> str:
    """Why, as the operator reads it."""
    async def failed() -> bool:
        return any(each.state is Delivery.FAILED for each in await carried(room, head))

    await eventually(failed)
    return (await carried(room, head))[-1].why


async def carried(room: Room, head: Conversation) -> list[Carried]:
    return [record.entry for record in await room.store.records(head.id) if isinstance(record.entry, Carried)]


async def test_a_busy_number_is_tried_again_and_then_given_up(far: Manager, room: Room) -> None:
    far.answers["Originate"] = ended(17)
    receiving = await connected(room.channel)
    head = await written(room)
    assert await given_up(room, head) == "Факс не принят: номер занят, попыток: 2"
    assert len(await far.asked_for("Originate")) == 2
    receiving.cancel()


async def test_a_number_that_does_not_exist_is_dialled_once(far: Manager, room: Room) -> None:
    far.answers["Originate"] = ended(1)
    receiving = await connected(room.channel)
    head = await written(room)
    assert await given_up(room, head) == "Факс не принят: номер не существует, попыток: 1"
    assert len(await far.asked_for("Originate")) == 1
    receiving.cancel()


async def test_a_hub_killed_while_it_sends_does_not_send_again(far: Manager, room: Room, tmp_path: Path) -> None:
    far.answers["Originate"] = success
    receiving = await connected(room.channel)
    head = await written(room)
    (asked,) = await far.asked_for("Originate")
    receiving.cancel()
    await room.channel.close()
    # The call went on, and Asterisk wrote what became of it.
    (tmp_path / f"{asked['ChannelId']}.told").write_text("SUCCESS:1:OK\n", encoding="utf8")
    after = driver(tmp_path, far.port, room.intake, room.store, FileStore(tmp_path / "files"))
    receiving = await connected(after)
    records = [each for each in await room.store.records(head.id) if isinstance(each.entry, Message)][-1:]
    await after.send(head, records)
    await after.send(head, records)
    assert len(await far.asked_for("Originate")) == 1
    assert [each.state for each in await carried(room, head)] == [Delivery.DELIVERED]
    receiving.cancel()
    await after.close()


async def test_a_fax_stays_in_the_folder_until_it_is_stored_and_is_stored_once(far: Manager, room: Room, tmp_path: Path) -> None:
    """A file that is no fax at all, and kept nevertheless."""
    assert isinstance(room.channel, Carrying)
    fax = tmp_path / "1795621305.10_84951234567.tif"
    fax.write_bytes(b"x" * 100)
    room.store.full = True
    with pytest.raises(UnavailableStoreError):
        await pump(room.channel, room.intake, room.store)
    assert fax.exists()
    room.store.open()
    pumping = asyncio.create_task(pump(room.channel, room.intake, room.store))

    async def gone() -> bool:
        return not fax.exists()

    await eventually(gone)
    # Killed between the commit and the removal: it lies there again.
    fax.write_bytes(b"x" * 100)
    far.tell(message("Event: ReceiveFAX", "Uniqueid: 1795621305.10", f"FileName: /somewhere/else/{fax.name}"))
    await eventually(gone)
    head = await room.store.at_address(Address(NAME, "+74951234567"))
    assert head is not None
    (said,) = await room.said(head.id)
    assert "Сохранён исходный файл" in said
    pumping.cancel()
    await asyncio.gather(pumping, return_exceptions=True)
