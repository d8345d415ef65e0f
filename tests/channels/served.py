"""A channel on Okno's own HTTP server, as okno/serving/http_server.py builds it, on a free port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hub.actions.promise_watch import PromiseWatch
from hub.desk.sign_in.break_glass import Emergency
from hub.dispatch.dispatcher import Dispatch, Patience
from hub.monitoring.channel_health import ChannelMonitor
from hub.organisation.queue import Lines
from okno.adapters.dialogue_engine import UnderstandingCounts
from okno.config import Listen
from okno.rooms.http import Mounted
from okno.serving.http_server import serve, web_application
from okno.serving.metrics import Metrics
from routing.assignment import Floor
from tests.channels.room import Room


@asynccontextmanager
async def served(room: Room, listen: Listen | None = None) -> AsyncIterator[str]:
    """The address, until it is left."""
    assert isinstance(room.channel, Mounted)
    promises = PromiseWatch(room.sequencer, room.store, Dispatch(room.sequencer, room.store, Floor(), Lines(), Patience()))
    metrics = Metrics(room.store, room.sequencer, promises, {room.channel.name: room.channel}, dict, {}, ChannelMonitor({}, {}),
                      UnderstandingCounts(), Emergency(room.store, room.sequencer.now), room.sifting)
    application = web_application(room.channel.routes(), metrics, room.store, listen or Listen())
    async with serve(application, Listen(port=0)) as base:
        yield base
