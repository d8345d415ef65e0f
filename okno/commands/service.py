"""`okno service`: open, list and revoke service accounts, also while the hub runs."""

import argparse

import msgspec

from hub.access.service_accounts import SCOPES
from hub.desk.access.service_keys import ServiceIn, Services
from hub.kernel.errors import OknoError, RefusedError
from okno.config import Config
from okno.lines import Centres
from okno.stores import now, open_words_and_store


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno service` and its actions."""
    actions = commands.add_parser("service", help="accounts of programs").add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", parents=[common], help="open an account for a program and print its key, once")
    add.add_argument("name")
    add.add_argument("--role", required=True, help="it may do at most what this role may")
    add.add_argument("--scope", action="append", required=True, metavar="PERMISSION",
                     help=f"of that only this; repeat for several: {', '.join(sorted(SCOPES))}")
    add.add_argument("--queue", action="append", default=[], metavar="ID", help="where; repeat for several (default: the hub's own centre)")
    add.add_argument("--days", type=int, default=90, metavar="N", help="how long the key is good (default: %(default)s)")
    actions.add_parser("list", parents=[common], help="print who there is, until when, and when each was last at work")
    revoke = actions.add_parser("revoke", parents=[common], help="end an account at once")
    revoke.add_argument("name")


async def perform(options: argparse.Namespace, config: Config) -> None:
    """Run the command; raises OknoError."""
    store = open_words_and_store(config)
    services = Services(store, now, Centres(config).authorization)
    try:
        match options.action:
            case "add":
                _, key = await services.add(_wanted(options, config), "")
                print(f"{options.name}: {key}")
            case "revoke":
                await services.revoke(options.name, "")
            case _:
                for each in await services.listed():
                    used = f"{each.used:%Y-%m-%d %H:%M} {each.source}" if each.used else "never"
                    less = "\tless than it was made for: make a new one" if each.narrowed else ""
                    print(f"{each.name}\t{each.role}\t{','.join(each.opens)}\tuntil {each.until:%Y-%m-%d}\tlast used {used}{less}")
    except RefusedError as error:
        raise OknoError(error.text) from error
    finally:
        await store.close()


def _wanted(options: argparse.Namespace, config: Config) -> ServiceIn:
    if unknown := set(options.queue) - {queue.id for queue in config.queues}:
        message = f"no such queue: {', '.join(sorted(unknown))}"
        raise OknoError(message)
    asked = {"name": options.name, "role": options.role, "scopes": options.scope, "queues": options.queue, "days": options.days}
    try:
        return msgspec.convert(asked, ServiceIn)
    except msgspec.ValidationError as error:
        message = f"not a service account: {error}"
        raise OknoError(message) from None
