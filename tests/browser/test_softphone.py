"""The telephone in the desk: a real Asterisk, citizens by SIPp, and an operator in Chromium who speaks from a file (CH-01, LV-08)."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from channels.voice.events import DTMFEnd, Hold, Unhold
from tests.browser.stage import CHROMIUM, LINE_DOWN, Desk, Stage, chromium
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.channels.line import PATIENCE_S
from tests.channels.voice.ami_listener import AmiListener, at
from tests.channels.voice.test_recording import CALLER_HZ, OPERATOR_HZ, SECOND, pitch, voices
from tests.house import PASSWORD, Clerk, House, house_in, people
from tests.peers.asterisk import Asterisk, asterisk
from tests.peers.cable import Cable
from tests.peers.ports import free_ports
from tests.peers.scenarios import press, speak, wait
from tests.peers.sipp import Sipp, Town, town
from tests.rig import eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")

CENTRE = """centre = {{ code = "077", name = "Контакт-центр" }}
queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
routing = {{ wrap_up_s = 600, call_offer_s = 120 }}
notices = {{ quiet_from = "00:00", quiet_until = "00:00" }}
[[channels]]
driver = "voice.asterisk"
[channels.settings]
password_file = "{base}/password"
sounds = "{base}/sounds"
recordings = "{base}/recordings"
port = {ami}
listen_port = {hub}
records = true
softphone = "wss://127.0.0.1:{wss}/ws"
phones_secret_file = "{base}/phones-secret"
"""
OPERATORS = ("anna", "boris")
REMEMBERS = "window.peers = []; window.RTCPeerConnection = class extends RTCPeerConnection { constructor(...a) { super(...a); peers.push(this); } };"
"""The page keeps its connections where a test can ask them what they carry."""
CARRIED = """async () => {
  const all = [...(await peers.at(-1).getStats()).values()];
  const of = (type) => all.find((each) => each.type === type && each.kind === 'audio') ?? {};
  const [inbound, outbound, source] = ['inbound-rtp', 'outbound-rtp', 'media-source'].map(of);
  return {received: inbound.packetsReceived ?? 0, heard: inbound.totalAudioEnergy ?? 0, sent: outbound.packetsSent ?? 0,
          said: source.totalAudioEnergy ?? 0, codec: all.find(({id}) => id === outbound.codecId)?.mimeType};
}"""


class Exchange:
    """Asterisk with a door for softphones, and the cable that leads there."""

    def __init__(self, real: Asterisk, folder: Path) -> None:
        self.real, self._folder = real, folder
        (self.wss,) = free_ports(1)
        self.cable = Cable(self.wss, lines=False)
        for name in ("sounds", "recordings"):
            (real.base / name).mkdir()
        (real.base / "phones-secret").write_text("0123456789abcdef0123456789abcdef", encoding="utf8")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2",
                        "-keyout", folder / "key", "-out", folder / "certificate"], check=True, stderr=subprocess.DEVNULL)

    def equip(self, phones: str) -> None:
        """Start anew with these telephones."""
        path = self._folder / "phones"
        path.write_text(phones, encoding="utf8")
        self.real.stop()
        self.real.render(WSS="yes", WSS_BIND=f"127.0.0.1:{self.wss}", WSS_CERTIFICATE=str(self._folder / "certificate"),
                         WSS_KEY=str(self._folder / "key"), PHONES=str(path))
        self.real.start()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def exchange(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    with asterisk() as real:
        ours = Exchange(real, tmp_path_factory.mktemp("exchange"))
        await ours.cable.lay()
        yield ours
        ours.cable.take_away()


@pytest.fixture(scope="module")
def house(exchange: Exchange, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    config = folder / "centre.toml"
    real = exchange.real
    config.write_text(CENTRE.format(base=real.base, ami=real.ami, hub=real.hub, wss=exchange.cable.port), encoding="utf8")
    with house_in(folder, config) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def staff(exchange: Exchange, house: House) -> AsyncIterator[dict[str, Clerk]]:
    """Operators with passwords of their own, whom Asterisk knows."""
    async with people(house) as crowd:
        boss = await crowd.admin()
        clerks = {"boss": boss}
        for login in OPERATORS:
            body = {"login": login, "name": login.title(), "role": "operator", "queues": ["general"]}
            opened = await boss.does("POST", "/api/operators", body)
            clerks[login] = await crowd.stranger(login).sign_in(opened["one_time_password"])
        printed = house.run("voice", "phones")
        assert printed.returncode == 0, printed.stderr
        exchange.equip(printed.stdout)
        yield clerks


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def speaking(pages: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """A browser whose microphone hears beeps of 1100 Hz: a tone that never changes would be taken for noise."""
    sound = tmp_path_factory.mktemp("voice") / "operator.wav"
    subprocess.run(["sox", "-n", "-r", "48000", "-c", "1", "-b", "16", str(sound), "synth", "0.4", "sine", str(OPERATOR_HZ), "gain", "-6",
                    "pad", "0", "0.2"], check=True)
    async with chromium("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={sound}",
                        "--ignore-certificate-errors", "--autoplay-policy=no-user-gesture-required", program=CHROMIUM) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def stage(speaking: Browser, house: House, staff: dict[str, Clerk]) -> AsyncIterator[Stage]:
    """At the end nobody waits, and nobody is on duty."""
    async with Stage(speaking, house) as open_stage:
        yield open_stage
    boss = staff["boss"]
    for view in ("held", "waiting"):
        for row in (await boss.does("GET", f"/api/inbox?view={view}"))["conversations"]:
            await boss.act(row["id"], "close", {"topic": "other"})
    for login in OPERATORS:
        await staff[login].does("PUT", "/api/presence", {"presence": "offline"})


@pytest_asyncio.fixture(loop_scope="session")
async def around(exchange: Exchange, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(exchange.real, tmp_path, ends_calls=True) as those:
        yield those


@pytest_asyncio.fixture(loop_scope="session")
async def line(exchange: Exchange, staff: dict[str, Clerk]) -> AsyncIterator[AmiListener]:
    async with at(exchange.real) as listening:
        yield listening


@pytest_asyncio.fixture(loop_scope="session")
async def anna(stage: Stage, staff: dict[str, Clerk]) -> AsyncIterator[Desk]:
    """At her desk, her telephone ready, and she is on duty."""
    desk = await sits_down(stage, "anna")
    await desk.become("ready")
    yield desk


async def sits_down(stage: Stage, login: str, **options: Any) -> Desk:
    page = await stage.window(**options)
    await page.add_init_script(REMEMBERS)
    await page.goto(stage.house.base + "/desk/")
    desk = Desk(page)
    await desk.sign_in(login, PASSWORD)
    await phone_is(desk, "ready")
    return desk


async def phone_is(desk: Desk, state: str) -> None:
    await expect(desk.at("phone").first).to_have_attribute("data-state", state)


async def carried(page: Page) -> dict[str, Any]:
    return dict(await page.evaluate(CARRIED))


async def talks(desk: Desk) -> None:
    """Wait until both directions carry a voice."""
    await expect(desk.at("call-bar")).to_have_attribute("data-stage", "talks")

    async def both() -> bool:
        now = await carried(desk.page)
        return bool(now["received"] and now["sent"] and now["heard"] > 0 and now["said"] > 0)
    async with asyncio.timeout(PATIENCE_S):
        await eventually(both)


async def goes_on(desk: Desk) -> None:
    """Wait until both directions have carried more than now."""
    before = await carried(desk.page)

    async def more() -> bool:
        now = await carried(desk.page)
        return bool(now["received"] > before["received"] + 20 and now["sent"] > before["sent"] + 20)
    async with asyncio.timeout(PATIENCE_S):
        await eventually(more)


async def calls(around: Town, number: str) -> Sipp:
    """A citizen asks for an operator by a key, and speaks at 440 Hz until he is hung up on."""
    return await around.calls(wait(2), press("0"), speak(around.sound(hz=CALLER_HZ)), number=number)


async def test_a_talk(anna: Desk, around: Town, line: AmiListener, exchange: Exchange, staff: dict[str, Clerk]) -> None:
    # CH-01, LV-08, SE-04
    citizen = await calls(around, "79160000031")
    await expect(anna.at("call-bar")).to_have_attribute("data-stage", "rings")
    await expect(anna.at("call-who")).to_contain_text("916")
    await anna.accept()
    await talks(anna)
    assert (await carried(anna.page))["codec"] == "audio/opus"
    assert "opus" in exchange.real.cli("pjsip show channelstats")

    await anna.at("mute").click()
    await expect(anna.at("mute")).to_have_attribute("aria-pressed", "true")
    assert await anna.page.evaluate("peers.at(-1).getSenders()[0].track.enabled") is False
    await anna.page.keyboard.press("Escape")
    await anna.at("mute").click()
    await expect(anna.at("mute")).to_have_attribute("aria-pressed", "false")

    await anna.at("hold").click()
    await line.hears(Hold, lambda event: event.channel.startswith("PJSIP/anna-"))
    await expect(anna.at("hold")).to_have_attribute("data-held", "true")
    await anna.at("hold").click()
    await line.hears(Unhold, lambda event: event.channel.startswith("PJSIP/anna-"))
    await goes_on(anna)

    await anna.at("keys").click()
    await anna.at("key-5").click()
    await line.hears(DTMFEnd, lambda event: event.channel.startswith("PJSIP/anna-") and event.digit == "5")
    await anna.page.keyboard.press("#")
    await line.hears(DTMFEnd, lambda event: event.channel.startswith("PJSIP/anna-") and event.digit == "#")
    await anna.page.keyboard.press("Escape")

    await anna.at("hang-up").click()
    await citizen.over()
    await expect(anna.at("call-bar")).to_have_count(0)
    await expect(anna.at("wrap-up")).to_be_visible()
    await expect(anna.at("presence")).to_have_attribute("data-presence", "wrap_up")
    await anna.at("finish-wrap-up").click()
    await expect(anna.at("presence")).to_have_attribute("data-presence", "ready")
    await expect(anna.at("wrap-up")).to_have_count(0)
    await both_are_recorded(staff["anna"])


async def both_are_recorded(clerk: Clerk) -> None:
    (row,) = (await clerk.does("GET", "/api/inbox"))["conversations"]

    async def found() -> list[dict[str, Any]]:
        entries = (await clerk.does("GET", f"/api/conversations/{row['id']}"))["entries"]
        return [entry for entry in entries if entry["author"] == "system" and entry["attachments"]]

    async def kept() -> bool:
        return bool(await found())
    async with asyncio.timeout(PATIENCE_S):
        await eventually(kept)
    (entry,) = await found()
    said, heard = voices(await clerk.does("GET", f"/api/files/{entry['attachments'][0]['file']}?conversation={row['id']}"))
    assert len(said) > SECOND // 4
    assert abs(pitch(said) - CALLER_HZ) < 5
    assert abs(pitch(heard) - OPERATOR_HZ) < 5


async def test_lifting_the_receiver_accepts(anna: Desk, stage: Stage, around: Town, house: House, staff: dict[str, Clerk]) -> None:
    # LV-08, CH-06: the hub is started anew while they talk
    citizen = await calls(around, "79160000032")
    await anna.at("answer").click()
    await talks(anna)
    await expect(anna.offer).to_have_count(0)
    await expect(anna.timeline).to_be_visible()
    (row,) = (await staff["anna"].does("GET", "/api/inbox"))["conversations"]
    assert row["holder"]["operator"] == "anna"
    stage.pardon(LINE_DOWN)
    assert house.stop() == 0
    await expect(anna.at("disconnected")).to_be_visible()
    await goes_on(anna)
    house.start()
    await expect(anna.at("disconnected")).to_have_count(0)
    await goes_on(anna)
    await anna.at("hang-up").click()
    await citizen.over()


async def test_a_telephone_that_is_refused_asks_the_next(anna: Desk, around: Town, stage: Stage) -> None:
    # LV-08
    boris = await sits_down(stage, "boris")
    await boris.become("ready")
    await calls(around, "79160000033")
    await anna.at("decline").click()
    await expect(boris.at("call-bar")).to_have_attribute("data-stage", "rings")
    await expect(anna.at("call-bar")).to_have_count(0)
    await boris.page.keyboard.press("a")
    await talks(boris)
    await boris.page.keyboard.press("Escape")  # out of the reply, where letters are letters
    await boris.page.keyboard.press("Shift+X")
    await expect(boris.at("call-bar")).to_have_count(0)


async def test_calling_a_citizen(anna: Desk, around: Town, exchange: Exchange) -> None:
    # SL-05: her own telephone is not rung, for she has asked for the call
    citizen = await calls(around, "79160000034")
    await anna.accept()
    await talks(anna)
    await anna.at("hang-up").click()
    await citizen.over()
    await expect(anna.at("call-bar")).to_have_count(0)
    called = await around.answers("trunk", speak(around.sound(hz=CALLER_HZ)))
    await anna.at("call").click()
    await called.until("ACK")
    await joined(exchange)
    await talks(anna)
    await anna.at("hang-up").click()
    await called.over()


async def joined(exchange: Exchange) -> None:
    """Wait until two hear each other: before, an operator hears that it rings."""
    async def so() -> bool:
        return any(re.search(r"\b2\b", line) for line in exchange.real.cli("bridge show all").splitlines()[1:])
    async with asyncio.timeout(PATIENCE_S):
        await eventually(so)


async def test_an_exchange_that_starts_anew_has_its_telephones_again(
        anna: Desk, stage: Stage, around: Town, exchange: Exchange, staff: dict[str, Clerk]) -> None:
    # CH-06
    stage.pardon(LINE_DOWN)
    exchange.real.kill()
    await phone_is(anna, "lost")
    exchange.real.start()
    await phone_is(anna, "ready")

    async def up() -> bool:
        return all(channel["up"] for channel in await staff["boss"].does("GET", "/api/channels"))
    async with asyncio.timeout(PATIENCE_S):
        await eventually(up)
    await calls(around, "79160000038")
    await anna.at("answer").click()
    await talks(anna)


async def test_a_call_missed_by_a_telephone_that_was_away_is_offered_again(
        anna: Desk, stage: Stage, around: Town, exchange: Exchange, staff: dict[str, Clerk]) -> None:
    # CH-14
    stage.pardon(LINE_DOWN)
    exchange.cable.take_away()
    await phone_is(anna, "lost")
    await calls(around, "79160000039")

    async def refused() -> bool:
        waiting = (await staff["boss"].does("GET", "/api/inbox?view=waiting"))["conversations"]
        entries = [entry for row in waiting for entry in await staff["boss"].timeline(row["id"])]
        return any(entry["kind"] == "offer_ended" for entry in entries)
    async with asyncio.timeout(PATIENCE_S):
        await eventually(refused)
    await exchange.cable.lay()
    await phone_is(anna, "ready")
    await expect(anna.at("call-bar")).to_have_attribute("data-stage", "rings")
    await anna.accept()
    await talks(anna)


async def test_a_talk_outlives_the_line_of_its_signals(anna: Desk, stage: Stage, around: Town, exchange: Exchange) -> None:
    # CH-06: the WebSocket breaks, the voices have another way
    stage.pardon(LINE_DOWN)
    citizen = await calls(around, "79160000035")
    await anna.accept()
    await talks(anna)
    exchange.cable.cut()
    await phone_is(anna, "lost")
    await phone_is(anna, "ready")
    await goes_on(anna)
    await anna.at("hang-up").click()
    await citizen.over()


async def test_only_one_window_has_the_telephone(anna: Desk) -> None:
    other = Desk(await anna.page.context.new_page())
    await other.page.goto(anna.page.url)
    await phone_is(other, "elsewhere")
    await anna.page.close()
    await phone_is(other, "ready")


async def test_the_microphone_is_tried_before_anybody_calls(anna: Desk) -> None:
    await anna.at("phone").first.click()
    await anna.at("try-microphone").click()
    await expect(anna.at("level")).to_have_js_property("value", 1)
    await expect(anna.at("microphone").locator("option")).not_to_have_count(1)
    await anna.page.keyboard.press("Escape")
    await expect(anna.at("level")).to_have_count(0)


async def test_time_to_wrap_up_is_extended(anna: Desk, staff: dict[str, Clerk]) -> None:
    # CH-13
    async def until() -> str:
        return str((await staff["anna"].does("GET", "/api/me"))["presence_until"])
    await anna.at("presence").click()
    await anna.at("presence-choice-wrap_up").click()
    await expect(anna.at("wrap-up")).to_be_visible()
    first = await until()
    await anna.at("extend-wrap-up").click()
    await expect(anna.at("extend-wrap-up")).to_be_enabled()
    assert await until() > first
    await anna.at("finish-wrap-up").click()
    await expect(anna.at("wrap-up")).to_have_count(0)
    assert await until() == "None"


@in_both_sizes
async def test_it_is_for_everybody(axe: str, stage: Stage, around: Town, staff: dict[str, Clerk], size: str) -> None:
    # GV-14
    anna = await sits_down(stage, "anna", **look(size))
    inspector = Inspector(axe, anna.page)
    if size == "narrow":
        await anna.at("menu").click()
    await anna.page.locator("[data-test=phone]:visible").click()
    await anna.at("try-microphone").click()
    await expect(anna.at("level")).to_be_visible()
    await inspector.look("dialog")
    await anna.page.keyboard.press("Escape")
    await expect(anna.at("level")).to_have_count(0)
    await staff["anna"].does("PUT", "/api/presence", {"presence": "ready"})
    await calls(around, "79160000036" if size == "narrow" else "79160000037")
    await expect(anna.at("call-bar")).to_have_attribute("data-stage", "rings")
    await inspector.look("rings")
    await anna.accept()
    await talks(anna)
    await inspector.look("talks")
    await anna.at("keys").click()
    await anna.at("key-5").click()
    await inspector.look("keys")
    await anna.page.keyboard.press("Escape")
    for button, pressed in (("mute", "aria-pressed"), ("hold", "data-held")):
        await anna.at(button).click()
        await expect(anna.at(button)).to_have_attribute(pressed, "true")
        await inspector.look(button)
    await anna.at("hang-up").click()
    await expect(anna.at("wrap-up")).to_be_visible()
    await inspector.look("wrap-up")
    assert inspector.faults == []
