"""`okno events`: list webhook subscriptions and resend events, also while the hub runs."""

import argparse
from datetime import UTC, datetime

from hub.kernel.errors import OknoError, RefusedError
from okno.config import Config
from okno.stores import now, open_words_and_store
from okno.systems import publicity_of


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser) -> None:
    """`okno events` and its actions."""
    actions = commands.add_parser("events", help="who is told of what happens").add_subparsers(
        dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", parents=[common], help="print subscriptions, how far each is, and what it did not take")
    replay = actions.add_parser("replay", parents=[common], help="tell everything since a moment once more, with the same ids")
    replay.add_argument("subscription")
    replay.add_argument("--since", required=True, type=datetime.fromisoformat, metavar="TIME", help="as 2026-11-26T09:00:00+03:00")


async def perform(options: argparse.Namespace, config: Config) -> None:
    """Run the command; raises OknoError."""
    store = open_words_and_store(config)
    webhooks = publicity_of(config, store, now)
    try:
        if options.action == "replay":
            since = options.since if options.since.tzinfo else options.since.replace(tzinfo=UTC)
            await webhooks.put_back(options.subscription, since, "")
        else:
            for each in await webhooks.all():
                state = f"ended: {each.ended}" if each.ended else f"{await webhooks.behind(each)} deeds to look through"
                print(f"{each.key}\t{each.url}\t{','.join(each.types)}\t{state}\t{await webhooks.count(each.key)} not taken")
    except RefusedError as error:
        raise OknoError(error.text) from error
    finally:
        await webhooks.close()
        await store.close()
