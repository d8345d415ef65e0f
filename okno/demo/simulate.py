"""Fills a hub with simulated citizens and operators, so that a newcomer sees the desk alive in a minute."""

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

from hub.errors import OknoError
from okno.app import Hub, data_folder, running
from okno.config import Config, ConfigError
from okno.demo.accounts import SUPERVISOR, open_accounts
from okno.demo.citizens import Visitor
from okno.demo.operators import Shift
from okno.demo.people import Employee, Story, people
from okno.instance import alone

log = logging.getLogger(__name__)

FOLDER, CHANNEL = "demo", "web.chat"
FIRST_S, NEXT_S, AGAIN_S = 2.5, 8.0, 5.0
"""The first citizens come that far apart; after one has left, the next comes about so much later; so does a replacement."""


async def demo(config: Config, *, citizens: int, operators: int) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP; raises OknoError when the hub cannot start."""
    if CHANNEL not in {channel.driver for channel in config.channels}:
        message = f"the demonstration needs the channel {CHANNEL}"
        raise ConfigError(message)
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    # All simulated people come from one address, so the limits of one would meet them together.
    own = msgspec.structs.replace(config, data=str(data_folder(config) / FOLDER), limited=False)
    with alone(data_folder(own)):
        async with running(own) as hub:
            employees = people().employees(operators)
            human, simulated = await open_accounts(hub.store, own, employees)
            announce(hub, human, Path(own.data))
            async with ClientSession(cookie_jar=DummyCookieJar(), connector=TCPConnector(limit=0)) as http:
                tasks = [asyncio.create_task(part) for part in parts(http, hub.address, citizens, employees, simulated)]
                await stop.wait()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)


def announce(hub: Hub, password: str, folder: Path) -> None:
    print(f"Страница для граждан   {hub.address}/")
    print(f"Рабочее место          {hub.address}/desk/")
    print(f"Вход                   логин {SUPERVISOR} (старший смены) или admin (администратор), пароль {password}")
    print(f"Граждане и операторы выдуманы, данные лежат в {folder}. Остановить: Ctrl+C.")
    sys.stdout.flush()


def parts(http: ClientSession, hub: str, citizens: int, employees: list[Employee], password: str) -> Iterator[Coroutine[None, None, None]]:
    """Everybody's life, to be run beside each other."""
    cast, chance = people(), Random()
    stories = endless(cast.story, chance)

    def shift(employee: Employee) -> Coroutine[None, None, None]:
        return Shift(http, hub, cast, employee, Random()).work(password)

    def visit() -> Coroutine[None, None, None]:
        return Visitor(http, hub, cast, next(stories), Random()).visit()

    for employee in employees:
        yield lives(employee.login, partial(shift, employee), 0, chance)
    for number in range(citizens):
        yield lives("a citizen", visit, number * FIRST_S, chance)


def endless(stories: tuple[Story, ...], chance: Random) -> Iterator[Story]:
    """All stories in a random order, and again."""
    while True:
        yield from chance.sample(stories, len(stories))


async def lives(name: str, life: Callable[[], Coroutine[None, None, None]], wait_s: float, chance: Random) -> None:
    """One life after another; whoever comes to grief is replaced, and the reason logged."""
    await asyncio.sleep(wait_s)
    while True:
        try:
            await life()
        except Exception as error:
            log.warning("a simulated person is replaced", extra={"who": name, "why": f"{type(error).__name__}: {error}"},
                        exc_info=not isinstance(error, OknoError | OSError))
            await asyncio.sleep(AGAIN_S)
        else:
            await asyncio.sleep(chance.expovariate(1 / NEXT_S))
