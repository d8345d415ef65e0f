"""A machine that answers a callback is no talk: the attempt counts as not reached, and the call is owed still (SL-05)."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.conversations.callback_promise import Outcome
from hub.conversations.conversation import Promised, WithOperator
from hub.conversations.journal import Attempted
from hub.telephony.outbound_calls import MACHINE
from tests.channels.voice.test_call_originator import CALLS, calls, notes, promised, told
from tests.channels.voice.test_speech import spoken
from tests.channels.voice.test_telephone import Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.scenarios import speak, wait
from tests.peers.sipp import Town, town

pytestmark = pytest.mark.peers

GREETING = "Здравствуйте! Вы позвонили Ивану Петровичу. Сейчас я не могу ответить, оставьте сообщение после сигнала."
PAUSE_S = 30


@pytest.fixture
async def around(quiet: Asterisk, tmp_path: Path) -> AsyncIterator[Town]:
    for name in ("sounds", "recordings"):
        (quiet.base / name).mkdir(exist_ok=True)
    async with town(quiet, tmp_path, ends_calls=True) as those:
        yield those


@pytest.fixture
async def board(quiet: Asterisk, around: Town, tmp_path: Path) -> AsyncIterator[Switchboard]:
    centre = CALLS.replace("settings = {{ ", "settings = {{ machines = true, ")
    config = centre.format(base=quiet.base, ami=quiet.ami, hub=quiet.hub, quiet_from="23:59")
    async with near(tmp_path, config) as (house, hub), people(house) as crowd:
        yield Switchboard(hub, crowd, await crowd.admin(), around, quiet)


def said(around: Town, text: str, folder: Path) -> str:
    """A voice, and silence after it."""
    voice, padded = spoken(text, folder), folder / "padded.wav"
    subprocess.run(["sox", str(voice), str(padded), "pad", "0.4", str(PAUSE_S)], check=True)
    return speak(around.sound(padded))


async def test_a_machine_is_an_attempt(board: Switchboard, tmp_path: Path) -> None:
    # SL-05
    number = "79160000101"
    clerk, head = await promised(board, number)
    telephone = await board.town.answers("op1")
    machine = await board.town.answers("trunk", said(board.town, GREETING, tmp_path))
    await calls(clerk, head)
    await board.becomes(f"+{number}", Promised)
    await asyncio.gather(machine.over(), telephone.over())
    assert MACHINE in await notes(board, head)
    assert [entry.outcome for entry in await board.journal(f"+{number}") if isinstance(entry, Attempted)] == [Outcome.NO_ANSWER]


async def test_a_person_is_joined(board: Switchboard, tmp_path: Path) -> None:
    # SL-05
    number = "79160000102"
    clerk, head = await promised(board, number)
    telephone = await board.town.answers("op1")
    citizen = await board.town.answers("trunk", said(board.town, "Алло?", tmp_path), wait(6), hangs_up=True)
    await calls(clerk, head)
    await told(board, head, "Заявитель ответил на звонок.")
    await board.joined()
    await asyncio.gather(citizen.over(), telephone.over())
    assert isinstance((await board.call(f"+{number}")).holder, WithOperator)
