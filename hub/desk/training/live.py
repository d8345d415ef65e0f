"""Live updates of assigned lessons: who assigned one is told when it is done."""

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.live.room import LiveRoom
from hub.desk.training.frames import AssignedLessonDone
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.background_tasks import BackgroundTasks
from hub.training.coaching_assignment import CoachingAssignment
from hub.training.coaching_service import CoachingService


class LiveTraining(LiveRoom):
    sends = (AssignedLessonDone,)

    def __init__(self, desks: OpenDesks, coaching_service: CoachingService, authorization: Authorization, dispatch: Dispatch) -> None:
        self._desks, self._coaching_service, self._authorization, self._dispatch = desks, coaching_service, authorization, dispatch
        self._tasks = BackgroundTasks()

    def subscribe(self) -> None:
        self._coaching_service.on_done.subscribe(self.done)

    def greet(self, desk: OpenDesk) -> None:
        if self._authorization.may(desk.who, Permission.SCORE_TALKS):
            self._tasks.spawn(self._repeat(desk))

    def done(self, assigned: CoachingAssignment) -> None:
        for desk in self._desks.all:
            if desk.who.login == assigned.by and self._authorization.may(desk.who, Permission.SCORE_TALKS):
                desk.push(self._frame(assigned))

    async def _repeat(self, desk: OpenDesk) -> None:
        for each in await self._coaching_service.unseen(desk.who.login):
            desk.push(self._frame(each))

    def _frame(self, of: CoachingAssignment) -> AssignedLessonDone:
        return AssignedLessonDone(of.review, of.item, self._dispatch.name(of.login), self._coaching_service.lesson(of.teaches))

    async def close(self) -> None:
        await self._tasks.cancel()
