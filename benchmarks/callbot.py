"""Spoken calls with the robot: a real hub and Asterisk, PJSIP's callers with synthetic voices that are not the robot's, Whisper base.

Each caller interrupts the greeting with a question, and each answer with the next. Times are those at the caller's telephone, where both
voices are written with one clock. First one caller, then several at once.
"""

import argparse
import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from difflib import get_close_matches
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles

import numpy as np
import uvloop
from msgspec import Struct

from benchmarks.report import report, rounded
from tests.channels.voice.test_speech import BY_ASTERISK, LISTENING
from tests.house import House, house_in, people
from tests.peers.asterisk import Asterisk, asterisk
from tests.peers.pjsua import FRAME_S, Telephone, calling, loud
from tests.whisper import whole_model

QUESTIONS = {
    "Как получить заграничный паспорт?": "Подайте заявление",
    "Когда работает МФЦ?": "городе",
    "Сколько стоит заграничный паспорт?": "рублей",
    "Как подтвердить учётную запись на госуслугах?": "подтвер",
    "Какие у меня права?": "вправе",
    "Как записаться в МФЦ?": "услуги",
}
"""Each with a word of the right answer; whoever wants to book is asked for what."""
VOICES = ("anna", "aleksandr", "irina")
"""RHVoice; the robot is elena."""
TURNS, ALONE, AT_ONCE = 4, 3, 4
"""Questions a call; calls one after the other; callers at once, unless told."""
SPEAKS_S = 1.5
"""So much of the robot's speech is heard before it is interrupted."""
SILENT_S = 0.5
"""The robot is interrupted when it is silent for so long."""
LIMIT_S = 60.0
ROBOT = 'catalogue = "demo"\nrobot = {{ project = "centre" }}\n'
"""With services and the dialogue, as a centre has it."""
GOALS = ["alone_p50_s <= 0.8", "alone_p95_s <= 1.5", "at_once_p95_s <= 2.5", "interrupted_p95_s <= 0.25", "right_share >= 0.95"]


class Turn(Struct, frozen=True):
    """`interrupted_s` from the caller's first sound until the robot is silent, where it spoke; `answered_s` from their last to its first.

    A `missed` one did not interrupt it.
    """

    interrupted_s: float | None = None
    answered_s: float = 0.0
    missed: bool = False


def seconds(sound: Path) -> float:
    return float(subprocess.run(["soxi", "-D", str(sound)], check=True, capture_output=True).stdout)


def spoken(folder: Path) -> list[Path]:
    """All questions by each voice: a caller has one."""
    paths = []
    for number, (text, voice) in enumerate((text, voice) for voice in VOICES for text in QUESTIONS):
        path = folder / f"question-{number}.wav"
        subprocess.run(["RHVoice-test", "-p", voice, "-o", str(path)], input=text.encode(), check=True, capture_output=True)
        paths.append(path)
    return paths


async def until_heard(telephone: Telephone, since: int, heard_s: float) -> None:
    """Until the robot has spoken so long since this frame."""
    async with asyncio.timeout(LIMIT_S):
        while loud(telephone.heard)[since:].sum() * FRAME_S < heard_s:  # noqa: ASYNC110 - PJSIP writes a file
            await asyncio.sleep(0.2)


async def asked(telephone: Telephone, question: Path) -> Turn:
    since, lasts_s = len(loud(telephone.said)), seconds(question)
    telephone.says(question)
    await asyncio.sleep(lasts_s + SILENT_S)
    said = loud(telephone.said)
    spoke = since + np.flatnonzero(said[since:])
    await until_heard(telephone, int(spoke[-1]), SPEAKS_S)
    return turn(loud(telephone.heard), int(spoke[0]), int(spoke[-1]))


def turn(heard: "np.ndarray[tuple[int], np.dtype[np.bool_]]", began: int, ended: int) -> Turn:
    """By the frames of 20 ms in which the robot is heard."""
    silent = round(SILENT_S / FRAME_S)
    stopped = next((at for at in range(began, len(heard) - silent) if not heard[at:at + silent].any()), ended)
    if stopped >= ended:
        return Turn(missed=True)
    first = ended + int(np.flatnonzero(heard[ended:])[0])
    return Turn((stopped - began) * FRAME_S if heard[began - silent:began].any() else None, (first - ended) * FRAME_S)


async def talk(exchange: Asterisk, folder: Path, number: str, questions: list[Path]) -> list[Turn]:
    async with calling(exchange.sip, folder, number) as telephone:
        await telephone.becomes("CONFIRMED")
        await until_heard(telephone, 0, SPEAKS_S)
        return [await asked(telephone, question) for question in questions]


async def understood(house: House) -> tuple[int, int]:
    """Spoken questions, and those whose answer has its word; all talks are printed."""
    async with people(house) as crowd:
        admin = await crowd.admin()
        rows = (await admin.does("GET", "/api/inbox?view=recent"))["conversations"]
        timelines = [await admin.timeline(row["id"]) for row in rows]
    asked, right = 0, 0
    for timeline in timelines:
        wanted = ""
        for entry in timeline:
            if entry["kind"] not in {"message", "heard"} or not entry["text"]:
                continue
            print(f"{entry.get('author', 'heard')}: {' '.join(entry['text'].split())[:100]}", flush=True)
            if entry["kind"] == "heard":  # of the questions the one that is most like it was asked
                asked, wanted = asked + 1, QUESTIONS[get_close_matches(entry["text"], QUESTIONS, 1, 0)[0]]
            elif wanted and wanted in entry["text"]:
                right, wanted = right + 1, ""
    return asked, right


async def measure(folder: Path, exchange: Asterisk, house: House, callers: int) -> dict[str, float]:
    questions = cycle(await asyncio.to_thread(spoken, folder))
    await talk(exchange, folder / "warm", "79160000100", [next(questions)])
    alone = [turn for number in range(ALONE)
             for turn in await talk(exchange, folder / f"alone-{number}", f"7916000011{number}", [*islice(questions, TURNS)])]
    print("alone:", [(turn.interrupted_s, turn.answered_s) for turn in alone], flush=True)
    talks = [talk(exchange, folder / f"at-once-{caller}", f"791600012{caller:02}", [*islice(questions, TURNS)])
             for caller in range(callers)]
    at_once = [turn for turns in await asyncio.gather(*talks) for turn in turns]
    print("at once:", [(turn.interrupted_s, turn.answered_s) for turn in at_once], flush=True)
    interrupted = [turn.interrupted_s for turn in (*alone, *at_once) if turn.interrupted_s is not None]
    said, right = await understood(house)
    return {
        **figures("alone", [turn.answered_s for turn in alone if not turn.missed]),
        **figures("at_once", [turn.answered_s for turn in at_once if not turn.missed]),
        **(figures("interrupted", interrupted) if len(interrupted) > 1 else {}), "interruptions": len(interrupted),
        "missed": sum(turn.missed for turn in (*alone, *at_once)), "turns": len(alone) + len(at_once),
        "right_share": rounded(right / said), "load_after": rounded(os.getloadavg()[0])}


def figures(name: str, found: list[float]) -> dict[str, float]:
    return {f"{name}_p50_s": rounded(median(found)), f"{name}_p95_s": rounded(quantiles(found, n=20, method="inclusive")[18])}


@asynccontextmanager
async def hub(exchange: Asterisk, folder: Path, config: str) -> AsyncIterator[House]:
    for name in ("sounds", "recordings"):
        (exchange.base / name).mkdir(exist_ok=True)
    (folder / "model").mkdir()
    model = await asyncio.to_thread(whole_model, folder / "model")
    file = folder / "centre.toml"
    whole = f'speech = {{{{ model = "{model}" }}}}\n{ROBOT}{config}'
    file.write_text(whole.format(base=exchange.base, ami=exchange.ami, hub=exchange.hub), encoding="utf8")
    with house_in(folder, file) as house:
        yield house


async def main(config: str, callers: int) -> None:
    with tempfile.TemporaryDirectory() as name, asterisk() as exchange:
        async with hub(exchange, Path(name), config) as house:
            report("callbot", await measure(Path(name), exchange, house, callers), GOALS)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--callers", type=int, default=AT_ONCE, metavar="N", help=f"callers at once (default: {AT_ONCE})")
    options.add_argument("--by-asterisk", action="store_true", help="questions are recorded by Asterisk, and read when they end")
    told = options.parse_args()
    uvloop.run(main(BY_ASTERISK if told.by_asterisk else LISTENING, told.callers))
