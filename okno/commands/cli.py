"""The command line of `okno`.

It runs a centre, checks it, adds operators, plans and simulates, tests dialogues, backs up and restores.
"""

import argparse
import asyncio
import ctypes
import gc
import platform
import signal
import sys
from datetime import date
from pathlib import Path

import uvloop

from hub.kernel.errors import OknoError
from hub.kernel.trace_context import trace_of
from hub.organisation.centre import Function
from okno import systems
from okno.app import FIRST_LOGIN, Hub, running
from okno.commands import (
    access,
    audit,
    blocks,
    events,
    keys,
    phones,
    privacy,
    retention,
)
from okno.commands import (
    backup as backups,
)
from okno.commands import (
    bot as dialogues,
)
from okno.commands import (
    catalogue as catalogues,
)
from okno.commands import (
    check as checks,
)
from okno.commands import (
    config as settling,
)
from okno.commands import (
    migrate_store as moving,
)
from okno.commands import (
    roster as rosters,
)
from okno.commands import (
    service as services,
)
from okno.commands import (
    simulate as simulation,
)
from okno.commands import (
    staff as staffing,
)
from okno.commands import (
    user as users,
)
from okno.commands import (
    voice as telephony,
)
from okno.commands.backup import change_over, laid_out
from okno.commands.config import in_force, settled
from okno.commands.registry import load_registry, today
from okno.config import Config, load
from okno.demo import simulate
from okno.serving.cluster import among_others
from okno.serving.heartbeat import Heartbeat
from okno.serving.instance import alone
from okno.serving.logs import set_up
from okno.serving.supervisor import Watched
from okno.settings import print_directory
from okno.stores import data_folder
from routing.roster import DAYS

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8
"""Constants of malloc.h."""
HALF_RESTORED = "a restore was stopped in the midst: run okno restore again before a hub begins"
DESCRIPTION = "Окно: one window for a public-service call centre."


def parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--config", type=Path, metavar="FILE", help="configuration in TOML (without it: the built-in demonstration)")
    top = argparse.ArgumentParser("okno", description=DESCRIPTION,
                                  epilog="Environment: OKNO_LISTEN=host:port, OKNO_INNER=host:port, OKNO_DATA=folder, "
                                         "OKNO_KEY_FILE=file, OKNO_LIMITS=off.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    commands.add_parser("run", parents=[common], help="start the hub", description="Start the hub and serve until SIGTERM or Ctrl+C.")
    check = commands.add_parser("check", parents=[common], help="check the configuration and the stores",
                                description="Check the configuration and the stores, and say what is wrong and what to do.")
    check.add_argument("--channels", action="store_true", help="try the far end of each channel, too")
    directory = commands.add_parser("directory", parents=[common], help="print the public directory of centres as CSV",
                                    description="Print the numbers of all centres as CSV, from the registry that the configuration names.")
    directory.add_argument("--on", type=date.fromisoformat, metavar="DATE", help="as of this day, like 2026-11-24 (default: today)")
    commands.add_parser("access", parents=[common], help="print who may do what",
                        description="Print docs/access.md: every permission, and what each request, frame and command needs.")
    commands.add_parser("privacy", parents=[common], help="print what is kept of people",
                        description="Print docs/privacy.md: what is kept of people, what for, on what ground, how long, and who sees it.")
    trace = commands.add_parser("trace", parents=[common], help="print the id of a conversation's trace",
                                description="Print the id under which a collector has the trace of a conversation.")
    trace.add_argument("number", metavar="NUMBER", help="as the citizen was told it, like 077-261124-00042-8")
    demo = commands.add_parser("demo", parents=[common], help="start the hub with simulated citizens and operators",
                               description="Start the hub on its own data folder, and fill it with simulated citizens and operators. "
                                           "What is kept is sealed by a key beside that folder, unless the configuration names others.")
    demo.add_argument("--citizens", type=int, default=12, metavar="N", help="how many citizens talk at once (default: %(default)s)")
    demo.add_argument("--operators", type=int, default=3, metavar="N", help="how many operators answer (default: %(default)s)")
    demo.add_argument("--people", type=Path, metavar="FILE", help="who comes and what is said, in TOML (without it: okno/demo/people.toml)")
    demo.add_argument("--speed", type=float, default=1.0, metavar="N", help="so many times as fast as people are (default: %(default)s)")
    demo.add_argument("--clear", action="store_true", help="leave in clear what is kept, as a centre without keys does")

    _add_user(commands, common)
    voice = commands.add_parser("voice", help="telephony of the centre").add_subparsers(dest="action", required=True, metavar="ACTION")
    voice.add_parser("check", parents=[common], help="examine Asterisk, trunk, telephones, sound, clocks, rights and folders",
                     description="Examine the centre's Asterisk and say what is wrong and what to do. Exits with 1 if calls fail.")
    voice.add_parser("phones", parents=[common], help="print every operator's telephone in the browser, for Asterisk's file `phones`",
                     description="Print a line for each operator who serves and his telephone in the browser, as Asterisk's file `phones` "
                                 "has them (docker/asterisk/). They hold passwords: umask 077; okno voice phones > /etc/okno/phones")

    for part in (staffing, simulation, dialogues, services, blocks, systems, events, catalogues, settling):
        part.add_command(commands, common)
    roster = commands.add_parser("roster", parents=[common], help="find the minutes that no shift covers",
                                 description="Print every minute to come without operators, or with too few; end with 1 if there are any.")
    roster.add_argument("file", type=Path, metavar="FILE", help="centres, opening hours and shifts in TOML")
    roster.add_argument("--days", type=int, default=DAYS, metavar="N", help="how far to look (default: %(default)s)")
    roster.add_argument("--from", type=date.fromisoformat, dest="first", metavar="DATE", help="YYYY-MM-DD to begin with (default: now)")

    sealing = commands.add_parser("keys", help="the keys that seal all").add_subparsers(dest="action", required=True, metavar="ACTION")
    sealing.add_parser("new", parents=[common], help="make a key that seals from now on")
    rotate = sealing.add_parser("rotate", parents=[common], help="have everything sealed by the newest key, while the hub runs")
    rotate.add_argument("--data", action="store_true",
                        help="seal the rows of the database by a new data key, too, where one is feared to be known (takes long)")
    sealing.add_parser("wipe", parents=[common], help="write the database's files anew, without what is left there of what lay in clear",
                       description="Write the database's files anew, so that nothing is left there of what lay in clear. "
                                   "No hub may run; there must be room for all of it twice.")
    audit.add_command(commands, common)
    term = commands.add_parser("retention", parents=[common], help="delete what is kept of people and whose term is over",
                                   description="Delete what is kept of people and whose term is over. A hub that runs does it every day.")
    term.add_argument("--dry-run", action="store_true", help="only list them, also while the hub runs")

    backup = commands.add_parser("backup", parents=[common], help="copy everything into one file, while the hub runs")
    backup.add_argument("file", type=Path, metavar="FILE")
    moving.add_command(commands, common)
    restore = commands.add_parser("restore", parents=[common], help="bring back what a backup holds")
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help="replace present data; they are kept beside it, in before-restore/")
    return top


def _add_user(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    user = commands.add_parser("user", help="operators' accounts").add_subparsers(dest="action", required=True, metavar="ACTION")
    glass = user.add_parser("break-glass", parents=[common], help="print a password for the envelope that opens everything once")
    glass.add_argument("--days", type=int, default=180, metavar="N", help="how long the envelope is good (default: %(default)s)")
    add = user.add_parser("add", parents=[common], help="open an account and print its one-time password")
    add.add_argument("login")
    add.add_argument("--name", required=True, help="as citizens see it")
    add.add_argument("--role", default="operator", choices=users.ROLES, help="default: %(default)s")
    add.add_argument("--queue", action="append", default=[], metavar="ID", help="a queue to serve; repeat for several (default: all)")
    add.add_argument("--skill", action="append", default=[], metavar="NAME=LEVEL",
                     help="what the person has learnt, as passports=3; levels are 1 to 9")
    add.add_argument("--contractor", default="", metavar="NAME", help="whose employee the person is, as the registry's contracts have it")
    add.add_argument("--function", action="append", default=[], choices=[each.value for each in Function],
                     help="what of all that was given to the contractor is the person's to do; repeat for several")
    add.add_argument("--language", action="append", default=[], metavar="CODE", help="a language spoken, as ISO 639 has it (default: ru)")


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


def main(arguments: list[str] | None = None, watched: Watched | None = None) -> int:
    """Run a command and return the exit code.

    0 is success, 1 a failure (reported on stderr), a gap, too few lines or a faulty project, 2 wrong usage, 3 findings in the audit.
    `okno run` is the child of a supervisor, to which it reports by `watched`.
    """
    options = parser().parse_args(arguments)
    try:
        access.run_by(" ".join(filter(None, (options.command, getattr(options, "action", "")))))
        config = load(options.config)
        set_up(config.log)
        return perform(options, config, watched)
    except OknoError as error:
        print(f"okno: {error}", file=sys.stderr)
        return 1


SETTLED = frozenset({"user", "service", "roster", "retention", "check"})
"""Commands that need the lines or opening hours in force."""


def perform(options: argparse.Namespace, config: Config, watched: Watched | None) -> int:
    if options.command in SETTLED:
        config = uvloop.run(settled(config))
    match options.command:
        case "run":
            uvloop.run(run(config, watched))
        case "check":
            uvloop.run(checks.check(config, channels=options.channels))
        case "directory" | "access" | "privacy" | "trace":
            show(options, config)
        case "demo":
            town = simulate.Town(options.citizens, options.operators, options.people, options.speed)
            uvloop.run(simulate.demo(config, town, clear=options.clear))
        case "user" | "service" | "blocks" | "events" | "simulate-systems" | "catalogue" | "config":
            part = {"user": users, "service": services, "blocks": blocks, "events": events, "simulate-systems": systems,
                    "catalogue": catalogues, "config": settling}
            uvloop.run(part[options.command].perform(options, config))
        case "voice":
            uvloop.run({"check": telephony.check, "phones": phones.print_phones}[options.action](config))
        case "staff" | "simulate":
            return plan(options, config)
        case "audit" | "bot" | "roster":
            return examine(options, config)
        case _:
            keep(options, config)
    return 0


def show(options: argparse.Namespace, config: Config) -> None:
    """Commands that print and change nothing."""
    match options.command:
        case "access":
            print(access.page(), end="")
        case "privacy":
            print(privacy.page(), end="")
        case "trace":
            print(f"{trace_of(options.number):032x}")
        case _:
            print_directory(config, uvloop.run(in_force(config)), options.on or today(config), sys.stdout)


def examine(options: argparse.Namespace, config: Config) -> int:
    """Commands that look for faults."""
    match options.command:
        case "audit":
            return audit.perform(config, options)
        case "bot":
            return dialogues.perform(options)
        case _:
            return rosters.check(options.file, options.days, options.first, config.hours, load_registry(config))


def keep(options: argparse.Namespace, config: Config) -> None:
    """Commands on a centre's stored data."""
    match options.command:
        case "keys":
            match options.action:
                case "new":
                    keys.new(config)
                case "rotate":
                    keys.rotate(config, renewed=options.data)
                case "wipe":
                    keys.wipe(config)
        case "retention":
            uvloop.run(retention.retain(config, dry_run=options.dry_run))
        case "backup":
            backups.backup(config, options.file)
        case "migrate-store":
            uvloop.run(moving.migrate(config, options.to))
        case "restore":
            backups.restore(config, options.file, replace=options.replace)


def plan(options: argparse.Namespace, config: Config) -> int:
    if options.command == "staff":
        return staffing.staff(options, config)
    simulation.simulate(options)
    return 0
