"""Prompts, spoken by RHVoice and understood by Whisper."""

import asyncio
import os
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from bots.speech import recognise
from channels.fax.spool import Spool
from channels.voice.prompts import AT_ONCE, RATE, Prompts, named, pieces
from hub.kernel.errors import UnavailableError
from tests.missing_programs import need
from tests.rig import eventually
from tests.whisper import whole_model

SPEAKS = """import os, sys, wave
with open(sys.argv[1], "a", encoding="utf8") as said:
    said.write(f"{os.getpriority(os.PRIO_PROCESS, 0)} {sys.stdin.read()}\\n")
with wave.open(sys.argv[3], "wb") as sound:
    sound.setparams((1, 2, 24000, 0, "NONE", ""))
    sound.writeframes(bytes(4800))
"""
TEXT = "Здравствуйте. Вы третий в очереди."
GROUP = 10002
"""okno-share of the images."""


@pytest.mark.peers
async def test_a_prompt_is_spoken_for_telephones_and_understood(tmp_path: Path) -> None:
    # CH-08
    (tmp_path / "model").mkdir()
    sound = Path(await Prompts(tmp_path).sound(TEXT)).with_suffix(".wav")
    with wave.open(str(sound)) as spoken:
        assert (spoken.getframerate(), spoken.getnchannels(), spoken.getsampwidth()) == (RATE, 1, 2)
        assert 1 < spoken.getnframes() / RATE < 10
    heard = await asyncio.to_thread(recognise, whole_model(tmp_path / "model"), "ru", 2, sound.read_bytes())
    assert "третий в очереди" in heard.lower()


@pytest.mark.peers
async def test_a_text_is_spoken_once(tmp_path: Path) -> None:
    # CH-08
    prompts = Prompts(tmp_path)
    first, second = await asyncio.gather(prompts.sound(TEXT), prompts.sound(TEXT))
    made = Path(first).with_suffix(".wav").stat()
    assert first == second == await prompts.sound(TEXT)
    assert Path(first).with_suffix(".wav").stat().st_mtime_ns == made.st_mtime_ns
    assert [path.suffix for path in tmp_path.iterdir()] == [".wav"]


async def test_first_sentences_are_synthesised_ahead(tmp_path: Path) -> None:
    """CH-01: at the lowest priority, what is not there yet, and no more of a text."""
    speaks = tmp_path / "speaks.py"
    speaks.write_text(SPEAKS, "utf8")
    command = (sys.executable, str(speaks), str(tmp_path / "said"))
    prompts = Prompts(tmp_path, command)
    ready = await prompts.sound("Уже сказано.")
    await prompts.prepare(["Уже сказано. Дальше.", "Паспорт меняет МВД. Это долго.", ""])
    said = (tmp_path / "said").read_text("utf8").splitlines()
    assert said == [f"{os.nice(0)} Уже сказано.", "19 Паспорт меняет эм-вэ-дэ."]
    assert Path(f"{ready}.wav").exists()
    assert await prompts.sounds("Паспорт меняет МВД.") == [f"{tmp_path}/{named((*command, 'Паспорт меняет эм-вэ-дэ.'))}"]
    assert len((tmp_path / "said").read_text("utf8").splitlines()) == len(said)


async def test_a_sentence_is_there_while_the_next_is_synthesised(tmp_path: Path) -> None:
    # CH-01
    speaks = tmp_path / "speaks.py"
    speaks.write_text(SPEAKS, "utf8")
    prompts, said = Prompts(tmp_path, (sys.executable, str(speaks), str(tmp_path / "said"))), tmp_path / "said"
    async with aclosing(prompts.each("Первое. Второе. Третье.")) as sounds:
        first = await anext(sounds)
        assert Path(f"{first}.wav").exists()
        assert "Третье." not in said.read_text("utf8")

        async def spoken() -> bool:
            return "Второе." in said.read_text("utf8")
        await eventually(spoken)
    assert "Третье." not in said.read_text("utf8")  # whoever stops hears no more
    assert [sound async for sound in prompts.each("Первое. Первое.")] == [first, first]
    assert len(said.read_text("utf8").splitlines()) == 2


@pytest.mark.peers
async def test_slow_speech_takes_longer(tmp_path: Path) -> None:
    # CH-07
    prompts = Prompts(tmp_path)
    sizes = []
    for slow in (False, True):
        paths = await prompts.sounds(TEXT, slow=slow)
        sizes.append(sum(Path(f"{path}.wav").stat().st_size for path in paths))
    assert 1.2 < sizes[1] / sizes[0] < 1.7


@pytest.mark.peers
async def test_whoever_hangs_up_meanwhile_stops_nobody_elses_prompt(tmp_path: Path) -> None:
    # CH-08
    prompts = Prompts(tmp_path)
    impatient = asyncio.create_task(prompts.sound(TEXT))
    patient = asyncio.create_task(prompts.sound(TEXT))
    await asyncio.sleep(0)
    impatient.cancel()
    assert Path(await patient).with_suffix(".wav").exists()


@pytest.mark.peers
async def test_what_nobody_waits_for_any_more_is_not_spoken(tmp_path: Path) -> None:
    # CH-08: a caller has keyed ahead
    need("RHVoice-test")  # its shell says itself that it is missing
    (tmp_path / "sounds").mkdir()
    begun = tmp_path / "begun"
    stuck = f'text=$(cat); case $text in Здравствуйте*) echo "$text" | RHVoice-test -p elena "$0" "$1";; *) echo "$text" >> {begun}; exec sleep 60;; esac'
    prompts = Prompts(tmp_path / "sounds", ("sh", "-c", stuck))
    skipped = [asyncio.create_task(prompts.sound(text)) for text in ("один", "два", "три")]

    async def both() -> bool:
        return begun.exists() and len(begun.read_text().split()) == AT_ONCE

    await eventually(both)
    for each in skipped:
        each.cancel()
    heard = await prompts.sound(TEXT)  # there is room at once
    assert [path.stem for path in (tmp_path / "sounds").iterdir()] == [Path(heard).name]
    assert sorted(begun.read_text().split()) == ["два", "один"]


@pytest.mark.peers
@pytest.mark.parametrize("command", [("no-such-synthesizer",), ("false",), ("true",)])
async def test_without_a_synthesizer_it_is_said_what_is_missing(tmp_path: Path, command: tuple[str, ...]) -> None:
    # AL-06
    with pytest.raises(UnavailableError, match="речь не синтезирована"):
        await Prompts(tmp_path, command).sound(TEXT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("text", "spoken"), [
    ("Соединяю.\nНомер обращения: 077-251.", ["Соединяю.", "Номер обращения:", "ноль", "семь", "семь", "два", "пять", "один"]),
    ("Ваш номер в очереди: 342.", ["Ваш номер в очереди:", "триста", "сорок", "два"]),
    ("Ваш номер в очереди: 19", ["Ваш номер в очереди:", "девятнадцать"]),
    ("Ваш номер в очереди: 100.", ["Ваш номер в очереди:", "сто"]),
    ("Осталось: 0.", ["Осталось:", "ноль"]),
    ("Год: 2026", ["Год:", "два", "ноль", "два", "шесть"]),
    ("Добрый день. Пошлина 6 000 ₽.", ["Добрый день.", "Пошлина шесть тысяч рублей."]),
    ("Ответим: через 24 часа.", ["Ответим: через двадцать четыре часа."]),
])
def test_numbers_are_put_together_from_ready_words(text: str, spoken: list[str]) -> None:
    # CH-08
    assert list(pieces(text)) == spoken


@pytest.mark.peers
async def test_pieces_that_come_again_are_spoken_once(tmp_path: Path) -> None:
    # CH-08
    sounds = await Prompts(tmp_path).sounds("Номер: 77-77")
    assert len(sounds) == 5
    assert len(set(sounds)) == len(list(tmp_path.glob("*.wav"))) == 2


@pytest.fixture
def strict() -> Iterator[None]:
    """The umask of the shipped unit (docker/systemd/okno.service)."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder of two accounts, as docs/operations.md makes it."""
    with tempfile.TemporaryDirectory() as base:
        Path(base).chmod(0o711)
        folder = Path(base) / "prompts"
        folder.mkdir()
        if os.geteuid() == 0:
            os.chown(folder, -1, GROUP)
        folder.chmod(0o2770)
        yield folder


def readable(path: Path, group: int) -> bool:
    """By another account of this group."""
    return subprocess.run(["setpriv", "--reuid=65534", f"--regid={group}", "--clear-groups", "cat", str(path)],
                          check=False, capture_output=True).returncode == 0


@pytest.mark.peers
async def test_asterisk_may_read_prompts_whatever_the_umask(strict: None, shared: Path) -> None:
    # CH-08: the group of the folder, and nobody else
    prompts = Prompts(shared)
    path = Path(await prompts.sound(TEXT)).with_suffix(".wav")
    assert (path.stat().st_mode & 0o777, path.stat().st_gid) == (0o640, shared.stat().st_gid)
    if os.geteuid() == 0:
        assert (readable(path, GROUP), readable(path, GROUP + 1)) == (True, False)
    path.chmod(0o600)  # as a hub before this one has left it
    prompts.share()
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.peers
def test_asterisk_may_read_faxes_whatever_the_umask(strict: None, shared: Path) -> None:
    # CH-04
    Spool(shared).put("okno-fax-1", b"II*\0")
    assert (shared / "okno-fax-1.tif").stat().st_mode & 0o777 == 0o640
