"""A run of a script by an operator in one conversation, and its remaining steps (KB-01). Pure.

Moves are append-only: going back is a move that undoes the previous one.
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
    """A step was passed, with an answer where it has any."""
    BACK = "back"
    RIGHTS = "rights"
    """The card of rights was opened (AL-06)."""
    APPEAL = "appeal"
    """The card about complaints was opened (AL-07)."""


class ScriptMove(Struct, frozen=True, omit_defaults=True):
    """`step` is its step, `to` the next one. `answer` counts from 1; 0 is a step without answers."""

    at: datetime
    by: str
    move: Move
    step: str
    to: str
    answer: int = 0


class ScriptRun(Document, frozen=True, omit_defaults=True, tag="walk"):
    """One script in one conversation, in the version that it began with.

    `by` is the login of its operator; `line` the line at that time.
    """

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
        """The current step; END is the end."""
        return self.moves[-1].to if self.moves else self.first

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("conversation", str(self.conversation), self.at)
        yield IndexEntry("line", self.line, self.at)


def path(walk: ScriptRun) -> tuple[ScriptMove, ...]:
    """The passed steps without those undone."""
    held: list[ScriptMove] = []
    for move in walk.moves:
        if move.move is Move.ON:
            held.append(move)
        elif move.move is Move.BACK:
            held.pop()
    return tuple(held)


def missing_mandatory_steps(walk: ScriptRun, script: Script) -> list[ScriptStep]:
    """Mandatory steps ahead, the current one included, that were not passed; the nearest first."""
    steps, passed = {step.key: step for step in script.steps}, {move.step for move in path(walk)}
    return [steps[key] for key in dict.fromkeys((walk.step, *ahead(walk.step, steps)))
            if key in steps and steps[key].mandatory and key not in passed]


def past(walk: ScriptRun, served: datetime | None) -> bool:
    """Whether its conversation was closed since; `served` is the last closing before the citizen wrote again."""
    return served is not None and walk.at <= served


def frees(walk: ScriptRun, script: Script) -> bool:
    """Whether it has reached a step that waives the others."""
    return any(script.step(move.step).frees for move in path(walk))


def moved(walk: ScriptRun, script: Script, move: Move, answer: int, by: str, now: datetime) -> ScriptRun:
    """Raises RefusedError("bad_step") for an invalid move."""
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
