"""A call goes to another deployment as one contact: two hubs, an Asterisk beside each, a citizen at PJSIP, and the trunk between (CH-17)."""

import asyncio
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.channels.line import PATIENCE_S
from tests.deployments import Centres, two
from tests.house import Clerk, Frame, People
from tests.peers.asterisk import Asterisk, asterisk
from tests.peers.pjsua import LOUD, RATE, Telephone, calling
from tests.peers.sipp import Town, town
from tests.rig import eventually

pytestmark = pytest.mark.peers

REGION, CITY = "127.0.0.5", "127.0.0.6"
NUMBER = "79160000181"
CHANNEL = """
[[channels]]
driver = "voice.asterisk"
[channels.settings]
password_file = "{exchange.base}/password"
sounds = "{exchange.base}/sounds"
recordings = "{exchange.base}/recordings"
port = {exchange.ami}
listen_port = {exchange.hub}
centres = ["{other}"]
"""


@pytest.fixture(scope="module")
def exchanges() -> Iterator[tuple[Asterisk, Asterisk]]:
    with asterisk(address=REGION) as region, asterisk(address=CITY) as city:
        region.stop()
        city.stop()
        region.render(CENTRES=f"077@sip:{CITY}:{city.sip}")
        city.render(CENTRES=f"001@sip:{REGION}:{region.sip}")
        for each in (region, city):
            each.start()
            for name in ("sounds", "recordings"):
                (each.base / name).mkdir(exist_ok=True)
        yield region, city


class Between:
    """The region with a caller in its queue, and the city."""

    def __init__(self, centres: Centres, region: Town, city: Town, telephone: Telephone) -> None:
        self.centres, self.region_town, self.city_town, self.telephone = centres, region, city, telephone
        self.region: Clerk
        self.boss: Clerk
        self.city: Clerk
        self.conversation = self.guest = ""

    async def rows(self, clerk: Clerk, view: str) -> list[Frame]:
        found: list[Frame] = (await clerk.does("GET", f"/api/inbox?view={view}"))["conversations"]
        return found

    async def comes(self, clerk: Clerk, view: str) -> Frame:
        """Wait for the only conversation of a view."""
        async def so() -> bool:
            return bool(await self.rows(clerk, view))
        async with asyncio.timeout(PATIENCE_S):
            await eventually(so)
        (row,) = await self.rows(clerk, view)
        return row

    async def becomes(self, kind: str, boss: Clerk | None = None, conversation: str = "") -> Frame:
        """Wait until the region's conversation has this holder, or one that another's boss sees."""
        async def so() -> bool:
            row.update((await (boss or self.boss).does("GET", f"/api/conversations/{conversation or self.conversation}"))["conversation"])
            return bool(row["holder"]["kind"] == kind)
        row: Frame = {}
        async with asyncio.timeout(PATIENCE_S):
            await eventually(so)
        return row

    async def passed(self, note: str = "Нужен приём в МФЦ") -> Frame:
        """The region's operator talks to the caller, and passes the call to the city; returns the row before."""
        row = await self.comes(self.region, "waiting")
        self.conversation = row["id"]
        telephone = await self.region_town.answers("op1", echoes=True)
        await self.region.does("POST", f"/api/conversations/{self.conversation}/take")
        await telephone.until("ACK")
        await self.region.does("PUT", f"/api/conversations/{self.conversation}/place", {"mfc": "large"})
        await self.region.does("POST", f"/api/conversations/{self.conversation}/pass", {"errand": "mfc_staff", "note": note})
        await telephone.over()
        return row


async def signed_in(crowd: People, login: str) -> Clerk:
    """Somebody whose telephone has this name."""
    admin = await crowd.admin()
    opened = await admin.does("POST", "/api/operators", {"login": login, "name": login.title(), "role": "operator", "queues": ["line"]})
    return await crowd.stranger(login).sign_in(opened["one_time_password"])


@asynccontextmanager
async def between(folder: Path, exchanges: tuple[Asterisk, Asterisk]) -> AsyncIterator[Between]:
    region, city = exchanges
    more = {"001": CHANNEL.format(exchange=region, other="077"), "077": CHANNEL.format(exchange=city, other="001")}
    async with AsyncExitStack() as stack:
        towns = []
        for exchange in exchanges:
            (around := folder / exchange.address).mkdir()
            towns.append(await stack.enter_async_context(town(exchange, around)))
        centres = await stack.enter_async_context(two(folder, more=more))
        telephone = await stack.enter_async_context(calling(region.sip, folder / "telephone", NUMBER, at=REGION))
        here = Between(centres, *towns, telephone)
        here.boss = await centres.region.admin()
        here.region, here.city = await signed_in(centres.region, "op1"), await signed_in(centres.city, "op1")
        await telephone.becomes("CONFIRMED")
        telephone.presses("0")
        try:
            yield here
        finally:
            for exchange in exchanges:
                await asyncio.to_thread(exchange.hang_up_all)


async def heard(telephone: Telephone, sound: Path) -> None:
    """Wait until the citizen, who speaks, hears their own voice come back from far away."""
    begun = len(telephone.heard)
    telephone.says(sound)

    async def so() -> bool:
        return int(np.count_nonzero(np.abs(telephone.heard[begun:].astype(np.int32)) > LOUD)) > 4000
    async with asyncio.timeout(PATIENCE_S):
        await eventually(so)


def spoken(exchange: Asterisk) -> Path:
    """A tone of two seconds."""
    path = exchange.base / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.sin(np.arange(2 * RATE) * 0.3) * 9000).astype(np.int16).tobytes())
    return path


async def test_a_call_goes_to_the_city_as_one_contact(tmp_path: Path, exchanges: tuple[Asterisk, Asterisk]) -> None:
    # CH-17, CH-09, RT-05, RT-08, LV-05
    async with between(tmp_path, exchanges) as calls:
        before = await calls.passed()
        guest = await calls.comes(calls.city, "waiting")
        await calls.becomes("centre")
        assert (guest["address"], guest["channel"], guest["waiting_since"]) == (f"+{NUMBER}", "voice.asterisk@001", before["waiting_since"])
        telephone = await calls.city_town.answers("op1", echoes=True)
        await calls.city.does("POST", f"/api/conversations/{guest['id']}/take")
        await telephone.until("ACK")
        await heard(calls.telephone, spoken(exchanges[0]))
        assert "Нужен приём в МФЦ" in str(await calls.city.timeline(guest["id"]))
        assert (await calls.city.act(guest["id"], "close", {"topic": "booking"}))[0] == 200
        await telephone.over()
        await calls.becomes("closed")
        await calls.telephone.becomes("DISCONNECTED")


async def test_a_call_that_is_given_back_goes_on_where_it_was(tmp_path: Path, exchanges: tuple[Asterisk, Asterisk]) -> None:
    # CH-17, CH-09, RT-08
    async with between(tmp_path, exchanges) as calls:
        before = await calls.passed()
        guest = await calls.comes(calls.city, "waiting")
        telephone = await calls.city_town.answers("op1", echoes=True)
        await calls.city.does("POST", f"/api/conversations/{guest['id']}/take")
        await telephone.until("ACK")
        assert (await calls.city.act(guest["id"], "give_back", {"note": "Это не к нам"}))[0] == 200
        await telephone.over()
        assert (await calls.becomes("queue"))["waiting_since"] == before["waiting_since"]
        again = await calls.region_town.answers("op1", echoes=True)
        await calls.region.does("POST", f"/api/conversations/{calls.conversation}/take")
        await again.until("ACK")
        await heard(calls.telephone, spoken(exchanges[0]))
        await calls.region.act(calls.conversation, "close", {"topic": "other"})
        await calls.telephone.becomes("DISCONNECTED")


async def test_a_caller_who_hangs_up_on_the_way_is_promised_an_answer(tmp_path: Path, exchanges: tuple[Asterisk, Asterisk]) -> None:
    # CH-17, SL-05, SL-07: the city has the number, and owes the call
    async with between(tmp_path, exchanges) as calls:
        await calls.passed()
        guest = await calls.comes(calls.city, "waiting")
        await reaches(exchanges[1])
        await calls.telephone.end()
        await calls.becomes("promised", await calls.centres.city.admin(), guest["id"])
        await calls.becomes("centre")


async def test_an_exchange_that_is_not_there_keeps_no_caller(tmp_path: Path, exchanges: tuple[Asterisk, Asterisk]) -> None:
    # CH-17, SL-05, RT-08: the link is up, the trunk is dead; only the city may answer, so the caller is promised an answer
    async with between(tmp_path, exchanges) as calls:
        exchanges[1].kill()
        try:
            await calls.passed()
            await calls.becomes("promised")
            await calls.telephone.becomes("DISCONNECTED")
            assert await calls.rows(calls.city, "waiting") == []
        finally:
            exchanges[1].start()


async def test_a_trunk_that_breaks_in_a_talk_loses_no_caller(tmp_path: Path, exchanges: tuple[Asterisk, Asterisk]) -> None:
    # CH-17, SL-05: no BYE comes from an exchange without power
    async with between(tmp_path, exchanges) as calls:
        await calls.passed()
        guest = await calls.comes(calls.city, "waiting")
        telephone = await calls.city_town.answers("op1", echoes=True)
        await calls.city.does("POST", f"/api/conversations/{guest['id']}/take")
        await telephone.until("ACK")
        await heard(calls.telephone, spoken(exchanges[0]))
        exchanges[1].kill()
        try:
            await calls.becomes("promised")
            await calls.telephone.becomes("DISCONNECTED")
        finally:
            exchanges[1].start()


async def reaches(exchange: Asterisk) -> None:
    """Wait until the trunk is answered there."""
    async def so() -> bool:
        return "centre-001" in await asyncio.to_thread(exchange.cli, "core show channels concise")
    async with asyncio.timeout(PATIENCE_S):
        await eventually(so)
