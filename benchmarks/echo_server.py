"""The yardstick: a bare aiohttp + uvloop echo, with nothing switched off that makes it faster."""

import asyncio
import sys

import uvloop
from aiohttp import WSMsgType, web


async def echo(request: web.Request) -> web.WebSocketResponse:
    response = web.WebSocketResponse(compress=False)
    await response.prepare(request)
    async for message in response:
        if message.type is WSMsgType.TEXT:
            await response.send_str(message.data)
    return response


async def take(request: web.Request) -> web.Response:
    """A body that is read and not kept."""
    await request.read()
    return web.Response(text="ok")


async def main(port: int) -> None:
    application = web.Application()
    application.router.add_get("/", echo)
    application.router.add_post("/", take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
