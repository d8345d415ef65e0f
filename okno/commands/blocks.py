"""`okno blocks`: list, add and lift blocks, also while the hub runs, which applies them within seconds."""

import argparse
import sys

from hub.intake.block import USUAL_DAYS, Block, Effect, holds
from hub.intake.blocklist import Blocklist
from hub.kernel.csv_file import CsvFile
from hub.kernel.errors import OknoError, RefusedError
from okno.config import Config
from okno.drivers import channel_traits
from okno.stores import now, open_words_and_store


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno blocks` and its actions."""
    actions = commands.add_parser("blocks", help="who is not taken for a while").add_subparsers(
        dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", parents=[common], help="block a number, a mailbox, a chat, or many by how they begin or end")
    add.add_argument("family", help="of channels, such as sms, voice, email, web")
    add.add_argument("pattern", help="as +79001234567, +79001*, ivan@example.ru, example.ru, 192.0.2.0/24")
    add.add_argument("--reason", required=True, metavar="TEXT")
    add.add_argument("--days", type=int, default=USUAL_DAYS, metavar="N", help="for how long, 366 at most (default: %(default)s)")
    add.add_argument("--set-aside", action="store_true", help="take what they say without a word, and set it aside")
    actions.add_parser("list", parents=[common], help="print who is blocked, and who was until lately, as CSV")
    lift = actions.add_parser("lift", parents=[common], help="end a block at once")
    lift.add_argument("id", help="as `list` prints it")


async def perform(options: argparse.Namespace, config: Config) -> None:
    """Run the command; raises OknoError."""
    store = open_words_and_store(config)
    blocks = Blocklist(store, now, channel_traits({each.driver: each.settings for each in config.channels}))
    try:
        await blocks.read()
        match options.action:
            case "add":
                effect = Effect.SET_ASIDE if options.set_aside else Effect.REFUSE
                made = await blocks.add("", options.family, options.pattern, effect, options.reason, options.days)
                print(f"{made.id}: {made.pattern}, until {made.until:%Y-%m-%d %H:%M}Z")
            case "lift":
                await blocks.lift("", options.id)
            case _:
                _print(blocks.all())
    except RefusedError as error:
        raise OknoError(error.text) from error
    finally:
        await store.close()


def _print(blocks: list[Block]) -> None:
    lines = CsvFile(sys.stdout)
    lines.write(("id", "family", "pattern", "effect", "since", "until", "state", "by", "reason"))
    for each in blocks:
        state = "holds" if holds(each, now()) else "lifted" if each.lifted else "over"
        lines.write((each.id, each.family, each.pattern, each.effect, f"{each.since:%Y-%m-%dT%H:%MZ}", f"{each.until:%Y-%m-%dT%H:%MZ}",
                     state, each.by, each.reason))
