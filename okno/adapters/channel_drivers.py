"""The channel drivers that may be set up at the desk: their forms, the faults of their settings, and a check apart from the running hub."""

import asyncio
import copy
import re
import socket
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import msgspec

from bots.russian import Russian
from channels.ssrf_guard import PLATFORM, networks
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError, UnavailableError
from hub.kernel.ports import Files
from hub.kernel.public_networks import Network, is_public
from hub.monitoring.channel_check import CheckStep, odd
from hub.monitoring.channel_form import ChannelFault, ChannelField
from hub.monitoring.ports import ChannelKind, CheckableChannel
from okno import drivers
from okno.adapters.channel_forms import AT_DESK, form_of_driver
from okno.adapters.loader import connect
from okno.commands.channel_checks import NullIntake
from okno.config import ChannelSettings
from okno.faults.config_error import ConfigError, ConfigFault
from okno.faults.in_russian import in_russian
from okno.faults.reader import read_all
from storage.memory import MemoryStore

HOSTS, ADDRESSES = frozenset({"host"}), frozenset({"url", "token_url", "api"})
INSIDE = "inside"
"""Internal networks that a driver may fetch files from."""
OWN = frozenset({"listen", "webhook", "callback", "file_links"})
"""Groups whose addresses are this hub's own."""
RESOLVE_S = 10.0
_MISSING = re.compile(r"Object missing required field `(\w+)`")


class DeskDrivers:
    """hub.monitoring.ports.ChannelDrivers."""

    def __init__(self, files: Files, russian: Russian, inside: Sequence[Network], *, limited: bool) -> None:
        """`inside` are internal networks where channels of the desk may connect."""
        self._files, self._russian, self._inside, self._limited = files, russian, tuple(inside), limited
        self.names = AT_DESK
        self._kinds: dict[str, ChannelKind] = {}
        self._reading = asyncio.Lock()

    async def kinds(self) -> Mapping[str, ChannelKind]:
        """Read by a process of its own: the libraries of all drivers take 5 s and 160 MB."""
        async with self._reading:
            if not self._kinds:
                process = await asyncio.create_subprocess_exec(sys.executable, "-P", "-m", "okno.adapters.channel_forms",
                                                               stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE)
                told, _ = await process.communicate()
                if process.returncode:
                    raise UnavailableError("Формы каналов не прочитаны: почему, сказано в журнале узла. Повторите.")
                self._kinds = {each.driver: each for each in msgspec.json.decode(told, type=list[ChannelKind])}
        return self._kinds

    async def fields(self, driver: str) -> tuple[ChannelField, ...]:
        try:
            return form_of_driver(await _loaded(driver))
        except ConfigError as error:
            raise RefusedError("unknown_channel", "Для этого канала в узле нет библиотеки.") from error

    async def faults(self, driver: str, settings: dict[str, Any]) -> list[ChannelFault]:
        told = (await _loaded(driver)).SETTINGS
        read = partial(msgspec.convert, type=told) if isinstance(told, type) else told
        found = read_all(copy.deepcopy(settings), read, (), told if isinstance(told, type) else None)[1]
        if found:
            return [ChannelFault(_place(each), in_russian(_sentence(each.text, each.key))) for each in found]
        if refused := await self._internal(settings):
            return refused
        try:
            channel = self.connected(driver, settings, NullIntake(), MemoryStore(self._russian))
        except ConfigError as error:
            return [ChannelFault("", in_russian(str(error).partition(f"{driver}: ")[2] or str(error)))]
        await channel.close()
        return []

    @asynccontextmanager
    async def trial(self, driver: str, settings: dict[str, Any]) -> AsyncIterator[AsyncGenerator[CheckStep, None]]:
        await _loaded(driver)
        channel = self.connected(driver, settings, NullIntake(), MemoryStore(self._russian))
        try:
            yield channel.trial() if isinstance(channel, CheckableChannel) else _nothing_to_try()
        finally:
            await channel.close()

    def connected(self, driver: str, settings: dict[str, Any], intake: Intake, store: Store) -> Channel:
        """Raises ConfigError."""
        return connect(ChannelSettings(driver, settings), intake, store, self._files, limited=self._limited)

    async def _internal(self, settings: Mapping[str, Any]) -> list[ChannelFault]:
        """Servers of internal networks that the configuration does not permit (SSRF, SE-02)."""
        found = list[ChannelFault]()
        for place, host in _servers(settings, ""):
            try:
                if not await self._permitted(host):
                    found.append(ChannelFault(place, f"{host}: внутренний адрес. Разрешите его сеть в файле узла: "
                                                     "desk.channel_networks, или укажите внешний."))
            except UnavailableError as error:
                found.append(ChannelFault(place, str(error)))
        told = settings.get(INSIDE, ())
        wide = [each for each in (networks(told) if isinstance(told, list) else ())
                if not any(each.version == one.version and each.subnet_of(one) for one in self._inside)]  # type: ignore[arg-type]
        return found + [ChannelFault(INSIDE, f"{each}: такую сеть разрешает только файл узла, desk.channel_networks.") for each in wide]

    async def _permitted(self, host: str) -> bool:
        try:
            async with asyncio.timeout(RESOLVE_S):
                there = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, TimeoutError, UnicodeError) as error:
            message = f"Сервера {host} нет: проверьте имя и DNS узла."
            raise UnavailableError(message) from error
        addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in there]
        return all((is_public(each) and each not in PLATFORM) or any(each in network for network in self._inside) for each in addresses)


async def _loaded(driver: str) -> ModuleType:
    """Its module, read in a thread: some libraries take seconds. Raises ConfigError."""
    return await asyncio.to_thread(drivers.find, drivers.CHANNEL, driver)


def _place(fault: ConfigFault) -> str:
    missing = _MISSING.search(fault.text)
    return ".".join(map(str, (*fault.key, *((missing[1],) if missing else ()))))


def _sentence(text: str, key: tuple[str | int, ...]) -> str:
    """Without the key that it begins with."""
    return text.partition(": ")[2] or text if key else text


def _servers(told: Mapping[str, Any], place: str) -> list[tuple[str, str]]:
    found = list[tuple[str, str]]()
    for name, each in told.items():
        here = f"{place}.{name}" if place else name
        if name in OWN:
            continue
        if isinstance(each, dict):
            found += _servers(each, here)
        elif isinstance(each, list):
            for number, one in enumerate(each):
                found += _servers(one, f"{here}.{number}") if isinstance(one, dict) else []
        elif name in HOSTS and isinstance(each, str):
            found.append((here, each))
        elif name in ADDRESSES and isinstance(each, str) and (host := urlsplit(each).hostname):
            found.append((here, host))
    return found


async def _nothing_to_try() -> AsyncGenerator[CheckStep, None]:
    async def good_as_it_is() -> Any:  # noqa: ANN401 - findings
        return odd("далёкого сервера у этого канала нет: настройки в порядке", "включите канал и отправьте сообщение как гражданин")
    yield CheckStep("настройки", good_as_it_is)
