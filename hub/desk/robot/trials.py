"""Links by which chosen people talk to the draft before it is published (KB-02)."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.robot.endpoints import Seen
from hub.dispatch.dispatcher import Dispatch
from hub.robot.dialogue_draft import Drafts
from hub.robot.dialogue_version import Trial
from hub.robot.trial import Trials

TrialId = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]


class RobotTrialIn(Struct, frozen=True):
    """`draft` is the one that was seen; `note` says whom the link is for."""

    draft: Seen
    until: datetime
    note: Annotated[str, Meta(max_length=200)] = ""


class RobotTrialOut(Struct, frozen=True):
    """`current`: it is the draft as it is now."""

    id: str
    at: datetime
    by: str
    by_name: str
    until: datetime
    note: str
    current: bool


class NewRobotTrialOut(Struct, frozen=True):
    """`path` is the link without the host; it is told only once."""

    trial: RobotTrialOut
    path: str


@endpoint("GET", "/api/robot/trials", Permission.EDIT_DIALOGUES, Permission.APPROVE)
async def trials(trials: Trials, drafts: Drafts, dispatch: Dispatch, call: Call) -> list[RobotTrialOut]:
    """Links that are not over, newest first."""
    del call
    draft = await drafts.draft()
    return [_trial_out(dispatch, each, draft.project if draft else "") for each in await trials.all()]


@endpoint("POST", "/api/robot/trials", Permission.EDIT_DIALOGUES)
async def begin_trial(trials: Trials, dispatch: Dispatch, call: Call, body: RobotTrialIn) -> NewRobotTrialOut:
    """A link to the trained draft as it is now, for at most 30 days."""
    trial, secret = await trials.begin(call.who.login, body.draft, body.until, body.note.strip())
    return NewRobotTrialOut(_trial_out(dispatch, trial, trial.project), f"/trial/{secret}")


@endpoint("DELETE", "/api/robot/trials/{trial}", Permission.EDIT_DIALOGUES)
async def end_trial(trials: Trials, call: Call, trial: TrialId) -> None:
    """Close a link at once."""
    await trials.end(call.who.login, trial)


def _trial_out(dispatch: Dispatch, trial: Trial, draft: str) -> RobotTrialOut:
    return RobotTrialOut(trial.secret, trial.at, trial.by, dispatch.name(trial.by), trial.until, trial.note, trial.project == draft)


ENDPOINTS = (trials, begin_trial, end_trial)
