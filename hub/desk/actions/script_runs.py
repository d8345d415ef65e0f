"""Scripts beside a conversation: begun, walked step by step, and looked at afterwards."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.actions.script_runs import ScriptRunner
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Id
from hub.dispatch.dispatcher import Dispatch
from hub.knowledge.scripts.script import MOST_ANSWERS, Key, Script
from hub.knowledge.scripts.script_run import MOST_MOVES, Move, ScriptRun, missing_mandatory_steps, past

WalkKey = Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{1,64}$")]


class WalkMoveOut(Struct, frozen=True):
    """`answer` counts from 1; 0 is a step that leads on by itself, a way back, or a card."""

    at: datetime
    by: str
    name: str
    move: Move
    step: str
    to: str
    answer: int


class WalkOut(Struct, frozen=True):
    """A walk at `step`, or at «end». `ahead` are mandatory steps that must still be passed, by key; `script` is as it was when it began.

    `past` is one of an earlier time: the conversation was closed since, and nothing of it is asked for any more.
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
    """`key` is a unique one: sending it again begins nothing twice."""

    key: WalkKey
    script: Key


class WalkMoveIn(Struct, frozen=True):
    """`seen` is how many moves were made before; the same move again is made once."""

    seen: Annotated[int, Meta(ge=0, le=MOST_MOVES)]
    move: Move
    answer: Annotated[int, Meta(ge=0, le=MOST_ANSWERS)] = 0


def name_of(walk: ScriptRun) -> str:
    """What tells the walks of a conversation apart."""
    return walk.key.partition("/")[2]


async def walk_out(dispatch: Dispatch, script_runner: ScriptRunner, actions: Actions, walk: ScriptRun) -> WalkOut:
    served = (await actions.live(walk.conversation)).head.served
    script, name = script_runner.script(walk), dispatch.name
    moves = [WalkMoveOut(each.at, each.by, name(each.by), each.move, each.step, each.to, each.answer) for each in walk.moves]
    return WalkOut(name_of(walk), script, walk.version, walk.at, walk.by, name(walk.by), walk.step, moves,
                   [] if past(walk, served) else [step.key for step in missing_mandatory_steps(walk, script)], past(walk, served))


@endpoint("GET", "/api/conversations/{conversation}/walks", Permission.SERVE, Permission.SEE_ALL)
async def walks(actions: Actions, script_runner: ScriptRunner, dispatch: Dispatch, call: Call, conversation: Id) -> list[WalkOut]:
    """The scripts of a conversation with all that was passed, the oldest first."""
    await actions.read(call.who, conversation, "walks")
    return [await walk_out(dispatch, script_runner, actions, each) for each in await script_runner.of(conversation)]


@endpoint("POST", "/api/conversations/{conversation}/walks", Permission.SERVE)
async def begin_walk(script_runner: ScriptRunner, dispatch: Dispatch, actions: Actions, call: Call, conversation: Id,
                     body: WalkIn) -> WalkOut:
    """Begin a script that is published."""
    return await walk_out(dispatch, script_runner, actions, await script_runner.begin(call.who, conversation, body.key, body.script))


@endpoint("POST", "/api/conversations/{conversation}/walks/{walk}", Permission.SERVE)
async def walk_on(script_runner: ScriptRunner, dispatch: Dispatch, actions: Actions, call: Call, conversation: Id, walk: WalkKey,
                  body: WalkMoveIn) -> WalkOut:
    """Pass the step by its answer (from 1; 0 where there is none), go back, or open a card."""
    moved = await script_runner.move(call.who, conversation, walk, body.seen, body.move, body.answer)
    return await walk_out(dispatch, script_runner, actions, moved)


@endpoint("DELETE", "/api/conversations/{conversation}/walks/{walk}", Permission.SERVE)
async def drop_walk(script_runner: ScriptRunner, call: Call, conversation: Id, walk: WalkKey) -> None:
    """A script that was begun by mistake, before any of its steps was passed."""
    await script_runner.drop(call.who, conversation, walk)


ENDPOINTS = (walks, begin_walk, walk_on, drop_walk)
