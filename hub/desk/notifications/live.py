"""Live updates of announcements and notices."""

import asyncio

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.desk.http.parts import Clock
from hub.desk.live.open_desks import OpenDesks
from hub.desk.live.room import LiveRoom
from hub.desk.notifications.announcements import announcement_out
from hub.desk.notifications.frames import Announced, Noticed
from hub.desk.notifications.notices import notice_out
from hub.desk.organisation.scope import CentreScope
from hub.dispatch.dispatcher import Dispatch
from hub.federation.handover_sender import HandoverSender
from hub.kernel.background_tasks import BackgroundTasks
from hub.notifications.announcement import Announcement
from hub.notifications.announcer import AnnouncementService
from hub.notifications.notice import Notice
from hub.notifications.notifier import NotificationSender


class LiveNotifications(LiveRoom):
    sends = (Announced, Noticed)

    def __init__(self, desks: OpenDesks, announcement_service: AnnouncementService, notification_sender: NotificationSender,
                 authorization: Authorization, scope: CentreScope, dispatch: Dispatch, clock: Clock,
                 remote: HandoverSender) -> None:
        self._desks, self._announcement_service, self._notification_sender = desks, announcement_service, notification_sender
        self._authorization, self._scope, self._dispatch, self._clock, self._remote = authorization, scope, dispatch, clock, remote
        self._in_turn = asyncio.Lock()
        self._tasks = BackgroundTasks()

    def subscribe(self) -> None:
        self._announcement_service.on_change.subscribe(self.announced)
        self._notification_sender.on_change.subscribe(self.noticed)

    def announced(self, announcement: Announcement) -> None:
        told = Announced(announcement_out(self._dispatch, self._remote, self._clock, announcement))
        for desk in self._desks.all:
            desk.push(told)

    def noticed(self, notice: Notice) -> None:
        """A notice was sent, or its state has changed: for those who may send notices."""
        if any(self._authorization.may(desk.who, Permission.NOTIFY) for desk in self._desks.all):
            self._tasks.spawn(self._tell(notice))

    async def _tell(self, notice: Notice) -> None:
        async with self._in_turn:  # keeps the order of loading
            told = Noticed(await notice_out(self._notification_sender, self._dispatch, notice))
        for desk in self._desks.all:
            if self._scope.ours(desk.who, notice.by):
                desk.push(told)

    async def close(self) -> None:
        await self._tasks.cancel()
