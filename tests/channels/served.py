"""A channel on Okno's own HTTP server, as okno/serving/http_server.py builds it, on a free port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from okno.config import Listen
from okno.rooms.http import Mounted
from okno.serving.http_server import serve, web_application
from okno.serving.metrics import Metrics, of_channels, of_store
from tests.channels.room import Room


@asynccontextmanager
async def served(room: Room, listen: Listen | None = None) -> AsyncIterator[str]:
    """The address, until it is left."""
    assert isinstance(room.channel, Mounted)
    metrics = Metrics(partial(of_store, room.store), partial(of_channels, {room.channel.name: room.channel}))
    application = web_application(room.channel.routes(), metrics, room.store, listen or Listen())
    async with serve(application, Listen(port=0)) as base:
        yield base
