"""Others in a call, at real telephones: who hears whom, and nobody is dropped (CH-09, MC-05, OC-05)."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from hub.conversations.conversation import Closed, Conversation, WithOperator
from hub.conversations.journal import HandedOver, PutOnHold
from hub.conversations.message import Message
from hub.telephony.consultations import BACK
from tests.channels.line import PATIENCE_S
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import Clerk, People, house_in, people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import hold, press, speak, wait
from tests.peers.sipp import Sipp, Town, town
from tests.rig import eventually

pytestmark = pytest.mark.peers

CITIZEN, ASKING, ASKED, SENIOR = 440, 1100, 700, 1700
"""Everybody speaks one note, in Hz."""
MFC = "+74735550000"
DIRECTORY = CENTRE.replace("topics =", f'directory = [{{{{ title = "МФЦ", number = "{MFC}" }}}}]\ntopics =')
CITY = "+78001000077"
"""The municipal centre of the registry, which has telephones of its own."""
REGIONAL = DIRECTORY.replace('code = "077"', 'code = "001"').replace(
    "topics =", 'registry = "registry.toml"\nrouting = {{ wrap_up_s = 600 }}\ntopics =')
TAPED = 4000
"""Samples in which somebody is heard or not: half a second."""
TAPED_S = 10.0
"""Where so many samples have not come by then, the call is over: whoever listens looks for another channel."""
NOTHING = 0
"""Stands for a note where nothing was recorded, which is not silence."""


@pytest.fixture
async def around(quiet: Asterisk, tmp_path: Path) -> AsyncIterator[Town]:
    for name in ("sounds", "recordings"):
        (quiet.base / name).mkdir(exist_ok=True)
    async with town(quiet, tmp_path, ends_calls=True) as those:
        yield those


@asynccontextmanager
async def open_hub(exchange: Asterisk, around: Town, folder: Path, centre: str = DIRECTORY) -> AsyncIterator[Switchboard]:
    config = centre.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)
    async with near(folder, config) as (house, hub), people(house) as crowd:
        yield Switchboard(hub, crowd, await crowd.admin(), around, exchange)


class Talk:
    """A citizen who talks to op1; op2 and somebody outside can be asked."""

    def __init__(self, board: Switchboard, exchange: Asterisk, number: str) -> None:
        self.board, self.exchange, self.number = board, exchange, number
        self.clerk: Clerk
        self.citizen: Sipp
        self.telephone: Sipp
        self.head: Conversation
        self.conversation = ""

    async def begin(self, seconds: float = PATIENCE_S, echoes: str = "") -> "Talk":
        """Whoever `echoes` sends back what he hears, the others speak."""
        around = self.board.town
        self.clerk = await self.board.operator("op1")
        self.telephone = await around.answers("op1", *([] if echoes == "op1" else [speak(around.sound(hz=ASKING))]), echoes=echoes == "op1")
        words = [] if echoes == "trunk" else [speak(around.sound(hz=CITIZEN))]
        self.citizen = await around.calls(
            wait(3), press("0"), *words, wait(seconds), number=self.number, hangs_up=True, echoes=echoes == "trunk")
        self.head = await self.board.becomes(f"+{self.number}", WithOperator)
        self.conversation = str(self.head.id)
        await self.board.joined()
        return self

    async def answers(self, name: str) -> Sipp:
        return await self.board.town.answers(name, speak(self.board.town.sound(hz=ASKED)))

    async def asks(self, **whom: str) -> None:
        await self.clerk.does("POST", f"/api/conversations/{self.conversation}/consult", {"key": uuid4().hex} | whom)

    async def does(self, company: str) -> None:
        await self.clerk.does("POST", f"/api/conversations/{self.conversation}/company", {"company": company})

    async def are(self, company: str | None) -> None:
        """Wait until the desk shows them so."""
        async def so() -> bool:
            row = (await self.clerk.does("GET", f"/api/conversations/{self.conversation}"))["conversation"]
            return (row["company"] or {}).get("company") == company
        await eventually(so)

    async def told(self, text: str) -> None:
        async def so() -> bool:
            return any(text in entry.text for entry in await self.journal() if isinstance(entry, Message))
        await eventually(so)

    async def journal(self) -> list[object]:
        return await self.board.journal(f"+{self.number}")

    async def hears(self, name: str, notes: Iterable[int]) -> None:
        """Wait until Asterisk sends these notes and no others to a telephone (trunk: the citizen's line)."""
        await self._sound(name, notes, "t")

    async def says(self, name: str, notes: Iterable[int]) -> None:
        """Wait until a telephone sends these notes and no others."""
        await self._sound(name, notes, "r")

    async def _sound(self, name: str, notes: Iterable[int], way: str) -> None:
        wanted = set(notes)
        heard: list[set[int]] = []

        async def so() -> bool:
            if not (channels := channels_of(self.exchange, name)):
                return False
            heard.append(await asyncio.to_thread(listened, self.exchange, channels[0], way))
            return heard[-1] == wanted
        try:
            await eventually(so)
        except AssertionError:
            pytest.fail(f"{name} {way} {heard}, not {wanted}: {self.exchange.cli('pjsip show channelstats')}{self.exchange.cli('bridge show all')}")


class Remote(Talk):
    """The same at a hub that is a process of its own."""

    def __init__(self, crowd: People, admin: Clerk, around: Town, exchange: Asterisk, number: str) -> None:
        self.crowd, self.admin, self.town, self.exchange, self.number = crowd, admin, around, exchange, number
        self.conversation = ""

    async def begin(self, seconds: float = PATIENCE_S) -> "Remote":
        self.clerk = await self.colleague("op1")
        await self.town.answers("op1", speak(self.town.sound(hz=ASKING)))
        await self.town.calls(wait(3), press("0"), speak(self.town.sound(hz=CITIZEN)), wait(seconds), number=self.number, hangs_up=True)

        async def his() -> bool:
            mine = (await self.clerk.does("GET", "/api/inbox"))["conversations"]
            self.conversation = mine[0]["id"] if mine else ""
            return bool(mine)
        async with asyncio.timeout(PATIENCE_S):
            await eventually(his)
        await self.hears("op1", {CITIZEN})
        return self

    async def colleague(self, login: str) -> Clerk:
        opened = await self.admin.does("POST", "/api/operators", {"login": login, "name": login, "role": "operator", "queues": ["general"]})
        clerk = await self.crowd.stranger(login).sign_in(opened["one_time_password"])
        await clerk.does("PUT", "/api/presence", {"presence": "ready"})
        return clerk

    async def asks_op2(self) -> Sipp:
        await self.colleague("op2")
        telephone = await self.town.answers("op2", speak(self.town.sound(hz=ASKED)))
        await self.asks(operator="op2")
        await self.are("aside")
        return telephone


def channels_of(exchange: Asterisk, name: str) -> list[str]:
    return [line.split("!")[0] for line in exchange.cli("core show channels concise").splitlines() if line.startswith(f"PJSIP/{name}-")]


def listened(exchange: Asterisk, channel: str, way: str = "t") -> set[int]:
    """The notes that Asterisk sends to a telephone (t), or gets from it (r), for half a second from now on."""
    path = exchange.base / f"heard-{uuid4().hex}"
    exchange.cli(f"mixmonitor start {channel} {path}.wav,{way}({path}.sln)")
    heard = path.with_suffix(".sln")
    end = time.monotonic() + TAPED_S
    while time.monotonic() < end:
        if heard.exists() and heard.stat().st_size >= 2 * TAPED + 4096:
            break
        time.sleep(0.01)  # no event of ours: another process writes
    exchange.cli(f"mixmonitor stop {channel}")
    samples = np.frombuffer(heard.read_bytes()[: heard.stat().st_size // 2 * 2], np.int16)[-TAPED:] if heard.exists() else np.zeros(0)
    if len(samples) < TAPED:  # the call is over, or Asterisk has no time
        return {NOTHING}
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    loud = spectrum.max() / 8
    if loud < 20_000:
        return set()
    hz = np.fft.rfftfreq(len(samples), 1 / 8000)
    return {note for note in (CITIZEN, ASKING, ASKED, SENIOR) if spectrum[np.abs(hz - note) < 8].max() > loud}


@pytest.fixture
async def board(quiet: Asterisk, around: Town, tmp_path: Path) -> AsyncIterator[Switchboard]:
    async with open_hub(quiet, around, tmp_path) as switchboard:
        yield switchboard


@pytest.fixture
async def talk(board: Switchboard, quiet: Asterisk, request: pytest.FixtureRequest) -> Talk:
    return await Talk(board, quiet, f"7916000{abs(hash(request.node.name)) % 10**4:04}").begin()


async def test_an_operator_asks_a_colleague_and_comes_back(talk: Talk, board: Switchboard) -> None:
    # CH-09, CH-12
    await talk.hears("op1", {CITIZEN})
    await board.operator("op2")
    colleague = await talk.answers("op2")
    await talk.asks(operator="op2")
    await talk.are("aside")
    await talk.hears("op1", {ASKED})
    await talk.hears("op2", {ASKING})
    await talk.does("back")
    await talk.are(None)
    await talk.hears("op1", {CITIZEN})
    await talk.hears("trunk", {ASKING})
    await colleague.over()
    assert [entry.on for entry in await talk.journal() if isinstance(entry, PutOnHold)] == [True, False]
    await talk.told(BACK[""])


async def test_a_colleague_who_was_asked_takes_the_citizen(talk: Talk, board: Switchboard) -> None:
    # CH-09, CH-13: the clocks go along, and who has passed him on is free
    await board.operator("op2")
    await talk.answers("op2")
    before = (await board.call(f"+{talk.number}")).holder
    await talk.asks(operator="op2")
    await talk.are("aside")
    await talk.does("passed")
    await talk.telephone.over()
    await talk.hears("op2", {CITIZEN})
    await talk.hears("trunk", {ASKED})
    after = (await board.call(f"+{talk.number}")).holder
    assert isinstance(before, WithOperator)
    assert isinstance(after, WithOperator)
    assert (after.operator, after.waiting_since, after.talked_since) == ("op2", before.waiting_since, before.since)
    assert [entry.why for entry in await talk.journal() if isinstance(entry, HandedOver)][-1] == "transferred"


async def test_somebody_outside_takes_the_citizen_and_the_operator_closes(talk: Talk, board: Switchboard) -> None:
    # CH-09
    specialist = await talk.answers("trunk")
    await talk.asks(number=MFC)
    await talk.are("aside")
    assert MFC[1:] in specialist.header("To")
    await talk.does("passed")
    await talk.telephone.over()
    await talk.told("передан собеседнику. МФЦ")
    async def both() -> bool:
        heard = [await asyncio.to_thread(listened, talk.exchange, channel) for channel in channels_of(talk.exchange, "trunk")]
        return sorted(map(sorted, heard)) == [[CITIZEN], [ASKED]]
    async with asyncio.timeout(PATIENCE_S):
        await eventually(both)
    holder = (await board.call(f"+{talk.number}")).holder
    assert isinstance(holder, WithOperator)
    assert holder.operator == "op1"
    assert (await talk.clerk.act(str(talk.head.id), "consult", {"key": "k", "number": MFC}))[1]["error"] == "no_talk"
    await talk.clerk.does("POST", f"/api/conversations/{talk.head.id}/close", {"topic": "other"})
    assert await both()


@pytest.fixture
async def regional(quiet: Asterisk, around: Town, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Talk]:
    """A talk at the regional centre that concerns the city, whose centre has telephones of its own."""
    (tmp_path / "registry.toml").write_text((files("okno.demo") / "registry.toml").read_text(encoding="utf8"), encoding="utf8")
    async with open_hub(quiet, around, tmp_path, REGIONAL) as switchboard:
        talk = await Talk(switchboard, quiet, f"7916000{abs(hash(request.node.name)) % 10**4:04}").begin()
        await talk.clerk.does("PUT", f"/api/conversations/{talk.conversation}/place", {"mfc": "large"})
        yield talk


@pytest.mark.parametrize("at_once", [False, True])
async def test_another_centre_takes_the_citizen_over_the_trunk(regional: Talk, *, at_once: bool) -> None:
    # CH-09, LV-08, RT-05, RT-08: the two go on talking, the operator is free, the record has the clocks
    talk = regional
    before = (await talk.board.call(f"+{talk.number}")).holder
    assert isinstance(before, WithOperator)
    centre = await talk.answers("trunk")
    await talk.clerk.does("POST", f"/api/conversations/{talk.conversation}/consult",
                          {"key": "one", "number": CITY, "topic": "other", "at_once": at_once})
    if not at_once:
        await talk.are("aside")
        await talk.does("passed")
    await talk.telephone.over()
    head = await talk.board.becomes(f"+{talk.number}", Closed)
    assert CITY[1:] in centre.header("To")
    assert isinstance(head.holder, Closed)
    assert head.holder.passed is not None
    assert (head.holder.topic, head.holder.by, head.holder.passed.receiver) == ("other", "op1", "077")
    assert (head.holder.passed.waiting_since, head.holder.passed.talked_since) == (before.waiting_since, before.since)

    async def both() -> bool:
        heard = [await asyncio.to_thread(listened, talk.exchange, channel) for channel in channels_of(talk.exchange, "trunk")]
        return sorted(map(sorted, heard)) == [[CITIZEN], [ASKED]]
    async with asyncio.timeout(PATIENCE_S):
        await eventually(both)
    assert (await talk.clerk.does("GET", "/api/me"))["presence"] == "wrap_up"


@pytest.mark.parametrize(("at_once", "status", "why"), [
    (True, "486 Busy Here", "busy"), (False, "404 Not Found", "unreachable")])
async def test_a_centre_that_does_not_take_him_leaves_him_with_his_operator(regional: Talk, *, at_once: bool, status: str, why: str) -> None:
    # CH-09, RT-08: returned, never lost
    await regional.board.town.refuses("trunk", status)
    await regional.clerk.does("POST", f"/api/conversations/{regional.conversation}/consult", {"key": "one", "number": CITY, "at_once": at_once})
    await regional.told(BACK[why])
    await regional.are(None)
    await regional.hears("op1", {CITIZEN})
    await regional.hears("trunk", {ASKING})
    assert isinstance((await regional.board.call(f"+{regional.number}")).holder, WithOperator)


async def test_whoever_is_not_reached_leaves_them_as_they_were(talk: Talk, board: Switchboard) -> None:
    # CH-09: one after the other, in the same call
    for status, why in {"486 Busy Here": "busy", "480 Temporarily Unavailable": "no_answer", "404 Not Found": "unreachable"}.items():
        refuses = await board.town.refuses("trunk", status)
        await talk.asks(number=MFC)
        await talk.told(BACK[why])
        await talk.are(None)
        await talk.hears("op1", {CITIZEN})
        await talk.hears("trunk", {ASKING})
        await refuses.over()


async def test_who_does_not_want_to_wait_goes_back(talk: Talk, board: Switchboard) -> None:
    # CH-09
    await board.operator("op2")
    colleague = await board.town.rings("op2")
    await talk.asks(operator="op2")
    await colleague.until("INVITE")
    await talk.are("rings")
    assert (await talk.clerk.act(str(talk.head.id), "company", {"company": "together"}))[1]["error"] == "not_answered"
    await talk.does("back")
    await colleague.over()
    await talk.hears("op1", {CITIZEN})


async def test_all_talk_together_and_the_operator_asks_alone_again(talk: Talk, board: Switchboard) -> None:
    # CH-09, MC-05
    await board.operator("op2")
    colleague = await talk.answers("op2")
    await talk.asks(operator="op2")
    await talk.are("aside")
    await talk.does("together")
    await talk.are("together")
    await talk.hears("op1", {CITIZEN, ASKED})
    await talk.hears("op2", {CITIZEN, ASKING})
    await talk.hears("trunk", {ASKING, ASKED})
    await talk.does("aside")
    await talk.hears("op2", {ASKING})
    await talk.does("together")
    await talk.hears("op2", {CITIZEN, ASKING})
    await talk.does("back")
    await colleague.over()
    await talk.hears("op1", {CITIZEN})
    await talk.hears("trunk", {ASKING})


async def test_a_citizen_who_hangs_up_ends_it_for_all(board: Switchboard, quiet: Asterisk) -> None:
    # CH-14
    talk = await Talk(board, quiet, "79160001111").begin(seconds=30)
    await board.operator("op2")
    colleague = await talk.answers("op2")
    await talk.asks(operator="op2")
    await talk.are("aside")
    await asyncio.gather(talk.citizen.over(), talk.telephone.over(), colleague.over())
    await talk.told(BACK["left"])


async def test_an_operator_who_puts_down_is_called_again(board: Switchboard, quiet: Asterisk) -> None:
    # CH-09: nobody is left with the music
    await board.operator("op1")
    await board.town.answers("op1", wait(6), hangs_up=True)
    talk = Talk(board, quiet, "79160001112")
    talk.clerk = await board.crowd.stranger("op1").sign_in()
    talk.citizen = await board.town.calls(wait(3), press("0"), speak(board.town.sound(hz=CITIZEN)), wait(30), number=talk.number, hangs_up=True)
    talk.head = await board.becomes(f"+{talk.number}", WithOperator)
    talk.conversation = str(talk.head.id)
    await board.joined()
    await board.operator("op2")
    colleague = await talk.answers("op2")
    await talk.asks(operator="op2")
    await colleague.until("INVITE")
    await colleague.over()
    await board.town.answers("op1", speak(board.town.sound(hz=ASKING)))
    await talk.hears("op1", {CITIZEN})
    await talk.hears("trunk", {ASKING})


async def test_a_senior_listens_prompts_and_joins_in(talk: Talk, board: Switchboard) -> None:
    # MC-05, OC-05
    senior = await board.senior("op3")
    await board.town.answers("op3", speak(board.town.sound(hz=SENIOR)))
    status, refusal = await talk.clerk.act(str(talk.head.id), "listen", {"mode": "listen"})
    assert (status, refusal["error"]) == (403, "forbidden")

    async def takes_part(mode: str) -> None:
        await senior.does("POST", f"/api/conversations/{talk.head.id}/listen", {"mode": mode})

    await takes_part("listen")
    await talk.hears("op3", {CITIZEN, ASKING})
    row = (await talk.clerk.does("GET", f"/api/conversations/{talk.head.id}"))["conversation"]
    assert [(each["login"], each["mode"]) for each in row["listeners"]] == [("op3", "listen")]
    await takes_part("whisper")
    await takes_part("join")
    await takes_part("off")
    await talk.hears("op1", {CITIZEN})
    deeds = [deed for deed in await board.admin.does("GET", "/api/audit") if deed["what"] == "overhear"]
    assert [(deed["by"], deed["detail"]) for deed in reversed(deeds)] == [("op3", mode) for mode in ("listen", "whisper", "join", "off")]


async def test_the_button_of_a_telephone_is_in_the_journal(board: Switchboard, quiet: Asterisk) -> None:
    # CH-12, CH-13
    talk = Talk(board, quiet, "79160001117")
    await board.operator("op1")
    await board.town.answers("op1", speak(board.town.sound(hz=ASKING)), wait(6), hold(3, on=True), wait(2), hold(4, on=False))
    await board.town.calls(wait(3), press("0"), wait(30), number=talk.number, hangs_up=True)
    await board.becomes(f"+{talk.number}", WithOperator)

    async def both() -> bool:
        return [entry.on for entry in await talk.journal() if isinstance(entry, PutOnHold)] == [True, False]
    async with asyncio.timeout(PATIENCE_S):
        await eventually(both)
    begin, end = (entry for entry in await talk.journal() if isinstance(entry, PutOnHold))
    assert begin.by == "op1"
    assert 1.5 < (end.at - begin.at).total_seconds() < 10


@pytest.mark.parametrize(("who", "hears"), [
    ("op1", {"whisper": {CITIZEN, SENIOR}, "listen": {CITIZEN}, "join": {CITIZEN, SENIOR}}),
    ("trunk", {"listen": {ASKING}, "join": {ASKING, SENIOR}, "whisper": {ASKING}})], ids=["op1", "trunk"])
async def test_who_hears_a_senior(board: Switchboard, quiet: Asterisk, who: str, hears: dict[str, set[int]]) -> None:
    """MC-05: whoever sits there sends back what he hears, since nothing in Asterisk records what is prompted.

    Modes follow each other in one call, so that the one before would be heard.
    """
    talk = await Talk(board, quiet, "79160001116").begin(echoes=who)
    senior = await board.senior("op3")
    await board.town.answers("op3", speak(board.town.sound(hz=SENIOR)))
    for mode, notes in hears.items():
        await senior.does("POST", f"/api/conversations/{talk.head.id}/listen", {"mode": mode})
        await talk.says(who, notes)


async def test_who_listens_is_gone_with_the_call(board: Switchboard, quiet: Asterisk) -> None:
    # MC-05
    talk = await Talk(board, quiet, "79160001113").begin(seconds=30)
    senior, ear = await board.senior("op3"), await board.town.answers("op3")
    await senior.does("POST", f"/api/conversations/{talk.head.id}/listen", {"mode": "listen"})
    await asyncio.gather(talk.citizen.over(), talk.telephone.over(), ear.over())


@pytest.mark.parametrize("company", ["aside", "together"])
async def test_a_hub_that_is_killed_lets_everybody_talk_on(quiet: Asterisk, around: Town, tmp_path: Path, company: str) -> None:
    # CH-09, CH-06: nobody is dropped or dialled twice, and the state is right afterwards
    path = tmp_path / "centre.toml"
    path.write_text(DIRECTORY.format(base=quiet.base, ami=quiet.ami, hub=quiet.hub), encoding="utf8")
    with house_in(tmp_path, path) as house:
        async with people(house) as crowd:
            talk = await Remote(crowd, await crowd.admin(), around, quiet, "79160001114").begin()
            colleague = await talk.asks_op2()
            if company == "together":
                await talk.does("together")
            await talk.are(company)
            hears = {"op1": {CITIZEN, ASKED}, "op2": {CITIZEN, ASKING}, "trunk": {ASKING, ASKED}} if company == "together" else {
                "op1": {ASKED}, "op2": {ASKING}}
            house.kill()
            for name, notes in hears.items():
                await talk.hears(name, notes)
            house.start()
            await talk.are(company)
            for name, notes in hears.items():
                await talk.hears(name, notes)
            await talk.does("back")
            await talk.hears("op1", {CITIZEN})
            await talk.hears("trunk", {ASKING})
            await colleague.over()
            await talk.are(None)
            assert sum(entry["text"].startswith("Консультация: звоним") for entry in await talk.clerk.timeline(talk.conversation)) == 1


async def test_a_hub_that_is_killed_while_it_rings_gives_the_citizen_back(quiet: Asterisk, around: Town, tmp_path: Path) -> None:
    # CH-09
    path = tmp_path / "centre.toml"
    path.write_text(DIRECTORY.format(base=quiet.base, ami=quiet.ami, hub=quiet.hub), encoding="utf8")
    with house_in(tmp_path, path) as house:
        async with people(house) as crowd:
            talk = await Remote(crowd, await crowd.admin(), around, quiet, "79160001115").begin()
            await talk.colleague("op2")
            colleague = await around.rings("op2")
            await talk.asks(operator="op2")
            await colleague.until("INVITE")
            house.kill()
            house.start()
            await colleague.over()
            await talk.hears("op1", {CITIZEN})
            await talk.hears("trunk", {ASKING})
            assert BACK["cut"] in [entry["text"] for entry in await talk.clerk.timeline(talk.conversation)]
