"""A real `okno run` that is killed, stopped, cut off or left without a disk while citizens call (CH-06, CH-14, SL-05).

Callers and telephones are SIPp, so what is doubled rings twice there, and who is dropped fails there. Each test counts what was stored,
who was rung and who was connected: nothing is lost, nothing is done twice (docs/reliability.md, Calls).
"""

import asyncio
import re
import resource
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hub.conversations.citizen_left import CUT as DROPPED
from hub.conversations.citizen_left import GONE
from hub.telephony.outbound_calls import BEGUN, CUT
from tests.channels.line import PATIENCE_S
from tests.channels.voice.ami_listener import at
from tests.channels.voice.test_telephone import CENTRE
from tests.house import Clerk, Frame, House, People, house_in, people
from tests.peers.asterisk import Asterisk
from tests.peers.cable import Cable
from tests.peers.scenarios import speak, tell, wait
from tests.peers.sipp import Sipp, Town, town
from tests.rig import eventually

pytestmark = pytest.mark.peers

DAY = 'notices = {{ quiet_from = "23:59", quiet_until = "23:59" }}\nqueues ='


def killed(house: House) -> None:
    house.kill()


def stopped(house: House) -> None:
    house.stop()


class Place:
    """A hub in a process of its own beside an Asterisk, with whoever calls and works there."""

    def __init__(self, house: House, exchange: Asterisk, around: Town, crowd: People, admin: Clerk) -> None:
        self.house, self.exchange, self.town, self.crowd, self.admin = house, exchange, around, crowd, admin

    async def operator(self, login: str = "op1") -> Clerk:
        opened = await self.admin.does("POST", "/api/operators", {"login": login, "name": login, "role": "operator", "queues": ["general"]})
        clerk = await self.crowd.stranger(login).sign_in(opened["one_time_password"])
        await ready(clerk)
        return clerk

    async def calls(self, number: str, *steps: str, stays_s: float = 60, hangs_up: bool = False) -> Sipp:
        """A citizen who presses 0 after a second; unless he hangs up he stays until he is hung up on."""
        return await self.town.calls(*(steps or (wait(1), tell("0", number))), *([wait(stays_s)] if hangs_up else []), number=number, hangs_up=hangs_up)

    async def of(self, number: str) -> list[Frame]:
        """His conversations."""
        rows = (await self.admin.does("GET", "/api/inbox?view=recent"))["conversations"]
        return [row for row in rows if row["address"] == f"+{number}"]

    async def becomes(self, number: str, kind: str) -> Frame:
        """Wait until the only conversation of a caller has such a holder."""
        async def so() -> bool:
            return any(row["holder"]["kind"] == kind for row in await self.of(number))
        async with asyncio.timeout(PATIENCE_S):
            await eventually(so)
        (row,) = await self.of(number)
        return row

    async def presses_zero(self, number: str) -> None:
        """As soon as the hub has taken his call, however long it needed."""
        await self.becomes(number, "bot")
        listed = await asyncio.to_thread(self.exchange.cli, "core show channels concise")
        channel, = [line.split("!")[0] for line in listed.splitlines() if number in line.split("!")[7]]

        async def taken() -> bool:
            return "HUB_HERE=1" in await asyncio.to_thread(self.exchange.cli, f"core show channel {channel}")
        await eventually(taken)
        async with at(self.exchange) as telephone:
            await telephone.ami.wish("PlayDTMF", Channel=channel, Digit="0", Receive="true")

    async def joined(self) -> None:
        async def so() -> bool:
            return bool(re.search(r"\b2\b", "".join((await asyncio.to_thread(self.exchange.cli, "bridge show all")).splitlines()[1:])))
        async with asyncio.timeout(PATIENCE_S):
            await eventually(so)

    async def again(self) -> None:
        """The hub starts again, and the exchange lets it in."""
        await asyncio.to_thread(self.house.start)

    async def entries(self, number: str, kind: str) -> list[Frame]:
        (row,) = await self.of(number)
        return [entry for entry in await self.admin.timeline(row["id"]) if entry["kind"] == kind]

    async def closed(self, number: str, clerk: Clerk, citizen: Sipp) -> None:
        """The talk ends as it should, and what is stored of the whole call is there once."""
        (row,) = await self.of(number)
        await clerk.does("POST", f"/api/conversations/{row['id']}/close", {"topic": "other"})
        await citizen.over()
        said = [entry["text"] for entry in await self.entries(number, "message") if entry["author"] == "citizen"]
        holders = [(entry["holder"]["kind"], entry["why"]) for entry in await self.entries(number, "handed_over")]
        assert said == ["оператор"]
        assert [kind for kind, _ in holders] == ["bot", "queue", "operator", "closed"], holders


async def ready(clerk: Clerk) -> None:
    await clerk.does("PUT", "/api/presence", {"presence": "ready"})


def invited(telephone: Sipp) -> int:
    """How often a telephone was rung."""
    return len({said.call for said in telephone.wire() if said.line.startswith("INVITE")})


@asynccontextmanager
async def placed(exchange: Asterisk, folder: Path, config: str = CENTRE, ami: int = 0) -> AsyncIterator[Place]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    file = folder / "centre.toml"
    file.write_text(config.replace("queues =", DAY, 1).format(base=exchange.base, ami=ami or exchange.ami, hub=exchange.hub), encoding="utf8")
    with house_in(folder, file) as house:
        async with people(house) as crowd, town(exchange, folder) as around:
            yield Place(house, exchange, around, crowd, await crowd.admin())


@pytest.fixture
async def place(quiet: Asterisk, tmp_path: Path) -> AsyncIterator[Place]:
    async with placed(quiet, tmp_path) as there:
        yield there


@pytest.mark.parametrize("ends", [killed, stopped])
async def test_while_he_is_greeted(place: Place, ends: Callable[[House], None]) -> None:
    number = "79160000401"
    citizen = await place.calls(number, wait(0))
    await citizen.until("SIP/2.0 200")
    await asyncio.to_thread(ends, place.house)
    await place.again()
    await place.presses_zero(number)
    await place.becomes(number, "queue")
    await place.town.answers("op1")
    clerk = await place.operator()
    await place.becomes(number, "operator")
    await place.joined()
    await place.closed(number, clerk, citizen)


@pytest.mark.parametrize("ends", [killed, stopped])
async def test_while_he_waits(place: Place, ends: Callable[[House], None]) -> None:
    number = "79160000402"
    citizen = await place.calls(number)
    before = await place.becomes(number, "queue")
    await asyncio.to_thread(ends, place.house)
    await place.again()
    telephone = await place.town.answers("op1")
    clerk = await place.operator()
    after = await place.becomes(number, "operator")
    await place.joined()
    # His clock goes on.
    assert (after["id"], after["waiting_since"]) == (before["id"], before["waiting_since"])
    assert invited(telephone) == 1
    await place.closed(number, clerk, citizen)


@pytest.mark.parametrize("ends", [killed, stopped])
async def test_while_an_offer_rings(place: Place, ends: Callable[[House], None]) -> None:
    number = "79160000403"
    citizen = await place.calls(number)
    await place.becomes(number, "queue")
    rung = await place.town.rings("op1")
    clerk = await place.operator()
    await rung.until("INVITE")
    await asyncio.to_thread(ends, place.house)
    await place.again()
    # Nobody knows of that ringing any more, so it ends; he is rung for what he is offered then, once.
    await rung.over()
    assert invited(rung) == 1
    telephone = await place.town.answers("op1")
    await ready(clerk)
    await place.becomes(number, "operator")
    await place.joined()
    assert invited(telephone) == 1
    await place.closed(number, clerk, citizen)


@pytest.mark.parametrize("ends", [killed, stopped])
async def test_while_they_talk(place: Place, ends: Callable[[House], None]) -> None:
    number = "79160000404"
    telephone = await place.town.answers("op1")
    clerk = await place.operator()
    citizen = await place.calls(number, wait(1), tell("0", number), stays_s=14, hangs_up=True)
    await place.becomes(number, "operator")
    await place.joined()
    await asyncio.to_thread(ends, place.house)
    await place.joined()
    await place.again()
    await place.joined()
    await asyncio.gather(citizen.over(), telephone.over())
    (row,) = await place.of(number)

    async def left() -> bool:
        return any("завершил" in entry["text"] for entry in await place.entries(number, "note"))
    await eventually(left)
    await clerk.does("POST", f"/api/conversations/{row['id']}/close", {"topic": "other"})
    assert invited(telephone) == 1
    assert len([entry for entry in await place.entries(number, "handed_over") if entry["holder"]["kind"] == "operator"]) == 1


async def test_killed_while_a_talk_is_recorded(quiet: Asterisk, tmp_path: Path) -> None:
    # SE-04
    number = "79160000405"
    async with placed(quiet, tmp_path, CENTRE.rstrip().removesuffix("}}") + ", records = true }}\n") as place:
        await place.town.answers("op1", speak(place.town.sound(hz=1100)))
        await place.operator()
        citizen = await place.calls(number, wait(1), tell("0", number), stays_s=16, hangs_up=True)
        await place.becomes(number, "operator")

        async def taping() -> bool:
            return any(path.stat().st_size > 16_000 for path in (quiet.base / "recordings").glob("*.raw"))
        async with asyncio.timeout(PATIENCE_S):
            await eventually(taping)
        place.house.kill()
        await citizen.over()
        await place.again()

        async def kept() -> bool:
            return bool(await recordings())

        async def recordings() -> list[Any]:
            (row,) = await place.of(number)
            return [entry for entry in await place.admin.timeline(row["id"]) if entry["attachments"]]
        async with asyncio.timeout(PATIENCE_S):
            await eventually(kept)
        assert len(await recordings()) == 1
        assert not list((quiet.base / "recordings").glob("*_*"))


async def test_killed_while_a_citizens_telephone_rings(place: Place) -> None:
    # SL-05: dialled once; it stops ringing when the hub is back, and the timeline tells that the call was cut
    number = "79160000406"
    caller = await place.calls(number, wait(1), tell("0", number), stays_s=2, hangs_up=True)
    await caller.over()
    row = await place.becomes(number, "promised")
    clerk = await place.operator()
    await clerk.does("POST", f"/api/conversations/{row['id']}/take")
    telephone, citizen = await place.town.answers("op1"), await place.town.rings("trunk")
    await clerk.does("POST", f"/api/conversations/{row['id']}/call", {"key": "k"})
    await citizen.until("INVITE")
    place.house.kill()
    await place.again()
    await asyncio.gather(telephone.over(), citizen.over())
    assert (invited(telephone), invited(citizen)) == (1, 1)
    assert (await place.of(number))[0]["holder"]["kind"] == "operator"

    async def told() -> bool:
        return CUT in [entry["text"] for entry in await place.entries(number, "note")]
    async with asyncio.timeout(PATIENCE_S):
        await eventually(told)
    notes = [entry["text"] for entry in await place.entries(number, "note")]
    assert (notes.count(BEGUN), notes.count(CUT)) == (1, 1)
    # The same key dials nobody, another does.
    again, answering = await place.town.answers("trunk", hangs_up=True), await place.town.answers("op1")
    await clerk.does("POST", f"/api/conversations/{row['id']}/call", {"key": "k"})
    await clerk.does("POST", f"/api/conversations/{row['id']}/call", {"key": "again"})
    await asyncio.gather(again.over(), answering.over())
    assert (invited(again), invited(answering)) == (1, 1)


async def test_the_line_to_the_manager_is_cut_while_an_offer_rings(quiet: Asterisk, tmp_path: Path) -> None:
    number = "79160000407"
    cable = await Cable(quiet.ami).lay()
    async with placed(quiet, tmp_path, ami=cable.port) as place:
        citizen = await place.calls(number)
        await place.becomes(number, "queue")
        rung = await place.town.rings("op1")
        clerk = await place.operator()
        await rung.until("INVITE")
        cable.cut()
        await rung.over()
        assert invited(rung) == 1
        telephone = await place.town.answers("op1")
        await ready(clerk)
        await place.becomes(number, "operator")
        await place.joined()
        assert invited(telephone) == 1
        await place.closed(number, clerk, citizen)
    cable.take_away()


async def test_asterisk_dies_while_somebody_waits(place: Place) -> None:
    # CH-14: the call is gone with it, and the citizen is owed one
    number = "79160000408"
    await place.calls(number)
    await place.becomes(number, "queue")
    place.exchange.kill()
    await asyncio.to_thread(place.exchange.start)
    await place.becomes(number, "promised")


async def test_the_hub_is_not_there_when_he_calls(place: Place) -> None:
    # CH-06: FastAGI is refused; he hears music until the hub is back
    number = "79160000409"
    place.house.kill()
    citizen = await place.calls(number, wait(0))
    await citizen.until("SIP/2.0 200")
    await place.again()
    await place.presses_zero(number)
    await place.becomes(number, "queue")
    await place.town.answers("op1")
    clerk = await place.operator()
    await place.becomes(number, "operator")
    await place.joined()
    await place.closed(number, clerk, citizen)


async def test_the_disk_is_full_when_he_calls(place: Place) -> None:
    # CH-06: nothing can be stored, so nothing is said; the dial plan keeps him until it can
    number = "79160000410"
    disk(place.house, 0)
    citizen = await place.calls(number, wait(0))
    await citizen.until("SIP/2.0 200")
    assert await place.of(number) == []
    disk(place.house, resource.RLIM_INFINITY)
    await place.presses_zero(number)
    await place.becomes(number, "queue")
    await place.town.answers("op1")
    clerk = await place.operator()
    await place.becomes(number, "operator")
    await place.joined()
    await place.closed(number, clerk, citizen)


async def test_the_hub_stands_still_while_he_waits(place: Place) -> None:
    # As a disk that takes seconds for a commit: he hears music, and all goes on where it was
    number = "79160000411"
    citizen = await place.calls(number)
    before = await place.becomes(number, "queue")
    place.house.tell(signal.SIGSTOP)
    later = await place.calls("79160000412", wait(0))
    await later.until("SIP/2.0 100")
    place.house.tell(signal.SIGCONT)
    await place.presses_zero("79160000412")
    await place.becomes("79160000412", "queue")
    await place.town.answers("op1")
    clerk = await place.operator()
    after = await place.becomes(number, "operator")
    assert after["id"] == before["id"]
    await place.joined()
    await place.closed(number, clerk, citizen)
    await later.stop()


def disk(house: House, most: int) -> None:
    """The largest size to which a file of the hub may grow: with 0 the disk is full."""
    resource.prlimit(house.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


async def test_asterisk_dies_while_a_talk_is_recorded(quiet: Asterisk, tmp_path: Path) -> None:
    # SE-04: the timeline tells what ended the talk, and has its recording soon after
    number = "79160000409"
    async with placed(quiet, tmp_path, CENTRE.rstrip().removesuffix("}}") + ", records = true }}\n") as place:
        await place.town.answers("op1")
        await place.operator()
        await place.calls(number, wait(1), tell("0", number))
        await place.becomes(number, "operator")

        async def taping() -> bool:
            return any(path.stat().st_size > 16_000 for path in (quiet.base / "recordings").glob("*.raw"))
        async with asyncio.timeout(PATIENCE_S):
            await eventually(taping)
        place.exchange.kill()
        await asyncio.to_thread(place.exchange.start)

        async def kept() -> bool:
            (row,) = await place.of(number)
            return any(entry["attachments"] for entry in await place.admin.timeline(row["id"]))
        async with asyncio.timeout(PATIENCE_S):
            await eventually(kept)
        notes = [entry["text"] for entry in await place.entries(number, "note")]
        assert (DROPPED in notes, GONE in notes) == (True, False)
