"""How an application stands, by the keys of a telephone alone: told, refused and locked; away, and told by whoever calls back. A real Asterisk."""

from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.citizens.code_word_service import CodeWordService
from hub.conversations.conversation import Promised
from hub.conversations.journal import CallStage, Telephoned
from hub.conversations.message import Author, Message
from hub.conversations.redaction import HIDDEN
from okno.demo.departments import Departments
from okno.stores import now
from tests.channels.voice.ami_listener import at
from tests.channels.voice.test_appointment import CENTRE, NUMBER, Caller
from tests.channels.voice.test_telephone import Switchboard
from tests.house import people
from tests.journeys.test_status import SNILS
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import wait
from tests.peers.sipp import Town, town
from tests.rig import eventually

pytestmark = pytest.mark.peers

APPLICATION, WORD = "4021567", "4071"
MINISTRY = """
[[systems]]
id = "ministry"
title = "Министерство"
contract = {{ version = "1.0", owner = "отдел", limit_s = 20 }}
settings = {{ url = "{url}" }}
applications = '\\d{{7}}'
[status]
even_s = 0.2
"""
KEYS = f"*{APPLICATION}*{SNILS.replace(' ', '')}*"


@pytest.fixture
async def ministry() -> AsyncIterator[Departments]:
    async with Departments() as running:
        known = running.applications["2026-0001"]
        running.applications[APPLICATION] = replace(known, standing=replace(known.standing, number=APPLICATION))
        yield running


@pytest.fixture
async def around(quiet: Asterisk, tmp_path: Path) -> AsyncIterator[Town]:
    for name in ("sounds", "recordings"):
        (quiet.base / name).mkdir(exist_ok=True)
    (tmp_path / "town").mkdir()
    async with town(quiet, tmp_path / "town", ends_calls=True) as those:
        yield those


@pytest.fixture
async def board(quiet: Asterisk, around: Town, ministry: Departments, tmp_path: Path) -> AsyncIterator[Switchboard]:
    (tmp_path / "registry.toml").write_text((files("okno.demo") / "registry.toml").read_text(encoding="utf8"), encoding="utf8")
    config = CENTRE.replace("settings = {{ ", 'settings = {{ trunks = ["PJSIP/{{number}}@trunk"], ').replace(
        "queues =", 'notices = {{ quiet_from = "00:00", quiet_until = "00:00" }}\nqueues =')
    whole = config.format(base=quiet.base, ami=quiet.ami, hub=quiet.hub) + MINISTRY.format(url=ministry.url)
    async with near(tmp_path, whole) as (house, hub), people(house) as crowd:
        yield Switchboard(hub, crowd, await crowd.admin(), around, quiet)


@pytest.fixture
async def caller(board: Switchboard, quiet: Asterisk) -> AsyncIterator[Caller]:
    """Somebody who has chosen a code word for his number, and rings up."""
    code_word_service = CodeWordService(board.store, now, lambda: now().date())
    async with at(quiet) as line:
        await code_word_service.start()
        await code_word_service.register(NUMBER, SNILS, WORD, "паспорт", "admin", 0)
        await board.town.calls(wait(1), number=NUMBER[1:])
        await board.becomes_known(NUMBER)
        caller = Caller(board, line)
        await caller.sees("робот")
        yield caller


async def over(board: Switchboard) -> bool:
    return any(isinstance(entry, Telephoned) and entry.stage is CallStage.ENDED for entry in await board.journal(NUMBER))


async def test_by_keys_it_is_told_refused_and_locked(board: Switchboard, caller: Caller) -> None:
    # ST-01, ST-02, ST-04, CH-01
    await caller.types(f"{KEYS}{WORD}#")
    told = await caller.hears(f"Заявление № {APPLICATION}")
    assert "Документы проверяются" in told.text
    for _ in range(3):
        await caller.types(f"{KEYS}9999#")
        await caller.hears("ничего сообщить нельзя")
    await caller.types(f"{KEYS}{WORD}#")
    assert "с паспортом" in (await caller.hears("Подтвердить")).text
    typed = [entry.text for entry in await board.journal(NUMBER) if isinstance(entry, Message) and entry.author is Author.CITIZEN]
    assert typed == [f"заявление {APPLICATION} {HIDDEN}"] * 5


async def test_what_is_away_is_told_by_whoever_calls_back(board: Switchboard, caller: Caller, ministry: Departments) -> None:
    # ST-01, SL-05
    ministry.moods = [503]
    await caller.types(f"{KEYS}{WORD}#")
    await caller.hears("сейчас не отвечает")
    await caller.picks("Перезвоните мне")
    for asked, choice in (("номер", "Этот номер"), ("Когда вам удобно", "Днём"), ("Верно?", "Да")):
        await caller.sees(asked)
        await caller.picks(choice)
    head = await board.becomes(NUMBER, Promised)
    await eventually(lambda: over(board))  # he is told so to the end
    clerk, base = await board.operator("op1"), f"/api/conversations/{head.id}"
    due, = (await clerk.does("GET", "/api/promises"))["conversations"]
    assert (due["id"], due["promise"]["why"], NUMBER in due["promise"]["address"]) == (str(head.id), "Просит позвонить: с 12 до 17", True)
    await board.town.answers("op1")
    await board.town.answers("trunk", wait(1))
    await clerk.does("POST", f"{base}/take")
    await clerk.does("POST", f"{base}/call", {"key": "once"})
    await board.joined()
    found = await clerk.does("POST", f"{base}/status", {"number": APPLICATION, "snils": SNILS, "word": WORD})
    assert found["words"] == "Документы проверяются"
    await clerk.does("POST", f"{base}/keep", {"key": "k", "text": found["words"]})
    assert (await board.call(NUMBER)).promise is None
