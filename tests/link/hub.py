"""A hub of its own process that sends one parcel after the other, or takes what comes, and tells each that is stored, until it is killed."""

import asyncio
import json
import sys
from contextlib import aclosing
from itertools import count

from hub.federation.ports import Link
from hub.link.nats import connect
from tests.link.contract import REGIONAL
from tests.link.data import insist, parcel


async def send(link: Link, own: str) -> None:
    for number in count():
        await insist(link, parcel(own, REGIONAL, number))
        print(number, flush=True)


async def receive(link: Link) -> None:
    async with aclosing(link.receive()) as parcels:
        async for each in parcels:
            print(each.id, flush=True)


async def work(does: str, own: str, settings: str) -> None:
    link = connect(own, json.loads(settings))
    await (send(link, own) if does == "send" else receive(link))


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], sys.argv[3]))
