"""An Asterisk that is busy, and a hub that dies while it sends (D14): AMI's bytes by hand, for the real one does this seldom."""

import asyncio
import os
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import cast

import msgspec
import pytest

from bots.russian import Russian
from channels.fax.asterisk import NAME
from channels.fax.tiff import BYTES
from channels.intake import pump
from hub.conversations.address import Address, Citizen
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import Carried
from hub.conversations.message import Message
from hub.conversations.ports import CarryingChannel, Store
from hub.intake.ports import Intake
from hub.kernel.errors import UnavailableStoreError, UndeliverableError
from hub.kernel.ports import Files
from storage.files import FileStore
from tests.channels.fax.far import driver, idle
from tests.channels.room import Room, ValvedSqlite, room_with
from tests.peers.manager import Asked, Manager, error, manager, message, success
from tests.rig import eventually

pytestmark = pytest.mark.peers


@pytest.fixture
async def far() -> AsyncIterator[Manager]:
    async with manager() as running:
        idle(running)
        yield running


@pytest.fixture
async def room(far: Manager, tmp_path: Path, russian: Russian) -> AsyncIterator[Room]:
    async with room_with(partial(driver, tmp_path, far.port, tries=2, again_s=0), ValvedSqlite, tmp_path, russian) as ours:
        yield ours


async def connected(channel: object) -> "asyncio.Task[object]":
    assert isinstance(channel, CarryingChannel)
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


async def written(room: Room, number: str = "+74951234567") -> Conversation:
    """An operator has written to a fax, and the hub carries it."""
    head = await room.intake.open(Address(NAME, number), Citizen())
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
    assert await given_up(room, head) == "номер занят, попыток: 2"
    waiting, failed = await carried(room, head)
    assert (waiting.state, failed.state) == (Delivery.WAITING, Delivery.FAILED)
    assert waiting.why.startswith("номер занят, попыток: 1 из 2, следующая в ")
    assert len(await far.asked_for("Originate")) == 2
    receiving.cancel()


async def test_a_number_that_does_not_exist_is_dialled_once(far: Manager, room: Room) -> None:
    far.answers["Originate"] = ended(1)
    receiving = await connected(room.channel)
    head = await written(room)
    assert await given_up(room, head) == "номер не существует, попыток: 1"
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
    after = driver(tmp_path, far.port, room.intake, room.store, FileStore(tmp_path / "files"), tries=2, again_s=0)
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
    assert isinstance(room.channel, CarryingChannel)
    fax = tmp_path / "1795621305.10_84951234567.tif"
    fax.write_bytes(b"x" * 100)
    room.store.full = True
    with pytest.raises(UnavailableStoreError):
        await pump(room.channel, room.intake)
    assert fax.exists()
    room.store.open()
    pumping = asyncio.create_task(pump(room.channel, room.intake))

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


async def test_what_asterisk_will_not_dial_is_given_up_and_shown(far: Manager, room: Room) -> None:
    far.answers["Originate"] = lambda asked: error(asked, "Extension does not exist.")
    receiving = await connected(room.channel)
    head = await written(room)
    assert await given_up(room, head) == "соединиться не удалось, попыток: 2"
    receiving.cancel()


@pytest.mark.parametrize(("number", "why"), [
    ("+88299912345", "номер заграничный"), ("+4915112345678", "номер заграничный"), ("+77012345678", "номер заграничный"),
    ("+78091234567", "номер платный"), ("+2101234567", "такого номера нет"),
])
async def test_nobody_has_the_hub_pay_by_a_number_that_he_claims_to_call_from(far: Manager, room: Room, number: str, why: str) -> None:
    # SE-02
    receiving = await connected(room.channel)
    head = await written(room, number)
    assert await given_up(room, head) == f"{why}: туда факсы не отправляются"
    assert not any(asked["Action"] == "Originate" for asked in far.asked)
    receiving.cancel()


async def test_what_is_not_to_be_touched_stays_and_stops_nobody(far: Manager, room: Room, tmp_path: Path) -> None:
    """A link to another file, a pipe, a folder, and a file that is larger than any fax; the fax behind them is taken."""
    # SE-02
    secret = tmp_path / "secret"
    secret.write_bytes(b"x" * 100)
    traps = [tmp_path / f"1795621305.{number}_.tif" for number in range(4)]
    traps[0].symlink_to(secret)
    os.mkfifo(traps[1])
    traps[2].mkdir()
    with traps[3].open("wb") as large:
        large.truncate(BYTES + 1)
    (tmp_path / "1795621305.9_84951234567.tif").write_bytes(b"x" * 100)
    assert isinstance(room.channel, CarryingChannel)
    pumping = asyncio.create_task(pump(room.channel, room.intake))

    async def taken() -> bool:
        return not (tmp_path / "1795621305.9_84951234567.tif").exists()

    await eventually(taken)
    assert all(os.path.lexists(trap) for trap in traps)
    assert await room.intake.find(Address(NAME, "fax:1795621305.0")) is None
    health = room.channel.health()
    assert not health.up
    assert "1795621305.3_.tif не взят: больше 50 МБ" in health.words
    pumping.cancel()
    await asyncio.gather(pumping, return_exceptions=True)


async def test_who_hides_his_number_cannot_be_answered(room: Room) -> None:
    head = await room.intake.open(Address(NAME, "fax:1795621305.1"), Citizen())
    assert isinstance(room.channel, CarryingChannel)
    with pytest.raises(UndeliverableError, match="скрыл свой номер"):
        await room.channel.send(head, await room.store.records(head.id))


@pytest.mark.parametrize(("name", "value"), [("number", "8495"), ("timezone", "Europe/Nowhere"), ("tries", 0), ("password", "x")])
def test_wrong_settings_are_named(tmp_path: Path, name: str, value: object) -> None:
    nothing = cast("Intake", None), cast("Store", None), cast("Files", None)
    with pytest.raises(msgspec.ValidationError, match=name):
        driver(tmp_path, 5038, *nothing, **{name: value})
