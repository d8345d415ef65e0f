"""D14: strangers' files are worked on in another process, which they may kill."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from channels.fax.document import FaxError, Head
from channels.fax.machine import Machine
from channels.fax.recognition import Tesseract
from tests.channels.fax.paper import LETTER, error_rate, sent, written

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("reader")]

HEAD = Head("Центр телефонного обслуживания", "1024", "25.11.2026")
LISTS = '#!/bin/sh\ntest "$1" = --list-langs && echo rus && exit\n'


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """What is called for tesseract."""
    path = tmp_path / "tesseract"
    path.touch(0o755)
    return path


# The way of an answer: what is drawn can be read at the other end.
async def test_what_is_sent_can_be_read() -> None:
    machine = Machine()
    tiff = await machine.render("\n".join(LETTER), HEAD)
    fax = await machine.read(tiff)
    text = fax.pages[0].text
    assert error_rate(text[text.index("В многофункциональный"):], " ".join(LETTER)) <= 0.01
    for head in ("Центр телефонного обслуживания, обращение № 1024", "25.11.2026, стр. 1 из 1", "Обращение № 1024\n25.11.2026"):
        assert head in text
    assert await machine.probe() == ""


async def test_the_hub_goes_on_meanwhile() -> None:
    reading = asyncio.create_task(Machine().read(sent(written(LETTER[:2]))))
    turns = 0
    while not reading.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 20
    assert (await reading).pages[0].text


async def test_what_is_no_fax_is_refused_in_words() -> None:
    with pytest.raises(FaxError, match="не факс"):
        await Machine().read(b"x" * 1000)
    with pytest.raises(FaxError, match="PDF не открывается"):
        await Machine().render("", HEAD, [b"x" * 1000])


async def test_what_is_missing_is_said() -> None:
    assert await Machine(Tesseract(language="xyz")).probe() == "у tesseract нет языка xyz"


async def test_a_fax_that_kills_its_process_harms_nobody(program: Path) -> None:
    program.write_text("#!/bin/sh\nkill -9 $PPID\n")
    machine = Machine(Tesseract(program=str(program)))
    with pytest.raises(FaxError, match="не удалось"):
        await machine.read(sent(written()))
    assert await machine.render("Готово", HEAD)


async def test_a_fax_without_end_is_given_up(program: Path) -> None:
    program.write_text(f"{LISTS}exec sleep 600\n")
    with pytest.raises(FaxError, match="слишком много времени"):
        await Machine(Tesseract(program=str(program)), longest_s=0.5).read(sent(written()))


async def test_nothing_is_left_of_work_that_is_given_up(program: Path, tmp_path: Path) -> None:
    started = tmp_path / "started"
    os.mkfifo(started)
    program.write_text(f"{LISTS}echo $$ > {started}\nexec sleep 600\n")
    reading = asyncio.create_task(Machine(Tesseract(program=str(program))).read(sent(written())))
    working = int(await asyncio.to_thread(started.read_text))
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with suppress(ProcessLookupError):
        await ended(os.pidfd_open(working))


async def ended(process: int) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(process, over.set)
    async with asyncio.timeout(10):
        await over.wait()
    asyncio.get_running_loop().remove_reader(process)
    os.close(process)
