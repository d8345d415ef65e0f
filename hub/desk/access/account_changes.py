"""What follows when an account is another one, or is closed."""

import asyncio

from hub.access.operator import Operator, Presence
from hub.desk.access.service_keys import Services
from hub.desk.sign_in.sessions import Sessions
from hub.dispatch.dispatcher import Dispatch


class AccountChanges:
    def __init__(self, sessions: Sessions, services: Services, dispatch: Dispatch) -> None:
        self._sessions, self._services, self._dispatch = sessions, services, dispatch

    @property
    def amending(self) -> asyncio.Lock:
        """Held by whoever reads an account to change it, until it is stored."""
        return self._sessions.amending

    async def changed(self, operator: Operator, by: str) -> None:
        """It counts at once, also for whoever is at work; the keys of programs end that he may not answer for any more."""
        self.opened(operator)
        await self._services.end_of(operator.login, by)

    def opened(self, operator: Operator) -> None:
        self._sessions.forget(operator.login)
        self._dispatch.renew(operator)

    async def closed(self, operator: Operator, by: str) -> None:
        """All sessions end at once, and so do the keys of programs it answers for."""
        await self._sessions.end_all(operator.login)
        await self._services.end_of(operator.login, by)
        self._dispatch.set_presence(operator, Presence.OFFLINE)
