"""The command line of `okno`.

It runs a centre, checks it, adds operators, plans and simulates, tests dialogues, backs up and restores.
"""

import argparse
import sys
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import uvloop

from hub.kernel.trace_context import trace_of
from hub.organisation.centre import Function
from hub.workforce.coverage import DAYS
from okno.commands import (
    acceptance,
    access,
    audit,
    blocks,
    events,
    init,
    keys,
    media,
    phones,
    privacy,
    retention,
    visits,
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
    run as running,
)
from okno.commands import (
    service as services,
)
from okno.commands import (
    simulate as simulation,
)
from okno.commands import (
    speech as recognition,
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
from okno.commands.config import in_force, settled
from okno.commands.registry import needed_registry, registry_in_force, today
from okno.config import Config
from okno.demo import simulate, systems
from okno.serving.supervisor import Watched
from okno.settings import print_directory

DESCRIPTION = "Окно: one window for a public-service call centre."


def parser() -> argparse.ArgumentParser:
    common = running.common_options()
    top = argparse.ArgumentParser("okno", description=DESCRIPTION,
                                  epilog="Environment: OKNO_LISTEN=host:port, OKNO_INNER=host:port, OKNO_DATA=folder, "
                                         "OKNO_KEY_FILE=file, OKNO_LIMITS=off.")
    top.add_argument("--version", action="version", version=f"okno {_version()}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    running.add_command(commands, common)
    init.add_command(commands)
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
    recognition.add_command(commands, common)
    voice = commands.add_parser("voice", help="telephony of the centre").add_subparsers(dest="action", required=True, metavar="ACTION")
    voice.add_parser("check", parents=[common], help="examine Asterisk, trunk, telephones, sound, clocks, rights and folders",
                     description="Examine the centre's Asterisk and say what is wrong and what to do. Exits with 1 if calls fail.")
    voice.add_parser("phones", parents=[common], help="print every operator's telephone in the browser, for Asterisk's file `phones`",
                     description="Print a line for each operator who serves and his telephone in the browser, as Asterisk's file `phones` "
                                 "has them (docker/asterisk/). They hold passwords: umask 077; okno voice phones > /etc/okno/phones")

    media.add_command(commands, common)
    for part in (staffing, simulation, dialogues, services, blocks, systems, events, catalogues, settling, acceptance, visits):
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


def _version() -> str:
    try:
        return version("okno")
    except PackageNotFoundError:  # while the wheel is built
        return "0"


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


def main(arguments: list[str] | None = None, watched: Watched | None = None) -> int:
    """Run a command and return the exit code.

    0 is success, 1 a failure (reported on stderr), a gap, too few lines or a faulty project, 2 wrong usage, 3 findings in the audit.
    `okno run` is the child of a supervisor, to which it reports by `watched`.
    """
    options = parser().parse_args(arguments)
    if options.command == "init":  # there is no configuration yet
        return init.perform(options)
    return running.perform(options, lambda config: perform(options, config, watched), whole=options.command in WHOLE)


WHOLE = frozenset({"run", "demo", "check"})
"""Commands that use all that is configured."""
SETTLED = frozenset({"user", "service", "roster", "retention"})
"""Commands that need the lines or opening hours in force."""


def perform(options: argparse.Namespace, config: Config, watched: Watched | None) -> int:
    if options.command in SETTLED:
        config = uvloop.run(settled(config))
    match options.command:
        case "run":
            uvloop.run(running.run(config, watched))
        case "check":
            uvloop.run(checks.check(config, channels=options.channels))
        case "directory" | "access" | "privacy" | "trace":
            show(options, config)
        case "demo":
            town = simulate.Town(options.citizens, options.operators, options.people, options.speed)
            uvloop.run(simulate.demo(config, town, clear=options.clear))
        case "user" | "service" | "blocks" | "events" | "simulate-systems" | "catalogue" | "config" | "media":
            part = {"user": users, "service": services, "blocks": blocks, "events": events, "simulate-systems": systems,
                    "catalogue": catalogues, "config": settling, "media": media}
            uvloop.run(part[options.command].perform(options, config))
        case "voice":
            uvloop.run({"check": telephony.check, "phones": phones.print_phones}[options.action](config))
        case "staff" | "simulate" | "acceptance" | "visits":
            return plan(options, config)
        case "audit" | "bot" | "roster" | "speech":
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
            registry = uvloop.run(needed_registry(config))
            print_directory(config, registry, uvloop.run(in_force(config)), options.on or today(config), sys.stdout)


def examine(options: argparse.Namespace, config: Config) -> int:
    """Commands that look for faults."""
    match options.command:
        case "audit":
            return audit.perform(config, options)
        case "bot":
            return dialogues.perform(options)
        case "speech":
            return recognition.perform(options, config)
        case _:
            return rosters.check(options.file, options.days, options.first, config.hours, uvloop.run(registry_in_force(config)))


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
    if options.command == "acceptance":
        return acceptance.accept(options)
    if options.command == "visits":
        visits.measure(options)
        return 0
    simulation.simulate(options)
    return 0
