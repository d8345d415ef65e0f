"""The house's own actions as an action server, for a Rasa server: `python -m benchmarks.action_server PORT`."""

import asyncio
import sys

import uvloop

from bots.russian import Russian
from tests.bots.peer.talks import house_actions
from tests.peers.rasa import acting


async def main() -> None:
    async with acting(house_actions(Russian()), int(sys.argv[1])):
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
