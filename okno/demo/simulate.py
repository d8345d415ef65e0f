"""Fills a hub with simulated citizens and operators, to show a live desk within a minute."""

import asyncio
import logging
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from random import Random

import msgspec
from aiohttp import ClientSession, DummyCookieJar, TCPConnector
from msgspec import Struct

from hub.kernel.errors import OknoError
from hub.kernel.ports import KeyMaker
from okno.app import Hub, running
from okno.config import Config, kept_in
from okno.demo.accounts import SUPERVISOR, open_accounts
from okno.demo.citizens import Visitor
from okno.demo.line import Pace
from okno.demo.operators import Shift
from okno.demo.people import Employee, People, Story, people
from okno.faults.config_error import ConfigError
from okno.serving.instance import alone
from okno.stores import data_folder, keeper

log = logging.getLogger(__name__)

FOLDER, KEYS, CHANNEL = "demo", "demo.keys", "web.chat"
FIRST_S, NEXT_S, AGAIN_S = 2.5, 8.0, 5.0
"""Interval of the first citizens; mean pause before the next citizen; pause before the replacement of a failed one."""


class Town(Struct, frozen=True):
    """Number of `citizens` at once and of `operators`, and the `file` of people, None for the shipped one."""

    citizens: int
    operators: int
    file: Path | None = None
    speed: float = 1.0
    """Multiple of people's real speed."""


async def demo(config: Config, town: Town, *, clear: bool) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP; raises OknoError when the hub cannot start. With `clear` data is not encrypted."""
    if CHANNEL not in {channel.driver for channel in config.channels}:
        message = f"the demonstration needs the channel {CHANNEL}"
        raise ConfigError(message)
    if not town.speed > 0:
        message = "the speed must be more than 0"
        raise ConfigError(message)
    stop, loop, cast = asyncio.Event(), asyncio.get_running_loop(), people(town.file)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    own = demonstrated(config, clear=clear)
    with alone(data_folder(own)):
        async with running(own) as hub:
            employees = cast.employees(town.operators)
            human, simulated = await open_accounts(hub.store, own, employees)
            announce(hub, human, own)
            async with ClientSession(cookie_jar=DummyCookieJar(), connector=TCPConnector(limit=0)) as http:
                tasks = [asyncio.create_task(part) for part in parts(http, hub.address, town, cast, simulated)]
                await stop.wait()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


def demonstrated(config: Config, *, clear: bool) -> Config:
    """The configuration with its own data folder, and its own key where the configuration names none.

    All simulated people have one address, so the limits of one sender would apply to all of them together.
    """
    folder = data_folder(config)
    own = msgspec.structs.replace(config, data=str(folder / FOLDER), limited=False)
    if clear or config.keys.driver:
        return own
    # Beside the data folder, not in it: backups do not contain it.
    own = msgspec.structs.replace(own, keys=kept_in(folder / KEYS))
    keys = keeper(own.keys)
    if isinstance(keys, KeyMaker) and not (folder / KEYS).exists():
        keys.add()
    return own


def announce(hub: Hub, password: str, own: Config) -> None:
    sealed = f"запечатаны ключом из {own.keys.settings.get('path', own.keys.driver)}" if own.keys.driver else "не запечатаны"
    print(f"Страница для граждан   {hub.address}/")
    print(f"Рабочее место          {hub.address}/desk/")
    print(f"Вход                   логин {SUPERVISOR} (старший смены) или admin (администратор), пароль {password}")
    print(f"Описание API           {hub.address}/api/openapi.json")
    print(f"Граждане и операторы выдуманы, данные лежат в {own.data} и {sealed}. Остановить: Ctrl+C.")
    sys.stdout.flush()


def parts(http: ClientSession, hub: str, town: Town, cast: People, password: str) -> Iterator[Coroutine[None, None, None]]:
    """The lives of all simulated people, to be run concurrently."""
    chance = Random()
    stories, pace = endless(cast.story, chance), Pace(chance, town.speed)

    def shift(employee: Employee) -> Coroutine[None, None, None]:
        return Shift(http, hub, cast, employee, Random(), pace).work(password)

    def visit() -> Coroutine[None, None, None]:
        return Visitor(http, hub, cast, next(stories), Random(), pace).visit()

    for employee in cast.employees(town.operators):
        yield lives(employee.login, partial(shift, employee), 0, pace)
    for number in range(town.citizens):
        yield lives("a citizen", visit, number * FIRST_S / town.speed, pace)


def endless(stories: tuple[Story, ...], chance: Random) -> Iterator[Story]:
    """All stories in a random order, repeatedly."""
    while True:
        yield from chance.sample(stories, len(stories))


async def lives(name: str, life: Callable[[], Coroutine[None, None, None]], wait_s: float, pace: Pace) -> None:
    """One life after another; a failed one is replaced, and the reason logged."""
    await asyncio.sleep(wait_s)
    while True:
        try:
            await life()
        except Exception as error:
            log.warning("simulated person failed: replaced", extra={"who": name, "why": f"{type(error).__name__}: {error}"},
                        exc_info=not isinstance(error, OknoError | OSError))
            await asyncio.sleep(AGAIN_S)
        else:
            await asyncio.sleep(pace.some_time(NEXT_S))
