"""Script runs beside a conversation: start, moves, review."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.actions.script_runs import ScriptRunner
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id
from hub.dispatch.dispatcher import Dispatch
from hub.knowledge.scripts.script import MOST_ANSWERS, Script, SentKey
from hub.knowledge.scripts.script_run import MOST_MOVES, Move, ScriptRun, missing_mandatory_steps, past

WalkKey = Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{1,64}$")]


class WalkMoveOut(Struct, frozen=True):
    """`answer` counts from 1; 0 is a step without answers, a way back, or a card."""

    at: datetime
    by: str
    name: str
    move: Move
    step: str
    to: str
    answer: int


class WalkOut(Struct, frozen=True):
    """A run at `step`, or at «end». `ahead` are keys of mandatory steps still to pass; `script` is the version of the run.

    `past` is a run before the conversation was last closed: its steps are not required any more.
    """

    key: str
    script: Script
    version: int
    at: datetime
    by: str
    name: str
    step: str
    moves: list[WalkMoveOut]
    ahead: list[str]
    past: bool


class WalkIn(Struct, frozen=True):
    """`key` is unique: a repeated one starts nothing."""

    key: WalkKey
    script: SentKey


class WalkMoveIn(Struct, frozen=True):
    """`seen` is the number of moves before; a repeated move is made once."""

    seen: Annotated[int, Meta(ge=0, le=MOST_MOVES)]
    move: Move
    answer: Annotated[int, Meta(ge=0, le=MOST_ANSWERS)] = 0


def name_of(walk: ScriptRun) -> str:
    """Id of a run within its conversation."""
    return walk.key.partition("/")[2]


async def walk_out(dispatch: Dispatch, script_runner: ScriptRunner, actions: Actions, walk: ScriptRun) -> WalkOut:
    served = (await actions.live(walk.conversation)).head.served
    script, name = script_runner.script(walk), dispatch.name
    moves = [WalkMoveOut(each.at, each.by, name(each.by), each.move, each.step, each.to, each.answer) for each in walk.moves]
    return WalkOut(name_of(walk), script, walk.version, walk.at, walk.by, name(walk.by), walk.step, moves,
                   [] if past(walk, served) else [step.key for step in missing_mandatory_steps(walk, script)], past(walk, served))


@endpoint("GET", "/api/conversations/{conversation}/walks", Permission.SERVE, Permission.SEE_ALL)
async def walks(actions: Actions, script_runner: ScriptRunner, dispatch: Dispatch, call: Call, conversation: Id) -> list[WalkOut]:
    """The script runs of a conversation with all moves, the oldest first."""
    await actions.read(call.who, conversation, "walks")
    return [await walk_out(dispatch, script_runner, actions, each) for each in await script_runner.of(conversation)]


@endpoint("POST", "/api/conversations/{conversation}/walks", Permission.SERVE)
async def begin_walk(script_runner: ScriptRunner, dispatch: Dispatch, actions: Actions, call: Call, conversation: Id,
                     body: WalkIn) -> WalkOut:
    """Start a published script."""
    return await walk_out(dispatch, script_runner, actions, await script_runner.begin(call.who, conversation, body.key, body.script))


@endpoint("POST", "/api/conversations/{conversation}/walks/{walk}", Permission.SERVE)
async def walk_on(script_runner: ScriptRunner, dispatch: Dispatch, actions: Actions, call: Call, conversation: Id, walk: WalkKey,
                  body: WalkMoveIn) -> WalkOut:
    """Pass the step by its answer (from 1; 0 where there is none), go back, or open a card."""
    moved = await script_runner.move(call.who, conversation, walk, body.seen, body.move, body.answer)
    return await walk_out(dispatch, script_runner, actions, moved)


@endpoint("DELETE", "/api/conversations/{conversation}/walks/{walk}", Permission.SERVE)
async def drop_walk(script_runner: ScriptRunner, call: Call, conversation: Id, walk: WalkKey) -> None:
    """Remove a run that was started by mistake, before its first step."""
    await script_runner.drop(call.who, conversation, walk)


ENDPOINTS = (walks, begin_walk, walk_on, drop_walk)
