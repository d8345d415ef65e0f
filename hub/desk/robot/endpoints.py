"""Dialogue versions for designers: published ones, the draft, and rehearsals."""

import asyncio
from datetime import datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.papers import paper_response
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError, UnavailableError
from hub.robot.dialogue_draft import NO_DRAFT, Drafts
from hub.robot.dialogue_version import Draft, Version
from hub.robot.ports import DialogueWorkshop
from hub.robot.training_job import TrainingJob, TrainingJobs
from hub.robot.training_results import Comparison, Flaw, Graph, ProjectReport, Rehearsed
from hub.robot.version_registry import VersionError, VersionRegistry

VersionId = Annotated[str, Meta(pattern=r"^[0-9a-f]{1,64}$")]
Seen = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?$")]
"""The `id` of the draft that was seen, "" for none. Another one is not changed."""
FilePath = Annotated[str, Meta(min_length=1, max_length=200)]


class SeenQuery(Struct, frozen=True):
    draft: Seen = ""


class PathQuery(Struct, frozen=True):
    path: FilePath


class OfQuery(Struct, frozen=True):
    """A version, or "" for the draft, or the active one without a draft."""

    version: Annotated[str, Meta(pattern=r"^[0-9a-f]{0,64}$")] = ""


class BeginIn(Struct, frozen=True):
    draft: Seen
    version: VersionId


class FileIn(Struct, frozen=True):
    """New content of a file; without `text` it is removed."""

    draft: Seen
    path: FilePath
    text: Annotated[str, Meta(max_length=1_000_000)] | None = None


class ApproveIn(Struct, frozen=True):
    draft: Seen


class PublishIn(Struct, frozen=True):
    draft: Seen
    note: Annotated[str, Meta(max_length=1000)] = ""
    anyway: bool = False
    """Also where it is worse than the active version."""


class CompareIn(Struct, frozen=True):
    """The earlier and the later version; "" for the later one is the draft."""

    before: VersionId
    after: Annotated[str, Meta(pattern=r"^[0-9a-f]{0,64}$")] = ""


class TryIn(Struct, frozen=True):
    """`version` is "" for the trained draft; `state` is that of the last answer, "" to begin."""

    words: Annotated[str, Meta(min_length=1, max_length=4000)]
    version: Annotated[str, Meta(pattern=r"^[0-9a-f]{0,64}$")] = ""
    state: Annotated[str, Meta(max_length=900_000)] = ""


class VersionOut(Struct, frozen=True):
    """`by` is "" for the shipped dialogue; `stories` is the number of passed test stories."""

    id: str
    number: int
    at: datetime
    by: str
    by_name: str
    note: str
    intents: int
    stories: int
    changes: list[str]
    speaks: bool
    compared: Comparison
    """With the version active before it."""
    approved_name: str
    """"" where nobody else has approved it."""


class FileOut(Struct, frozen=True):
    """`size` is in characters."""

    path: str
    size: int


class DraftOut(Struct, frozen=True):
    """`changes` are those against the active version; a grave flaw prevents publication. `taught`: it can be rehearsed.

    `lost` are test stories missing against that version. With some of them, or without any of its own, it is `untried`. It is published
    once a second person has approved it, none of its `authors`, where it is untried or the setting asks for it (`needs_approval`).
    """

    id: str
    base: int
    """Number of the version that it is based on; 0 for none."""
    at: datetime
    by: str
    by_name: str
    files: list[FileOut]
    flaws: list[Flaw]
    intents: int
    stories: int
    changes: list[str]
    taught: bool
    lost: list[str]
    untried: bool
    needs_approval: bool
    authors: list[str]
    approved_by: str
    approved_name: str


class TextOut(Struct, frozen=True):
    draft: str
    path: str
    text: str


class WorkOut(Struct, frozen=True):
    """The current or last job; null without one since the start."""

    job: TrainingJob | None


@endpoint("GET", "/api/robot/versions", Permission.EDIT_DIALOGUES, Permission.APPROVE)
async def robot_versions(version_registry: VersionRegistry, dispatch: Dispatch, call: Call) -> list[VersionOut]:
    """All published versions, newest first."""
    del call
    return [_version_out(version_registry, dispatch, each) for each in await version_registry.versions()]


@endpoint("POST", "/api/robot/versions/{version}/speak", Permission.EDIT_DIALOGUES)
async def roll_back(training_jobs: TrainingJobs, version_registry: VersionRegistry, dispatch: Dispatch, call: Call,
                    version: VersionId) -> VersionOut:
    """Activate an earlier version; open dialogues keep theirs."""
    try:
        return _version_out(version_registry, dispatch, await training_jobs.roll_back(version, call.who.login))
    except VersionError as error:
        raise _no_version() from error


@endpoint("GET", "/api/robot/versions/{version}/zip", Permission.EDIT_DIALOGUES, Permission.APPROVE)
async def version_zip(version_registry: VersionRegistry, call: Call, version: VersionId) -> web.Response:
    """Its project, as a Rasa 3 project in a zip."""
    del call
    try:
        return paper_response(f"robot-{version}", "zip", (await version_registry.packed(version)).project)
    except VersionError as error:
        raise _no_version() from error


@endpoint("GET", "/api/robot/draft", Permission.EDIT_DIALOGUES, Permission.APPROVE)
async def robot_draft(drafts: Drafts, dispatch: Dispatch, training_jobs: TrainingJobs, workshop: DialogueWorkshop,
                      call: Call) -> DraftOut | None:
    """The draft of the next version with its flaws; null where there is none."""
    del call
    draft = await drafts.draft()
    return await _draft_out(dispatch, drafts, training_jobs, workshop, draft) if draft else None


@endpoint("POST", "/api/robot/draft", Permission.EDIT_DIALOGUES)
async def begin_draft(drafts: Drafts, dispatch: Dispatch, training_jobs: TrainingJobs, workshop: DialogueWorkshop, call: Call,
                      body: BeginIn) -> DraftOut:
    """Start a draft from a version."""
    try:
        return await _draft_out(dispatch, drafts, training_jobs, workshop, await drafts.begin(call.who.login, body.draft, body.version))
    except VersionError as error:
        raise _no_version() from error


@endpoint("PUT", "/api/robot/draft", Permission.EDIT_DIALOGUES)
async def upload_draft(drafts: Drafts, dispatch: Dispatch, training_jobs: TrainingJobs, workshop: DialogueWorkshop, call: Call,
                       query: SeenQuery, content: bytes) -> DraftOut:
    """Start a draft from a zip with a Rasa 3 project."""
    return await _draft_out(dispatch, drafts, training_jobs, workshop, await drafts.bring(call.who.login, query.draft, content))


@endpoint("DELETE", "/api/robot/draft", Permission.EDIT_DIALOGUES)
async def discard_draft(drafts: Drafts, call: Call, query: SeenQuery) -> None:
    """Delete the draft."""
    await drafts.discard(call.who.login, query.draft)


@endpoint("GET", "/api/robot/draft/zip", Permission.EDIT_DIALOGUES, Permission.APPROVE)
async def draft_zip(drafts: Drafts, call: Call) -> web.Response:
    """The draft as a zip."""
    del call
    return paper_response("robot-draft", "zip", await drafts.project(await _draft(drafts)))


@endpoint("GET", "/api/robot/draft/file", Permission.EDIT_DIALOGUES)
async def draft_file(drafts: Drafts, call: Call, query: PathQuery) -> TextOut:
    """One file of the draft."""
    del call
    draft = await _draft(drafts)
    text = (await drafts.texts(draft)).get(query.path)
    if text is None:
        raise RefusedError("no_such_path", f"Файла «{query.path}» в черновике нет.")
    return TextOut(draft.project, query.path, text)


@endpoint("PUT", "/api/robot/draft/file", Permission.EDIT_DIALOGUES)
async def put_draft_file(drafts: Drafts, dispatch: Dispatch, training_jobs: TrainingJobs, workshop: DialogueWorkshop, call: Call,
                         body: FileIn) -> DraftOut:
    """Change, add or remove one file of the draft."""
    return await _draft_out(dispatch, drafts, training_jobs, workshop,
                            await drafts.put(call.who.login, body.draft, body.path, body.text))


@endpoint("GET", "/api/robot/work", Permission.EDIT_DIALOGUES, Permission.APPROVE)
async def robot_work(training_jobs: TrainingJobs, call: Call) -> WorkOut:
    """Progress of the current job, or the result of the last one."""
    del call
    return WorkOut(training_jobs.job)


@endpoint("POST", "/api/robot/publish", Permission.EDIT_DIALOGUES, status=202)
async def publish_draft(training_jobs: TrainingJobs, call: Call, body: PublishIn) -> WorkOut:
    """Start checking, training and testing the draft; it is activated when all its test stories have passed.

    The live socket reports progress.

    One that `needs_approval` must have been approved by another person. One that is worse than the active version (`compared`) is
    published only with `anyway` and a `note` that says why.
    """
    await training_jobs.publish(call.who.login, body.draft, body.note.strip(), anyway=body.anyway)
    return WorkOut(training_jobs.job)


@endpoint("POST", "/api/robot/compare", Permission.EDIT_DIALOGUES, Permission.APPROVE, status=202)
async def compare_versions(training_jobs: TrainingJobs, call: Call, body: CompareIn) -> WorkOut:
    """Start comparing two versions on the phrases kept aside and on test stories; the job has the result.

    A draft that is not trained is trained first. The live socket reports progress.
    """
    try:
        await training_jobs.compare(call.who.login, body.before, body.after)
    except VersionError as error:
        raise _no_version() from error
    return WorkOut(training_jobs.job)


@endpoint("POST", "/api/robot/approve", Permission.APPROVE)
async def approve_draft(drafts: Drafts, dispatch: Dispatch, training_jobs: TrainingJobs, workshop: DialogueWorkshop, call: Call,
                        body: ApproveIn) -> DraftOut:
    """A second person, who has not changed it, approves the draft; each change resets that."""
    return await _draft_out(dispatch, drafts, training_jobs, workshop, await drafts.approve(call.sign_in.login, body.draft))


@endpoint("POST", "/api/robot/teach", Permission.EDIT_DIALOGUES, status=202)
async def teach_draft(training_jobs: TrainingJobs, call: Call, body: SeenQuery) -> WorkOut:
    """Start training the draft for rehearsals. The live socket reports progress."""
    await training_jobs.teach(call.who.login, body.draft)
    return WorkOut(training_jobs.job)


@endpoint("DELETE", "/api/robot/work", Permission.EDIT_DIALOGUES)
async def cancel_work(training_jobs: TrainingJobs, call: Call) -> WorkOut:
    """Cancel the current job."""
    await training_jobs.cancel(call.who.login)
    return WorkOut(training_jobs.job)


@endpoint("GET", "/api/robot/graph", Permission.EDIT_DIALOGUES)
async def robot_graph(version_registry: VersionRegistry, drafts: Drafts, workshop: DialogueWorkshop, call: Call, query: OfQuery) -> Graph:
    """The dialogue graph of the draft or of a version."""
    del call
    draft = await drafts.draft()
    if draft and not query.version:
        return (await _looked(version_registry, workshop, await drafts.project(draft))).graph
    version = query.version or version_registry.current
    try:
        return (await _looked(version_registry, workshop, (await version_registry.packed(version)).project)).graph if version else Graph()
    except VersionError as error:
        raise _no_version() from error


@endpoint("POST", "/api/robot/try", Permission.EDIT_DIALOGUES)
async def try_robot(training_jobs: TrainingJobs, call: Call, body: TryIn) -> Rehearsed:
    """Rehearse a turn with the draft or a version; nothing is stored."""
    del call
    try:
        return await training_jobs.rehearse(body.version, body.words, body.state)
    except VersionError as error:
        raise _no_version() from error


async def _draft(drafts: Drafts) -> Draft:
    draft = await drafts.draft()
    if draft is None:
        raise NO_DRAFT
    return draft


async def _draft_out(dispatch: Dispatch, drafts: Drafts, training_jobs: TrainingJobs, workshop: DialogueWorkshop,
                     draft: Draft) -> DraftOut:
    version_registry = training_jobs.version_registry
    project, base = await drafts.project(draft), await version_registry.version(draft.base)
    looked, texts = await _looked(version_registry, workshop, project), await asyncio.to_thread(workshop.unpack, project)
    return DraftOut(
        draft.project, base.number if base else 0, draft.at, draft.by, dispatch.name(draft.by),
        [FileOut(path, len(text)) for path, text in texts.items()], list(looked.flaws), looked.intents, looked.stories,
        list(looked.changes), workshop.taught(project) is not None, list(looked.lost), looked.untried,
        training_jobs.second_person or looked.untried, sorted(draft.written_by), draft.approved_by,
        dispatch.name(draft.approved_by) if draft.approved_by else "")


async def _looked(version_registry: VersionRegistry, workshop: DialogueWorkshop, project: bytes) -> ProjectReport:
    try:
        before = (await version_registry.packed(version_registry.current)).project if version_registry.current else None
        return await workshop.look(project, before)
    except UnavailableError as error:
        return ProjectReport((Flaw("", 0, str(error)),))


def _version_out(version_registry: VersionRegistry, dispatch: Dispatch, version: Version) -> VersionOut:
    return VersionOut(
        version.id, version.number, version.at, version.by, dispatch.name(version.by) if version.by else "", version.note,
        version.intents, version.stories, list(version.changes), version.id == version_registry.current,
        version.compared, dispatch.name(version.approved_by) if version.approved_by else "")


def _no_version() -> RefusedError:
    return RefusedError("no_such_version", "Такой версии нет.")


ENDPOINTS = (
    robot_versions, roll_back, version_zip, robot_draft, begin_draft, upload_draft, discard_draft, draft_zip, draft_file, put_draft_file,
    robot_work, publish_draft, compare_versions, approve_draft, teach_draft, cancel_work, robot_graph, try_robot)
