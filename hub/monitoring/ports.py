"""Interfaces that the room needs."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from hub.monitoring.channel_check import CheckStep
from hub.monitoring.channel_form import ChannelFault, ChannelField
from hub.monitoring.trunk import TrunkNow


@runtime_checkable
class CheckableChannel(Protocol):
    """A channel with a connectivity check, which touches no citizen's data."""

    def trial(self) -> AsyncGenerator[CheckStep, None]:
        """The steps, usable while the hub carries messages, and before the channel is opened."""


@runtime_checkable
class TrunkChannel(Protocol):
    """A channel with trunks of the telephone network."""

    def trunks(self) -> Sequence[TrunkNow]:
        """As they are now. Their hours, and the callers whom they refused, are stored."""


class ChannelKind(Struct, frozen=True):
    """A driver that may be set up at the desk: its traits' title and icon, and the form of its settings."""

    driver: str
    title: str
    icon: str
    fields: tuple[ChannelField, ...]


class ChannelDrivers(Protocol):
    """The drivers that may be set up at the desk."""

    @property
    def names(self) -> Collection[str]: ...

    async def kinds(self) -> Mapping[str, ChannelKind]:
        """All drivers whose libraries are there, with their forms. Raises OknoError."""

    async def fields(self, driver: str) -> tuple[ChannelField, ...]:
        """The form of one driver, which is loaded for it. Raises RefusedError where its library is missing."""

    async def faults(self, driver: str, settings: dict[str, Any]) -> list[ChannelFault]:
        """What is wrong with settings whose secrets are given as files, in Russian; also a server that may not be reached."""

    def trial(self, driver: str, settings: dict[str, Any]) -> AbstractAsyncContextManager[AsyncGenerator[CheckStep, None]]:
        """The steps of a connectivity check of these settings, apart from the running channel. Raises OknoError."""


class ChannelSwitch(Protocol):
    """Starts and stops channels while the hub runs."""

    def reserve(self, driver: str) -> None:
        """Keep messages of a channel that is off until it is on."""

    def on(self, driver: str, settings: dict[str, Any]) -> bool:
        """Start it; whether it keeps messages until they are carried. Raises OknoError."""

    async def off(self, driver: str) -> None:
        """Stop it; what is being carried is finished, or waits."""

    def waiting(self, driver: str) -> int:
        """Messages that wait to be carried."""
