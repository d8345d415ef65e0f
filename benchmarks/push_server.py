"""The yardstick of a desk's push: bare aiohttp + uvloop.

It sends an operator and a citizen as many bytes, in as many frames, as the hub, and does nothing else.
"""

import asyncio
import sys
from collections import defaultdict

import msgspec
import uvloop
from aiohttp import WSMsgType, web

from benchmarks.desk_wire import Shape


class Pusher:
    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._desks: defaultdict[str, set[web.WebSocketResponse]] = defaultdict(set)

    async def desk(self, request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse(compress=False)
        await response.prepare(request)
        desks = self._desks[request.query["name"]]
        desks.add(response)
        async for _ in response:
            pass
        desks.discard(response)
        return response

    async def citizen(self, request: web.Request) -> web.WebSocketResponse:
        response = web.WebSocketResponse(compress=False)
        await response.prepare(request)
        desks = self._desks[request.query["name"]]
        async for message in response:
            if message.type is WSMsgType.TEXT:
                for size in self._shape.citizen:
                    await response.send_str(message.data.ljust(size))
                for each in desks:
                    for size in self._shape.desk:
                        await each.send_str(message.data.ljust(size))
        return response


async def main(port: int, shape: Shape) -> None:
    pusher = Pusher(shape)
    application = web.Application()
    application.router.add_get("/desk", pusher.desk)
    application.router.add_get("/citizen", pusher.citizen)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=2048).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Shape)))
