"""The single background job on the draft: training for rehearsals, or publication as a version."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import OknoError, RefusedError, UnavailableError
from hub.kernel.signal import Signal
from hub.robot.dialogue_draft import NO_DRAFT, Drafts
from hub.robot.dialogue_version import Draft, Packed, Version
from hub.robot.ports import DialogueWorkshop
from hub.robot.training_results import Comparison, FailedStory, Flaw, Phase, Progress, Rehearsed, TrainedModel, Unfit
from hub.robot.version_registry import VersionError, VersionRegistry

log = logging.getLogger(__name__)

RENEWED = "Обучена заново после обновления Окна"


class TrainingAim(StrEnum):
    TEACH = "teach"
    PUBLISH = "publish"
    COMPARE = "compare"
    """Two versions, or the draft with one: nothing is published."""
    RENEW = "renew"
    """Retraining of the active version, whose model this Okno cannot read."""


class WorkState(StrEnum):
    RUNS = "runs"
    DONE = "done"
    UNFIT = "unfit"
    """Grave flaws in the draft, or failed test stories: nothing was published."""
    WORSE = "worse"
    """The draft is worse than the active version, and nobody has said to publish it anyway: nothing was published."""
    BROKEN = "broken"
    """Interrupted; `error` says why."""
    CANCELLED = "cancelled"


class TrainingJob(Struct, frozen=True):
    """State of a job. `draft` is the one that it began with."""

    aim: TrainingAim
    draft: str
    by: str
    at: datetime
    state: WorkState = WorkState.RUNS
    progress: Progress = Progress(Phase.CHECK)
    flaws: tuple[Flaw, ...] = ()
    failing: tuple[FailedStory, ...] = ()
    error: str = ""
    version: str = ""
    """The published version."""
    note: str = ""
    """What the publisher wrote, to be sent again with "anyway"."""
    compared: Comparison = Comparison()
    versions: tuple[str, str] = ("", "")
    """The earlier and the later version that are compared; "" is the draft."""
    former: str = ""
    """The version that was active before the published one: to return to it."""


Work: TypeAlias = Callable[[], Coroutine[None, None, None]]


class TrainingJobs:
    """At most one job at a time. Its progress is reported by `on_change` and stays in `job` until the next one."""

    def __init__(self, drafts: Drafts, version_registry: VersionRegistry, workshop: DialogueWorkshop, store: Store,
                 now: Callable[[], datetime], *, second_person: bool = True) -> None:
        """`second_person`: each draft must have been approved by somebody who has not changed it."""
        self.second_person = second_person
        self._drafts, self.version_registry, self._workshop, self._store, self._now = drafts, version_registry, workshop, store, now
        self._work: asyncio.Task[None] | None = None
        self.job: TrainingJob | None = None
        self.on_change = Signal[[]]()

    async def start(self) -> None:
        """After an upgrade the active version may need retraining; until then citizens get an operator."""
        try:
            version = await self.version_registry.version(self.version_registry.current)
            if version is None or not version.by:  # shipped versions include their model
                return
            packed = await self.version_registry.packed(version.id)
        except VersionError as error:
            log.warning("published version not loaded from the store", extra={"why": str(error)})
            return
        if not await self._workshop.reads(packed):
            log.warning("published version is incompatible with the engine: trained again", extra={"version": version.id})
            self._begin(TrainingJob(TrainingAim.RENEW, version.project, version.by, self._now()),
                        partial(self._renew, version, packed.project))

    async def roll_back(self, version: str, by: str) -> Version:
        """Activate an earlier version. Raises VersionError, and RefusedError "outdated" where its model cannot be read."""
        if not await self._workshop.reads(await self.version_registry.packed(version)):
            raise RefusedError("outdated", "Эту версию обучило прежнее Окно: начните с неё черновик и опубликуйте его.")
        return await self.version_registry.roll_back(version, by)

    async def publish(self, by: str, seen: str, note: str, *, anyway: bool = False) -> None:
        """Start publishing the draft; `anyway` also one that is worse than the active version.

        Raises RefusedError: "busy", "no_draft", "other_draft", "unchanged", "second_person", "reason_needed" for `anyway` without a note.
        """
        draft = await self._draft(seen)
        if anyway and not note:
            raise RefusedError("reason_needed", "Напишите в примечании, почему версию публикуют, хотя она хуже действующей.")
        current = await self.version_registry.version(self.version_registry.current)
        if current is not None and current.project == draft.project:
            raise RefusedError("unchanged", "Черновик не отличается от действующей версии.")
        project = await self._drafts.project(draft)  # read now: a later change may delete it
        await self._check_approval(draft, project, by)
        self._begin(TrainingJob(TrainingAim.PUBLISH, draft.project, by, self._now(), note=note),
                    partial(self._publish, draft, project, by, note, anyway=anyway))

    async def _check_approval(self, draft: Draft, project: bytes, by: str) -> None:
        """A second person has approved it, at least where test stories were removed, and does not publish it; raises RefusedError."""
        if draft.approved_by not in {"", by, *draft.written_by}:
            return
        if self.second_person:
            raise RefusedError("second_person", "Черновик должен одобрить второй сотрудник: тот, кто его не менял.")
        try:
            known = await self._known()
            looked = await self._workshop.look(project, known.project if known else None)
        except (UnavailableError, VersionError) as error:
            raise RefusedError("busy", "Проверить черновик сейчас не удалось: повторите чуть позже.") from error
        if looked.untried:
            why = f"больше нет проверочных историй: {', '.join(looked.lost[:5])}" if looked.stories else "нет ни одной проверочной истории"
            raise RefusedError("second_person", f"В черновике {why}. Его должен одобрить второй сотрудник.")

    async def compare(self, by: str, before: str, after: str) -> None:
        """Start comparing two versions; "" for the later one is the draft, which is trained first.

        Raises RefusedError: "busy", "no_draft", "unchanged" for the same twice; VersionError.
        """
        if before == after:
            raise RefusedError("unchanged", "Сравнивать нечего: это одна и та же версия.")
        earlier, draft = await self.version_registry.packed(before), None
        if after:
            later = await self.version_registry.packed(after)
            work = partial(self._compare, earlier, later)
        else:
            if (draft := await self._drafts.draft()) is None:
                raise NO_DRAFT
            work = partial(self._compare, earlier, None, await self._drafts.project(draft))
        self._begin(TrainingJob(TrainingAim.COMPARE, draft.project if draft else "", by, self._now(), versions=(before, after)), work)

    async def _compare(self, earlier: Packed, later: Packed | None, project: bytes = b"") -> None:
        if later is None and (later := self._workshop.taught(project)) is None:
            if (unfit := await self._workshop.teach(project, await self._known(), self._progressed)) is not None:
                self._amend(state=WorkState.UNFIT, flaws=unfit.flaws)
                return
            later = self._workshop.taught(project)
        assert later is not None  # noqa: S101 - it was just trained
        self._amend(compared=await self._workshop.compare(earlier, later, self._progressed), state=WorkState.DONE)

    async def teach(self, by: str, seen: str) -> None:
        """Start training the draft. Raises RefusedError as `publish` does."""
        draft = await self._draft(seen)
        project = await self._drafts.project(draft)
        self._begin(TrainingJob(TrainingAim.TEACH, draft.project, by, self._now()), partial(self._teach, project))

    async def cancel(self, by: str) -> None:
        """Cancel the job."""
        if self._work is None or self._work.done() or self.job is None:
            raise RefusedError("not_busy", "Сейчас ничего не готовится.")
        aim = self.job.aim
        self._work.cancel()
        await asyncio.gather(self._work, return_exceptions=True)
        if self.job.state is WorkState.RUNS:  # a write under way is completed
            self._amend(state=WorkState.CANCELLED)
            await self._store.note(AuditEntry(self._now(), by, "dialogue_cancelled", detail=aim))

    async def rehearse(self, version: str, words: str, state: str) -> Rehearsed:
        """Try a version, or the draft ("", once it was trained: else RefusedError "not_taught"). Raises VersionError."""
        if version:
            packed: Packed | None = await self.version_registry.packed(version)
        else:
            draft = await self._drafts.draft()
            if draft is None:
                raise NO_DRAFT
            packed = self._workshop.taught(await self._drafts.project(draft))
        if packed is None:
            raise RefusedError("not_taught", "Черновик ещё не обучен: сначала обучите его.")
        return await self._workshop.rehearse(packed, words, state, self._now())

    async def close(self) -> None:
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)

    async def _draft(self, seen: str) -> Draft:
        draft = await self._drafts.draft()
        if draft is None:
            raise NO_DRAFT
        if draft.project != seen:
            raise RefusedError("other_draft", "Черновик тем временем изменили: обновите страницу и повторите.")
        return draft

    def _begin(self, job: TrainingJob, work: Work) -> None:
        if self._work is not None and not self._work.done():
            raise RefusedError("busy", "Черновик уже готовится: дождитесь или отмените.")
        self._work = asyncio.create_task(self._guarded(work))
        self._tell(job)

    async def _guarded(self, work: Work) -> None:
        try:
            await work()
        except (OknoError, OSError) as error:
            log.exception("training of a draft failed")
            self._amend(state=WorkState.BROKEN, error=str(error))

    async def _publish(self, draft: Draft, project: bytes, by: str, note: str, *, anyway: bool) -> None:
        made = await self._workshop.make(project, await self._known(), self._progressed)
        if isinstance(made, Unfit):
            await self._store.note(AuditEntry(self._now(), by, "dialogue_unfit", detail=_why(made)))
            self._amend(state=WorkState.UNFIT, flaws=made.flaws, failing=made.failing)
            return
        if made.compared.worse and not anyway:
            await self._store.note(AuditEntry(self._now(), by, "dialogue_unfit", detail=_worse(made.compared)))
            self._amend(state=WorkState.WORSE, compared=made.compared)
            return
        if made.compared.worse:  # the list of versions says that it was known
            note = "; ".join(filter(None, (note, _worse(made.compared))))
        former = self.version_registry.current
        version = await self._put(draft, project, made, by, note)
        self._amend(state=WorkState.DONE, version=version.id, compared=made.compared, former=former)

    async def _put(self, draft: Draft, project: bytes, made: TrainedModel, by: str, note: str) -> Version:
        """A draft changed meanwhile becomes the draft of the next version."""
        putting = asyncio.ensure_future(self._drafts.done(draft, lambda done: self.version_registry.add(
            made, project, by, note, done, draft.approved_by)))
        try:
            return await asyncio.shield(putting)
        except asyncio.CancelledError:
            return await putting  # too late: a write under way is not cancelled

    async def _renew(self, version: Version, project: bytes) -> None:
        made = await self._workshop.make(project, None, self._progressed)
        if isinstance(made, Unfit):
            await self._store.note(AuditEntry(self._now(), "", "dialogue_unfit", version.id, _why(made)))
            self._amend(state=WorkState.UNFIT, flaws=made.flaws, failing=made.failing)
            return
        renewed = await self.version_registry.add(made, project, version.by, RENEWED)
        self._amend(state=WorkState.DONE, version=renewed.id)

    async def _teach(self, project: bytes) -> None:
        unfit = await self._workshop.teach(project, await self._known(), self._progressed)
        if unfit is None:
            self._amend(state=WorkState.DONE)
        else:
            self._amend(state=WorkState.UNFIT, flaws=unfit.flaws)

    async def _known(self) -> Packed | None:
        return await self.version_registry.packed(self.version_registry.current) if self.version_registry.current else None

    def _progressed(self, progress: Progress) -> None:
        self._amend(progress=progress)

    def _amend(self, **changes: object) -> None:
        assert self.job is not None  # noqa: S101 - there is a work
        self._tell(replace(self.job, **changes))

    def _tell(self, job: TrainingJob) -> None:
        self.job = job
        self.on_change()


def _worse(found: Comparison) -> str:
    stories = f", прежних историй проходит {found.passed} из {found.stories}" if found.passed < found.stories else ""
    return f"хуже действующей: понято фраз {found.after} из {found.phrases}, было {found.before}{stories}"


def _why(unfit: Unfit) -> str:
    grave = sum(flaw.grave for flaw in unfit.flaws)
    return f"грубых ошибок: {grave}" if grave else f"не прошли истории: {', '.join(one.story for one in unfit.failing[:5])}"
