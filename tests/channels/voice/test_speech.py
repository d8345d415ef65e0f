"""A caller asks aloud, in Russian, and hears the answer: SIPp and RTP, a real Asterisk, RHVoice and Whisper (CH-01, CH-07)."""

import asyncio
import re
import subprocess
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from bots.speech import recognise
from channels.voice.call_phrases import INVITES, MORE, SORRY
from channels.voice.prompts import RHVOICE, named, pieces
from channels.voice.spoken_text.breath import breaths
from hub.conversations.conversation import InQueue
from hub.conversations.journal import HandedOver, SpeechRecognised
from hub.conversations.message import Message
from tests.channels.voice.ami_listener import AmiListener, at
from tests.channels.voice.test_telephone import CENTRE, Switchboard
from tests.house import people
from tests.paper import near
from tests.peers.asterisk import Asterisk
from tests.peers.rtp import RATE, Handset, handset
from tests.peers.sipp import town
from tests.rig import eventually

pytestmark = pytest.mark.peers

LISTENING = CENTRE.rstrip().removesuffix("}}") + ", listens = true }}\n"
BY_ASTERISK = LISTENING.rstrip().removesuffix("}}") + ", streams = false }}\n"
"""Asterisk records and plays; the media process: media/test_streams.py."""
QUESTION = "Как получить заграничный паспорт?"
LONG_WORD = re.compile(r"[а-я]{5,}")
SHORT_S = 7.0
"""The longest greeting."""
HEARD_S = 10
"""So much of an answer is recognised."""


def spoken(text: str, folder: Path, voice: str = "anna") -> Path:
    """A citizen's voice, which is none of the robot's."""
    path = folder / f"{voice}.wav"
    subprocess.run(["RHVoice-test", "-p", voice, "-o", str(path)], input=text.encode(), check=True, capture_output=True)
    return path


def seconds(path: Path) -> float:
    with wave.open(str(path)) as sound:
        return float(sound.getnframes() / sound.getframerate())


def plain(text: str) -> str:
    return text.lower().rstrip(".?!")


class Listened:
    """A hub whose robot listens, and what its exchange writes down meanwhile."""

    def __init__(self, board: Switchboard, exchange: Asterisk, base: str) -> None:
        self.board, self._folder, self._sounds, self._base = board, exchange.base / "recordings", exchange.base / "sounds", base

    def recordings(self) -> list[Path]:
        return sorted(self._folder.glob("*.wav"))

    async def listens(self) -> None:
        """Wait until the only caller is listened to."""
        async def so() -> bool:
            return bool(self.recordings())
        await eventually(so)

    async def listens_to(self, number: str, line: AmiListener) -> str:
        """Wait until this caller is; gives his channel."""
        await self.board.becomes_known(number)
        caller = next(each for each in await line.ami.live() if f"+{each.number}" == number)

        async def so() -> bool:
            return any(caller.uniqueid in recording.name for recording in self.recordings())
        await eventually(so)
        return caller.channel

    async def lets_go(self) -> None:
        """Wait until nothing of what was said is left in clear."""
        async def so() -> bool:
            return not self.recordings()
        await eventually(so)

    async def metrics(self) -> str:
        async with self.board.crowd.http.get(f"{self._base}/metrics") as answer:
            return await answer.text()

    async def length_s(self, *texts: str) -> float:
        """How long it takes to say."""
        for text in texts:
            await self.board.spoken(text)
        return sum(seconds(self._sounds / f"{named((*RHVOICE, piece))}.wav") for text in texts for piece in pieces(text))

    async def becomes(self, number: str, holds: Callable[[Sequence[object]], bool]) -> Sequence[object]:
        """Wait until the journal of a caller is so, and give it."""
        journal: Sequence[object] = ()

        async def so() -> bool:
            nonlocal journal
            journal = await self.board.journal(number)
            return holds(journal)
        try:
            await eventually(so)
        except AssertionError:
            pytest.fail("\n".join(map(str, journal)))
        return journal


@asynccontextmanager
async def listening(exchange: Asterisk, model: str, folder: Path, config: str) -> AsyncIterator[Listened]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    whole = (f'speech = {{{{ model = "{model}" }}}}\n{config}').format(base=exchange.base, ami=exchange.ami, hub=exchange.hub)
    async with near(folder, whole) as (house, hub), people(house) as crowd, town(exchange, folder, ends_calls=True) as around:
        yield Listened(Switchboard(hub, crowd, await crowd.admin(), around, exchange), exchange, house.base)


@pytest.fixture
async def listened(exchange: Asterisk, model: str, tmp_path: Path) -> AsyncIterator[Listened]:
    # A hub before this one has died while somebody spoke.
    (exchange.base / "recordings").mkdir(exist_ok=True)
    (exchange.base / "recordings" / "a1-1795970606.20-1.wav").write_bytes(b"RIFF")
    async with listening(exchange, model, tmp_path, BY_ASTERISK) as one:
        yield one


@pytest.fixture
async def telephone() -> AsyncIterator[Handset]:
    async with handset() as one:
        yield one


@pytest.mark.smoke
async def test_a_question_is_understood_and_the_answer_is_heard(listened: Listened, telephone: Handset, model: str, tmp_path: Path) -> None:
    # CH-01, CH-07
    number = "+79160000061"
    await listened.board.town.calls(number=number[1:], media=telephone.port)
    await listened.listens()
    telephone.says(spoken(QUESTION, tmp_path))

    journal = await listened.becomes(number, lambda journal: any(isinstance(entry, Message) and entry.source for entry in journal))
    since = len(telephone.heard)
    answer = next(entry.text for entry in journal if isinstance(entry, Message) and entry.source)
    heard = next(entry.text for entry in journal if isinstance(entry, SpeechRecognised))
    # The smallest model may miss a letter or two; the question is understood all the same.
    assert SequenceMatcher(None, plain(heard), plain(QUESTION)).ratio() > 0.9, heard
    assert "паспорт" in answer.lower(), answer

    async def told() -> bool:
        return len(telephone.heard) >= since + HEARD_S * RATE
    await eventually(told)
    words = await asyncio.to_thread(recognise, model, "ru", 2, telephone.keeps(tmp_path / "answer.wav", since))
    assert len({*LONG_WORD.findall(words.lower())} & {*LONG_WORD.findall(answer.lower())}) >= 5, (words, answer)
    assert listened.recordings() == []
    assert [entry.why for entry in journal if isinstance(entry, HandedOver)] == ["opened"]


async def test_the_rest_of_a_long_answer_is_asked_for_aloud(listened: Listened, telephone: Handset, tmp_path: Path) -> None:
    # CH-08
    number = "+79160000067"
    await listened.board.town.calls(number=number[1:], media=telephone.port)
    await listened.listens()
    telephone.says(spoken("Какие у меня права?", tmp_path))
    journal = await listened.becomes(number, lambda journal: any(isinstance(entry, Message) and entry.source for entry in journal))
    _, second, *_ = breaths(next(entry.text for entry in journal if isinstance(entry, Message) and entry.source))
    await listened.board.spoken(MORE)
    await listened.lets_go()
    await listened.listens()
    telephone.says(spoken("Да, говорите.", tmp_path))
    await listened.board.spoken(second)
    assert await listened.board.journal(number) == journal  # as a key, «да» is no message


async def test_nothing_of_what_was_said_is_left_in_clear(listened: Listened, exchange: Asterisk) -> None:
    # SE-04: silence, a key, and the end of the call; a hub that has died (above)
    silent, keyed, gone = (f"+7916000006{n}" for n in (2, 3, 4))
    async with handset() as first, handset() as second, handset() as third, at(exchange) as line:
        await listened.board.town.calls(number=silent[1:], media=first.port)
        await listened.listens_to(silent, line)
        await listened.board.town.calls(number=keyed[1:], media=second.port)
        await line.ami.wish("PlayDTMF", Channel=await listened.listens_to(keyed, line), Digit="0", Receive="true")
        await listened.board.town.calls(number=gone[1:], media=third.port)
        await line.ami.wish("Hangup", Channel=await listened.listens_to(gone, line))
        for number in (keyed, silent):
            await listened.board.becomes(number, InQueue)
        await listened.lets_go()


async def test_an_error_in_a_call_is_told_and_a_person_called(listened: Listened, telephone: Handset, tmp_path: Path) -> None:
    # CH-06, CH-14: where files are kept there is no folder any more, so what he says cannot be stored
    number = "+79160000065"
    await listened.board.town.calls(number=number[1:], media=telephone.port)
    await listened.listens()
    files = tmp_path / "data" / "files"
    files.touch()  # it would be made for the first file
    telephone.says(spoken(QUESTION, tmp_path))
    await listened.board.becomes(number, InQueue)
    await listened.board.spoken(SORRY)
    await listened.lets_go()
    handed = [entry.why for entry in await listened.board.journal(number) if isinstance(entry, HandedOver)]
    assert handed == ["opened", "asked"]
    assert 'okno_call_errors_total{channel="voice.asterisk"} 1.0' in await listened.metrics()


async def test_the_greeting_is_short_and_asks_nobody_to_write(listened: Listened, telephone: Handset) -> None:
    # CH-01, CH-08
    number = "+79160000066"
    await listened.board.town.calls(number=number[1:], media=telephone.port)
    await listened.board.becomes_known(number)
    journal = await listened.becomes(number, lambda journal: any(isinstance(entry, Message) for entry in journal))
    greeting = next(entry.text for entry in journal if isinstance(entry, Message))
    assert "робот" in greeting
    assert not re.search("напиш|файл", greeting, re.IGNORECASE)
    await listened.listens()
    assert await listened.length_s(greeting, INVITES) <= SHORT_S
