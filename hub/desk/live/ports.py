"""Interfaces that the live socket needs."""

from datetime import datetime
from typing import Protocol

from hub.access.operator import SignIn


class IdleClock(Protocol):
    def touch(self, sign_in: SignIn) -> None: ...

    def until(self, sign_in: SignIn) -> datetime: ...


class SignIns(Protocol):
    @property
    def idle(self) -> IdleClock: ...

    async def expire(self, sign_in: SignIn) -> None: ...
