"""`okno run`: serves until it is stopped. It imports what a hub needs, and no other command (okno.commands.cli has all)."""

import argparse
import asyncio
import ctypes
import gc
import os
import platform
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import uvloop

from hub.access.permissions import Machine
from hub.kernel.errors import OknoError
from okno.app import FIRST_LOGIN, Hub, running
from okno.commands import access
from okno.commands.backup import change_over, laid_out
from okno.config import Config, load, source_of
from okno.extras import missing_extras
from okno.faults.config_error import ConfigError, ConfigFault
from okno.faults.driver_settings import faults_of_parts
from okno.serving.cluster import among_others
from okno.serving.heartbeat import Heartbeat
from okno.serving.instance import alone
from okno.serving.logs import set_up
from okno.serving.supervisor import Watched
from okno.stores import data_folder

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""Constants of malloc.h."""
HALF_RESTORED = "a restore was stopped in the midst: run okno restore again before a hub begins"


def common_options() -> argparse.ArgumentParser:
    """Options of every command."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", type=Path, metavar="FILE", help="configuration in TOML (without it: the built-in demonstration)")
    return common


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    commands.add_parser("run", parents=[common], help="start the hub", description="Start the hub and serve until SIGTERM or Ctrl+C.")


def main(arguments: list[str] | None = None, watched: Watched | None = None) -> int:
    """Serve until stopped and return the exit code: 0 is success, 1 a failure (reported on stderr). `watched` reports to the supervisor."""
    top = argparse.ArgumentParser("okno")
    add_command(top.add_subparsers(dest="command", required=True, metavar="COMMAND"), common_options())

    def serve(config: Config) -> int:
        uvloop.run(run(config, watched))
        return 0

    return perform(top.parse_args(arguments), serve, whole=True)


def perform(options: argparse.Namespace, act: Callable[[Config], int], *, whole: bool) -> int:
    """Act with the configuration, of which `whole` commands use all parts; a failure is reported on stderr, and the exit code is 1."""
    parts: Callable[[Config], Iterable[ConfigFault]] = faults_of_parts if whole else missing_extras
    try:
        works_on = access.run_by(" ".join(filter(None, (options.command, getattr(options, "action", "")))))
        config = load(options.config, also=parts if works_on is Machine.CENTRE else lambda _: ())
        set_up(config.log)
        done = act(config)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads, like head, has enough; what is left is for nobody
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ConfigError as error:
        told = error.located(source_of(options.config))
    except OknoError as error:
        told = [str(error)]
    else:
        return done
    for sentence in told:
        print(f"okno: {sentence}", file=sys.stderr)
    return 1


def give_memory_back() -> None:
    """Return freed blocks of 128 KiB and more to the system: the memory used while loading dictionaries and models.

    By default glibc raises that size to that of the last freed block, and then keeps such blocks (mallopt(3)). One heap is for all
    threads, since no two of them run Python at once, and one uses the blocks freed by another.
    """
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, 128 << 10)
        mallopt(M_ARENA_MAX, 1)


async def run(config: Config, watched: Watched | None = None) -> None:
    """Serve until stopped; SIGHUP swaps in a restored backup if there is one, and reloads certificates."""
    give_memory_back()
    (heart := Heartbeat(watched, config.watchdog.stall_s)).start()
    try:
        await run_until_told(config, heart)
    finally:
        heart.stop()


async def run_until_told(config: Config, heart: Heartbeat) -> None:
    loop, told = asyncio.get_running_loop(), asyncio.Queue[signal.Signals]()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, told.put_nowait, number)
    folder = data_folder(config)
    with alone(folder):
        if config.store.kind == "mongodb":  # there may be others: the leader has a lease
            if laid_out(folder):
                raise OknoError(HALF_RESTORED)
            await run_among_others(config, told, heart)
            return
        while True:
            heart.down()
            await change_over(config)
            async with running(config, heart=heart) as hub:
                announce_first(hub)
                announce(hub.address)  # last: readers that wait for this line have all others then
                settle_down()
                while await told.get() is signal.SIGHUP and not laid_out(folder):
                    hub.refresh()
                if not laid_out(folder):
                    return


def settle_down() -> None:
    """Objects made at the start live as long as the hub: the collector need not examine them again."""
    gc.collect()
    gc.freeze()


async def run_among_others(config: Config, told: asyncio.Queue[signal.Signals], heart: Heartbeat) -> None:
    """Serve as one hub of several until stopped; SIGHUP reloads certificates. Raises ConfigError, StoreError."""
    def leads(hub: Hub) -> None:
        announce_first(hub)
        print("Этот узел ведущий")
        sys.stdout.flush()
        settle_down()

    async with among_others(config, leads, announce, heart) as (member, working):
        while True:
            asked = asyncio.create_task(told.get())
            await asyncio.wait({asked, working}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                asked.cancel()
                await working
            if await asked is not signal.SIGHUP:
                return
            member.refresh()


def announce(address: str) -> None:
    print(f"Страница для граждан   {address}/")
    print(f"Рабочее место          {address}/desk/")
    print(f"Описание API           {address}/api/openapi.json")
    sys.stdout.flush()


def announce_first(hub: Hub) -> None:
    """Print the first sign-in where nobody has signed in yet."""
    if hub.password:
        print(f"Первый вход            логин {FIRST_LOGIN}, одноразовый пароль {hub.password}")
    sys.stdout.flush()
