"""What Rasa 3.6.21 answered, said by said: its own rules, memoization, slots and forms, run on this project with rasa-sdk 3.6.2.

A line is a dialogue; a turn has what was said and how it was understood, the texts and buttons in answer, the slots that changed and
the form that is active after it.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from bots.dialogue.parsed import FALLBACK, Entity, Parsed, Ranked
from bots.dialogue.python_actions import PythonActions
from bots.project.project import Project, read_project
from tests.bots.heard import PROJECTS, Talk

LINES = (Path(__file__).parent / "transcripts" / "reception.jsonl").read_text("utf-8").splitlines()


class Turn(msgspec.Struct, forbid_unknown_fields=True):
    words: str
    intent: str
    said: list[tuple[str, list[dict[str, Any]]]]
    entities: tuple[Entity, ...] = ()
    slots: dict[str, Any] = {}
    loop: str = ""


class AsUnderstood:
    """Understands what the transcript says was understood."""

    def __init__(self) -> None:
        self.turn: Turn | None = None

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        assert self.turn
        base, _, question = self.turn.intent.partition("/")
        ranking = (Ranked(base, 1.0), Ranked("greet", 0.2)) if base == FALLBACK else (Ranked(base, 1.0),)
        return Parsed(words, base, 1.0, ranking, self.turn.entities, self.turn.intent if question else "")


@pytest.fixture(scope="module")
def message_intake() -> Project:
    return read_project(PROJECTS / "reception")


@pytest.mark.parametrize("line", LINES, ids=lambda line: str(LINES.index(line)))
async def test_the_same_is_said_and_filled(message_intake: Project, line: str) -> None:
    understood = AsUnderstood()
    talk = Talk(message_intake, PythonActions(PROJECTS / "reception"), understanding=understood)
    slots = dict(talk.tracker.now.slots)
    for turn in msgspec.json.decode(line, type=list[Turn]):
        understood.turn = turn
        await talk.say(turn.words)
        assert talk.turn
        assert [(said.text, said.data.get("buttons", [])) for said in talk.turn.said] == turn.said
        slots |= turn.slots
        assert talk.tracker.now.slots == slots
        assert talk.tracker.now.active_loop == turn.loop
