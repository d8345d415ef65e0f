"""Effects of changed and closed accounts."""

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
        """Lock for reading and changing an account."""
        return self._sessions.amending

    async def changed(self, operator: Operator, by: str) -> None:
        """Effective at once, also for signed-in operators; keys are revoked that the account may not answer for any more."""
        self.opened(operator)
        await self._services.end_of(operator.login, by)

    def opened(self, operator: Operator) -> None:
        self._sessions.forget(operator.login)
        self._dispatch.renew(operator)

    async def closed(self, operator: Operator, by: str) -> None:
        """All sessions end at once, and the keys that it answers for are revoked."""
        await self._sessions.end_all(operator.login)
        await self._services.end_of(operator.login, by)
        self._dispatch.set_presence(operator, Presence.OFFLINE)
