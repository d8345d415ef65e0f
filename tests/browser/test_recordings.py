"""Recorded talks at the desk: both voices, what was said in them, and how the one that goes on is recorded (SE-04, MC-05)."""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from channels.voice.prompts import Prompts
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError
from hub.kernel.ports import Files
from hub.telephony.ports import RecordedTalk, RecordingState
from storage.keys.file import KeyFile
from tests.browser.stage import Desk, Stage
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, House, People, people
from tests.paper import Paper, near
from tests.traits import TRAITS
from tests.whisper import VOICE, talk, whole_model

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME = "voice.paper"
CENTRE = """centre = {{ code = "077", name = "Контакт-центр области" }}
queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
channels = [{{ driver = "voice.paper" }}]
speech = {{ model = "." }}
keys = {{ driver = "file", settings = {{ path = "{folder}/okno.keys" }} }}
"""
SAYS = ((0.5, "Добрый день, слушаю вас."), (9.0, "Подайте заявление на портале или в центре."))
ASKS_S, LENGTH_S = 4.0, 14


class Telephone(Paper):
    """hub.telephony.ports.RecordingChannel, too: the far end of a talk is the test."""

    def __init__(self, intake: Intake, store: Store, files: Files) -> None:
        super().__init__(NAME, intake, store, files)
        self._tapes: dict[int, RecordingState] = {}

    def taping(self, conversation: int) -> RecordingState | None:
        return self._tapes.get(conversation)

    async def pause(self, conversation: int, *, paused: bool) -> None:
        if conversation not in self._tapes:
            raise RefusedError("not_recorded", "Этот разговор сейчас не записывается.")
        self.tape(conversation, RecordingState(datetime.now(UTC) if paused else None))

    def tape(self, conversation: int, tape: RecordingState | None) -> None:
        if tape is None:
            self._tapes.pop(conversation, None)
        else:
            self._tapes[conversation] = tape
        self._intake.stirred(conversation)

    async def recorded(self, conversation: int, sound: Path) -> None:
        await self._intake.recorded(RecordedTalk(conversation, "1", datetime.now(UTC), LENGTH_S, sound, "audio/flac"))


class Board:
    """A hub in this process, its telephone, and whoever works there."""

    def __init__(self, house: House, telephone: Telephone, stage: Stage, crowd: People, admin: Clerk, sound: Path) -> None:
        self.house, self.telephone, self.stage, self.crowd, self.admin, self.sound = house, telephone, stage, crowd, admin, sound

    async def called(self, number: str) -> int:
        """Somebody calls and wants a person; his conversation."""
        conversation = await self.telephone.writes(number, "Позовите оператора")
        await self.telephone.hears("Номер обращения")
        return conversation

    async def desk(self, size: str, role: str) -> tuple[Desk, Clerk]:
        clerk = await self.crowd.clerk(self.admin, role)
        return await self.stage.signed_in(clerk.login, **look(size)), clerk

    async def listened(self) -> list[str]:
        return [audit_entry["what"] for audit_entry in await self.admin.does("GET", "/api/audit") if audit_entry["what"] in {"listened", "downloaded"}]


async def two_voices(folder: Path) -> Path:
    """An operator by Elena of today, and a citizen who asks for a passport."""
    prompts = Prompts(folder)
    operator = [(at, 1, Path(await prompts.sound(text)).with_suffix(".wav")) for at, text in SAYS]
    return talk(folder, LENGTH_S, [(ASKS_S, 0, VOICE), *operator])


@pytest_asyncio.fixture(loop_scope="session")
async def board(pages: None, browser: Browser, tmp_path: Path) -> AsyncIterator[Board]:
    with pytest.MonkeyPatch.context() as patch:
        telephones: list[Telephone] = []

        def connect(settings: dict[str, Any], intake: Intake, store: Store, files: Files, *, limited: bool) -> Telephone:
            telephones.append(Telephone(intake, store, files))
            return telephones[-1]
        module = ModuleType(f"channels.{NAME}")
        module.connect = connect  # type: ignore[attr-defined]  # a driver is a module with this function
        module.TRAITS = TRAITS.named(NAME)  # type: ignore[attr-defined]  # as every driver's
        patch.setitem(sys.modules, module.__name__, module)
        whole_model(tmp_path)
        KeyFile(tmp_path / "okno.keys").add()
        sound = await two_voices(tmp_path)
        async with near(tmp_path, CENTRE.format(folder=tmp_path)) as (house, _), people(house) as crowd, Stage(browser, house) as stage:
            yield Board(house, telephones[0], stage, crowd, await crowd.admin(), sound)


async def taken(desk: Desk, conversation: int) -> None:
    await desk.page.evaluate("(id) => { location.hash = `#/inbox/waiting/${id}`; }", str(conversation))
    await desk.at("take").click()
    await expect(desk.at("reply-tab")).to_have_attribute("aria-selected", "true")


async def of_sound(desk: Desk, what: str) -> float:
    return float(await desk.at("sound").evaluate(f"(sound) => sound.{what}"))


@in_both_sizes
async def test_a_talk_is_listened_to_line_by_line(board: Board, axe: str, size: str) -> None:
    # SE-04, MC-05, GV-14
    conversation = await board.called("+79161234521")
    desk, _ = await board.desk(size, "supervisor")
    await taken(desk, conversation)
    await board.telephone.recorded(conversation, board.sound)
    lines = desk.at("transcript").get_by_role("button")
    await expect(lines.filter(has_text="паспорт")).to_be_visible()
    await expect(lines.first).to_contain_text("Оператор")
    await expect(lines.filter(has_text="паспорт")).to_contain_text("Заявитель")
    assert await board.listened() == []  # whoever reads has not listened
    await lines.filter(has_text="паспорт").click()
    await expect(lines.filter(has_text="паспорт")).to_have_attribute("aria-current", "true")
    await expect(desk.at("waves")).to_be_visible()
    assert await of_sound(desk, "currentTime") >= ASKS_S - 1
    await expect(desk.at("play")).to_have_accessible_name("Остановить")
    await desk.at("play").click()
    await expect(desk.at("play")).to_have_accessible_name("Слушать")
    await desk.at("speed-2").click()
    await expect(desk.at("speed-2")).to_have_attribute("aria-pressed", "true")
    assert await of_sound(desk, "playbackRate") == 2
    await desk.at("place").fill("9.5")
    await expect(lines.filter(has_text="заявлени")).to_have_attribute("aria-current", "true")
    await desk.at("skip-back").click()
    await expect(lines.filter(has_text="заявлени")).to_have_attribute("aria-current", "false")
    assert await board.listened() == ["listened"]
    inspector = Inspector(axe, desk.page)
    await inspector.look("player")
    assert not inspector.faults
    async with desk.page.expect_download() as download:
        await desk.at("save-recording").click()
    assert (await (await download.value).path()).read_bytes() == board.sound.read_bytes()
    assert await board.listened() == ["downloaded", "listened"]


async def test_whoever_may_not_keep_a_recording_may_listen(board: Board) -> None:
    # SE-04
    conversation = await board.called("+79161234522")
    desk, clerk = await board.desk("wide", "operator")
    await taken(desk, conversation)
    await board.telephone.recorded(conversation, board.sound)
    await desk.at("play").click()
    await expect(desk.at("play")).to_have_accessible_name("Остановить")
    await expect(desk.at("save-recording")).to_have_count(0)
    records = (await clerk.does("GET", f"/api/conversations/{conversation}"))["entries"]
    (file,) = [each["file"] for entry in records for each in entry["attachments"]]
    status, answer = await clerk.call("GET", f"/api/files/{file}?conversation={conversation}&save=true")
    assert (status, answer["error"]) == (403, "forbidden")


@in_both_sizes
async def test_how_a_talk_is_recorded_is_what_the_hub_says(board: Board, axe: str, size: str) -> None:
    # SE-04
    conversation = await board.called("+79161234523")
    desk, _ = await board.desk(size, "operator")
    await taken(desk, conversation)
    await expect(desk.at("pause-recording")).to_have_count(0)
    board.telephone.tape(conversation, RecordingState())
    await expect(desk.at("taping")).to_contain_text("Идёт запись")
    await desk.at("pause-recording").click()
    await expect(desk.at("taping")).to_contain_text("Запись на паузе")
    await desk.page.reload()
    await expect(desk.at("taping")).to_contain_text("Запись на паузе")
    inspector = Inspector(axe, desk.page)
    await inspector.look("paused")
    assert not inspector.faults
    await desk.at("pause-recording").click()
    await expect(desk.at("taping")).to_contain_text("Идёт запись")
    board.telephone.tape(conversation, RecordingState(datetime(2026, 1, 1, tzinfo=UTC)))
    await expect(desk.at("notice").filter(has_text="Запись разговора на паузе уже")).to_be_visible()
    board.telephone.tape(conversation, None)
    await expect(desk.at("taping")).to_have_count(0)
