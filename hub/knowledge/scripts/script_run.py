"""A walk: how an operator went through a script in one conversation, and what still lies ahead (KB-01). Pure.

Its moves are only added: going back is a move as well, and takes back the one before it.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.indexes import IndexEntry
from hub.knowledge.scripts.checks import ahead
from hub.knowledge.scripts.script import END, Script, ScriptStep

MOST_MOVES = 500


class Move(StrEnum):
    ON = "on"
    """A step was passed, by an answer where it has some."""
    BACK = "back"
    RIGHTS = "rights"
    """The card of rights was opened (AL-06)."""
    APPEAL = "appeal"
    """How one complains was opened (AL-07)."""


class ScriptMove(Struct, frozen=True, omit_defaults=True):
    """`step` is where it was made, `to` where it led. `answer` counts from 1; 0 is a step without answers."""

    at: datetime
    by: str
    move: Move
    step: str
    to: str
    answer: int = 0


class ScriptRun(Document, frozen=True, omit_defaults=True, tag="walk"):
    """One script in one conversation, in the version that it began with. `by` is the login of who began it; `line` where that was."""

    key: str
    conversation: int
    script: str
    version: int
    first: str
    at: datetime
    by: str
    line: str
    moves: tuple[ScriptMove, ...] = ()

    @property
    def step(self) -> str:
        """Where it is; END is through."""
        return self.moves[-1].to if self.moves else self.first

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("conversation", str(self.conversation), self.at)
        yield IndexEntry("line", self.line, self.at)


def path(walk: ScriptRun) -> tuple[ScriptMove, ...]:
    """The steps passed that were not taken back."""
    held: list[ScriptMove] = []
    for move in walk.moves:
        if move.move is Move.ON:
            held.append(move)
        elif move.move is Move.BACK:
            held.pop()
    return tuple(held)


def missing_mandatory_steps(walk: ScriptRun, script: Script) -> list[ScriptStep]:
    """Mandatory steps that lie ahead, or where it is, and were not passed; the nearest first."""
    steps, passed = {step.key: step for step in script.steps}, {move.step for move in path(walk)}
    return [steps[key] for key in dict.fromkeys((walk.step, *ahead(walk.step, steps)))
            if key in steps and steps[key].mandatory and key not in passed]


def past(walk: ScriptRun, served: datetime | None) -> bool:
    """Whether its conversation was closed since; `served` is when that was last, and the citizen has written again."""
    return served is not None and walk.at <= served


def frees(walk: ScriptRun, script: Script) -> bool:
    """Whether it was walked to where nothing else is asked for."""
    return any(script.step(move.step).frees for move in path(walk))


def moved(walk: ScriptRun, script: Script, move: Move, answer: int, by: str, now: datetime) -> ScriptRun:
    """Raises RefusedError("bad_step") for a move that leads nowhere."""
    if len(walk.moves) >= MOST_MOVES:
        raise RefusedError("bad_step", "Сценарий пройден слишком много раз: начните его заново.")
    to = {Move.ON: _on, Move.BACK: _back}.get(move, _stay)(walk, script, answer)
    return replace(walk, moves=(*walk.moves, ScriptMove(now, by, move, walk.step, to, answer)))


def _on(walk: ScriptRun, script: Script, answer: int) -> str:
    if walk.step == END:
        raise RefusedError("bad_step", "Сценарий уже пройден.")
    step = script.step(walk.step)
    if not (1 <= answer <= len(step.answers) if step.answers else answer == 0):
        raise RefusedError("bad_step", "Такого ответа у шага нет.")
    return step.ways()[max(answer - 1, 0)]


def _back(walk: ScriptRun, script: Script, answer: int) -> str:
    del script
    if answer or not (held := path(walk)):
        raise RefusedError("bad_step", "Возвращаться некуда.")
    return held[-1].step


def _stay(walk: ScriptRun, script: Script, answer: int) -> str:
    del script
    if answer:
        raise RefusedError("bad_step", "Карточка ни на что не отвечает.")
    return walk.step
