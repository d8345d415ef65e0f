"""Live updates of the dialogue editor."""

from hub.access.authorization import Authorization
from hub.desk.live.open_desks import OpenDesks
from hub.desk.live.room import LiveRoom
from hub.desk.robot.frames import PhrasesGrouped, RobotChanged
from hub.kernel.background_tasks import BackgroundTasks
from hub.robot.dialogue_draft import Drafts
from hub.robot.phrase_groups import PhraseGroupService
from hub.robot.training_job import TrainingJobs
from hub.robot.version_registry import VersionRegistry


class LiveRobot(LiveRoom):
    sends = (RobotChanged, PhrasesGrouped)

    def __init__(self, desks: OpenDesks, authorization: Authorization, version_registry: VersionRegistry, drafts: Drafts,
                 training_jobs: TrainingJobs, phrase_group_service: PhraseGroupService) -> None:
        self._desks, self._authorization = desks, authorization
        self._version_registry, self._drafts, self._training_jobs = version_registry, drafts, training_jobs
        self._phrase_group_service = phrase_group_service
        self._tasks = BackgroundTasks()

    def subscribe(self) -> None:
        self._version_registry.on_publish.subscribe(self.changed)
        self._drafts.on_change.subscribe(self.changed)
        self._training_jobs.on_change.subscribe(self.changed)
        self._phrase_group_service.on_change.subscribe(self._grouped)

    def _grouped(self, done: int, total: int) -> None:
        for desk in self._desks.all:
            desk.push(PhrasesGrouped(done, total))

    def changed(self) -> None:
        """Versions, draft or job have changed: sent to those who edit dialogues or approve."""
        if any(self._authorization.may(desk.who, need) for desk in self._desks.all for need in RobotChanged.needs):
            self._tasks.spawn(self._tell())

    async def _tell(self) -> None:
        draft = await self._drafts.draft()
        project, approved = (draft.project, draft.approved_by) if draft else ("", "")
        told = RobotChanged(self._version_registry.current, project, approved, self._training_jobs.job)
        for desk in self._desks.all:
            desk.push(told)

    async def close(self) -> None:
        await self._tasks.cancel()
