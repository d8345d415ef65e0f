"""`okno bot evaluate`: the robot is asked through the front door of a hub of its own, and its answers are judged."""

import argparse
import asyncio
import json
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import uvloop
from msgspec.structs import replace
from tqdm import tqdm

from bots.evaluation.dialogues import SHIPPED, Answered, EvaluationDialogue, Judged, faults_of, read_dialogues, score
from hub.robot.answer_feedback import without_feedback
from okno.app import running
from okno.config import ChannelSettings, Config, load

TOGETHER = 2
"""Dialogues at a time."""
PATIENCE_S = 20.0
"""No answer comes later. Until then all is understood by the exact method, however busy the machine is."""
WORST = 10
"""Dialogues that are printed with their answers."""


def add_command(actions: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    command = actions.add_parser(
        "evaluate", parents=[common], help="examine the robot with dialogues in citizens' words",
        description="Ask the robot of this configuration through a hub of its own in a temporary folder, and judge its answers. The last "
                    "line is JSON. Neither the centre's store nor its hub is touched.")
    command.add_argument("dialogues", type=Path, nargs="?", default=SHIPPED, metavar="DIALOGUES",
                         help="a file or folder; else the shipped ones")
    command.add_argument("--worst", type=int, default=WORST, metavar="N", help="print so many wrong dialogues with their answers")
    command.add_argument("--save", type=Path, metavar="FILE", help="keep the results, to compare others with them")
    command.add_argument("--against", type=Path, metavar="FILE", help="say which dialogues went from right to wrong since, and back")


def perform(options: argparse.Namespace) -> int:
    """Raises DialoguesError, ConfigError."""
    dialogues = read_dialogues(options.dialogues)
    with TemporaryDirectory() as folder:
        config = load(options.config, os.environ | {"OKNO_DATA": folder, "OKNO_LISTEN": "127.0.0.1:0", "OKNO_LIMITS": "off"})
        robot = replace(config.robot, patience_s=PATIENCE_S)
        judged = uvloop.run(_examined(replace(config, channels=_chat(config), robot=robot), dialogues))
    _print(judged, options.worst)
    right = {each.dialogue.id: not each.faults for each in judged}
    if options.against:
        _compare(json.loads(options.against.read_text("utf-8")), right)
    if options.save:
        options.save.write_text(json.dumps(right, ensure_ascii=False, indent=1), "utf-8")
    whole = score(judged)
    print(json.dumps({"dialogues": whole.dialogues, "right": round(whole.share, 3), "wrong": whole.wrong, "refused": whole.refused,
                      "handed_over": whole.handed_over, "turns_to_fact": round(whole.turns_to_fact, 2)}))
    return 0


def _chat(config: Config) -> tuple[ChannelSettings, ...]:
    """No other channel is opened: nobody outside hears of an examination."""
    return tuple(each for each in config.channels if each.driver == "web.chat")


async def _examined(config: Config, dialogues: Sequence[EvaluationDialogue]) -> list[Judged]:
    places = asyncio.Semaphore(TOGETHER)
    async with running(config) as hub, aiohttp.ClientSession(hub.address) as http:
        with tqdm(total=len(dialogues), unit="dialogue", desc="dialogues", disable=None) as bar:
            async def one(dialogue: EvaluationDialogue) -> Judged:
                async with places:
                    judged = await _held(http, dialogue)
                bar.update()
                return judged
            return await asyncio.gather(*map(one, dialogues))


async def _held(http: aiohttp.ClientSession, dialogue: EvaluationDialogue) -> Judged:
    """A dialogue up to its first fault."""
    async with http.post("/chat/sessions") as opened:
        token = (await opened.json())["token"]
    answers: list[Answered] = []
    async with http.ws_connect(f"/chat/socket?token={token}", autoping=False) as socket:
        await _heard(socket, greeting=True)
        for number, expected in enumerate(dialogue.turn):
            await socket.send_json({"type": "say", "key": str(number), "text": expected.says})
            answers.append(await _heard(socket))
            if faults := faults_of(expected, answers[-1]):
                return Judged(dialogue, tuple(answers), tuple(faults))
    return Judged(dialogue, tuple(answers), ())


async def _heard(socket: aiohttp.ClientWebSocketResponse, *, greeting: bool = False) -> Answered:
    """What comes until the robot, or a line, has the last word: a ping is answered behind it."""
    texts: list[str] = []
    choices: list[str] = []
    person = pinged = told = False
    async with asyncio.timeout(PATIENCE_S):
        while True:
            message = await socket.receive()
            if message.type is aiohttp.WSMsgType.PONG:
                return Answered(tuple(texts), tuple(choices), person, told)
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            frame = message.json()
            if frame["type"] == "state":
                person = frame["holder"] != "bot"
            elif frame["type"] == "message" and frame["author"] != "citizen":
                texts.append(frame["text"])
                told |= "source" in frame
                choices += without_feedback(frame.get("choices", ()))
            if not pinged and (texts or (person and not greeting)):
                pinged = True
                await socket.ping()


def _print(judged: Sequence[Judged], worst: int) -> None:
    groups: dict[str, list[Judged]] = defaultdict(list)
    for each in judged:
        groups[each.dialogue.group].append(each)
    for wrong in [each for each in judged if each.faults][:worst]:
        print(f"\n{wrong.dialogue.id}: {'; '.join(wrong.faults)}")
        for expected, answered in zip(wrong.dialogue.turn, wrong.answers, strict=False):
            print(f"  > {expected.says}")
            print("\n".join(f"  < {line}" for text in answered.texts for line in text.splitlines()))
    print()
    for group, held in groups.items():
        found = score(held)
        print(f"{group:16}{found.right:5} of {found.dialogues:4}   {found.share:4.0%}"
              f"   wrong {found.wrong:3}   refused {found.refused:3}   handed over {found.handed_over:3}")


def _compare(before: dict[str, bool], now: dict[str, bool]) -> None:
    lost = sorted(id_ for id_, right in now.items() if before.get(id_) and not right)
    won = sorted(id_ for id_, right in now.items() if right and before.get(id_) is False)
    print(f"right before and wrong now: {', '.join(lost) or 'none'}\nwrong before and right now: {', '.join(won) or 'none'}")
